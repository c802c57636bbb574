"""The spreadsheet file: every cell that a spreadsheet could run as a formula is made harmless, and
telephone-like plus signs don't appear. The exact file is the JSON Lines one."""

import csv
import unicodedata
from collections.abc import Iterable
from typing import IO

from app.exports.rows import COLUMNS
from app.value.commitments import Plain
from app.value.plain_json import dumps

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")


def safe_cell(value: Plain) -> str:
    """The value as text no spreadsheet program runs: a leading apostrophe before formula characters,
    also behind spaces, controls and zero-width characters (CWE-1236)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"'{value}"
    text = value if isinstance(value, str) else dumps(value)
    text = text.replace("\x00", "")
    bare = text.lstrip("".join(c for c in set(text) if unicodedata.category(c) in _INVISIBLE))
    runs = text.startswith(_STARTS_FORMULA) or bare.startswith(_STARTS_FORMULA)
    return f"'{text}" if runs else text


def write(rows: Iterable[dict[str, Plain]], out: IO[str]) -> None:
    """UTF-8 text with LF line ends, a header, and one line per row."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([safe_cell(row[name]) for name in COLUMNS])
