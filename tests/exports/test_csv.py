"""No cell of the spreadsheet file runs as a formula (A7), and the exact file keeps what was stored."""

import csv as stdlib_csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports import csv
from app.exports.rows import COLUMNS

pytestmark = pytest.mark.pure
STARTS = ("=", "+", "-", "@", "\t", "\r")
PAYLOADS = [
    "=1+1", "+15035550101", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\ufeff=1", "\x00=1",
    "=HYPERLINK(\"http://example.org\",\"x\")", "=cmd|' /C calc'!A0", "\u00a0@x", "＝1+1", "-", "\n=1",
    "\u202e=1", "  \t +1",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_it_makes_every_formula_harmless(payload: str) -> None:
    assert csv.safe_cell(payload).startswith("'")


@given(st.text())
def test_it_never_writes_a_cell_that_begins_like_a_formula(text: str) -> None:
    cell = csv.safe_cell(text)
    assert not cell.startswith(STARTS)
    assert cell.lstrip("'") == text.replace("\x00", "").lstrip("'")


@pytest.mark.parametrize(("value", "cell"), [
    (None, ""), (True, "true"), (0, "0"), (1720, "1720"), ("sms", "sms"), (["ccm"], '["ccm"]'),
    ({}, "{}"), ("Ana's call", "Ana's call"), ("5 - 3", "5 - 3"),
])  # fmt: skip
def test_it_leaves_plain_values_plain(value: object, cell: str) -> None:
    assert csv.safe_cell(value) == cell


def test_it_writes_one_line_per_row_and_lf_ends() -> None:
    row = dict.fromkeys(COLUMNS, None) | {"channel": 'a,"b"', "seconds": 60}
    out = io.StringIO(newline="")
    csv.write([row, row], out)
    text = out.getvalue()
    assert "\r" not in text
    read = list(stdlib_csv.DictReader(io.StringIO(text)))
    assert [r["seconds"] for r in read] == ["60", "60"]
    assert read[0]["channel"] == 'a,"b"'
