"""How a value stands in a file, from plain values: the spreadsheet cell that no program runs as a formula,
the exact cell, and the JSON member. `app.exports.copying` says the same in SQL, to the byte."""

import unicodedata
from functools import cache

from app.value.commitments import Plain
from app.value.plain_json import dumps

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_INVISIBLE = ("Cf", "Cc", "Zs", "Zl", "Zp")
#: Where Unicode keeps the invisible: its other planes hold none, and reading them all takes half a second.
_PLANES = (range(1, 0x20000), range(0xE0000, 0xE1000))
_NEEDS_QUOTES = frozenset(',"\n\r')


def safe_cell(value: Plain) -> str:
    """The value as text no spreadsheet program runs: a leading apostrophe before formula characters,
    also behind spaces, controls and zero-width characters (CWE-1236)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value >= 0 else f"'{value}"
    text = exact_cell(value).replace("\x00", "")
    if text[:1].isascii() and text[:1].isalnum():
        return text
    bare = text.lstrip("".join(c for c in set(text) if unicodedata.category(c) in _INVISIBLE))
    runs = text.startswith(_STARTS_FORMULA) or bare.startswith(_STARTS_FORMULA)
    return f"'{text}" if runs else text


def exact_cell(value: Plain) -> str:
    """The value as text, unchanged; nothing for what is not there, JSON for lists."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value)
    return dumps(value)


def csv_line(cells: list[str]) -> str:
    """One line of RFC 4180 CSV, LF at its end; quotes only where they are needed."""
    return ",".join(
        '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.intersection(cell) else cell
        for cell in cells
    ) + "\n"  # fmt: skip


@cache
def formula_pattern() -> str:
    """The same guard as a regular expression PostgreSQL reads: what must get an apostrophe."""
    invisible = _ranges(
        [c for plane in _PLANES for c in plane if unicodedata.category(chr(c)) in _INVISIBLE]
    )
    return rf"^([=+\-@\t\r\n＝＋－＠]|[{invisible}]*[=+\-@＝＋－＠])"


def _ranges(codes: list[int]) -> str:
    """Code points as the inside of a bracket expression."""
    parts: list[tuple[int, int]] = []
    for code in codes:
        if parts and parts[-1][1] == code - 1:
            parts[-1] = (parts[-1][0], code)
        else:
            parts.append((code, code))
    return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in parts)
