"""No cell of the spreadsheet file runs as a formula (A7), and the exact file keeps what was stored."""

import csv as stdlib_csv
import io
import re
import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.actions.calls import OUTCOMES, PARTIES
from app.actions.referral_updates import WAYS
from app.core.settings import ROOT
from app.exports import cells
from app.exports.cells import csv_line, formula_pattern, safe_cell
from app.exports.package import dictionary
from app.exports.purposes import PURPOSES
from app.exports.rows import COLUMNS
from app.models.message import Channel
from app.models.touchpoint import ActorKind, MinutesSource
from app.models.user import Role
from app.value.compositions import CURRENT, rules
from messaging.calls import CallAnswer

pytestmark = pytest.mark.pure
FORMULA = re.compile(formula_pattern())
STARTS = ("=", "+", "-", "@", "\t", "\r")
PAYLOADS = [
    "=1+1", "+15035550101", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "\ufeff=1", "\x00=1",
    "=HYPERLINK(\"http://example.org\",\"x\")", "=cmd|' /C calc'!A0", "\u00a0@x", "＝1+1", "-", "\n=1",
    "\u202e=1", "  \t +1",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_it_makes_every_formula_harmless(payload: str) -> None:
    assert safe_cell(payload).startswith("'")


@given(st.text())
def test_it_never_writes_a_cell_that_begins_like_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(STARTS)
    assert cell.lstrip("'") == text.replace("\x00", "").lstrip("'")


@pytest.mark.parametrize(("value", "cell"), [
    (None, ""), (True, "true"), (0, "0"), (1720, "1720"), ("sms", "sms"), (["ccm"], '["ccm"]'),
    ({}, "{}"), ("Ana's call", "Ana's call"), ("5 - 3", "5 - 3"),
])  # fmt: skip
def test_it_leaves_plain_values_plain(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # busy machines exist
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=2
    )
)
def test_a_line_is_read_back_as_it_was(cells: list[str]) -> None:
    line = csv_line(cells)
    assert line.endswith("\n")
    assert list(stdlib_csv.reader(io.StringIO(line, newline=""), strict=True)) == [cells]


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_the_pattern_of_the_database_guards_the_same_cells(text: str) -> None:
    assert bool(FORMULA.match(text)) == (safe_cell(text) == f"'{text}")


def test_no_plane_left_out_of_the_pattern_holds_anything_invisible() -> None:
    seen = {code for plane in cells._PLANES for code in plane}
    assert not [
        code for code in range(1, sys.maxunicode + 1)
        if code not in seen and unicodedata.category(chr(code)) in cells._INVISIBLE
    ]  # fmt: skip


def test_the_dictionary_explains_every_column() -> None:
    assert set(dictionary()["fields"]) == set(COLUMNS)
    for purpose in PURPOSES.values():
        assert set(purpose.columns) <= set(COLUMNS)
        assert len(set(purpose.columns)) == len(purpose.columns)


def test_the_rules_and_code_lists_know_every_word_the_code_writes() -> None:
    """A source without a rule has no line in "why it counts"; a code without a meaning says nothing."""
    text = "".join(path.read_text("utf-8") for path in (ROOT / "app" / "actions").glob("*.py"))

    def written(name: str) -> set[str]:
        return set(re.findall(rf'\b{name}="(\w+)"', text))

    assert written("source_kind") == set(rules(CURRENT)["sources"])
    codes = {name: set(meanings) for name, meanings in dictionary()["codes"].items()}
    assert codes["channel"] >= {*Channel, *WAYS, *written("channel")}
    assert codes["contact_outcome"] >= {*OUTCOMES, *CallAnswer, *written("contact_outcome"), "sent"}
    assert codes["contact_party"] >= {*PARTIES, *written("contact_party")}
    exact = {"actor_role": Role, "actor_kind": ActorKind, "minutes_source": MinutesSource}
    for name, words in exact.items():
        assert codes[name] == set(words)


def test_T6_11_each_purpose_has_the_fewest_fields() -> None:
    assert not {"actor_name", "member_id", "actor_npi"} & set(PURPOSES["quality"].fields)
    assert {"member_id", "actor_name", "actor_credential", "actor_npi"} <= set(
        PURPOSES["payer"].fields
    )
    for purpose in PURPOSES.values():
        assert purpose.goes_out is (purpose.key != "internal")
        if purpose.goes_out and not purpose.of_a_sample:
            assert not {"message_id", "conversation_id", "entered_by_id"} & set(purpose.fields)
