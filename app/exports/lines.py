"""The rows of an export as lines of bytes, one per row, in one order (started_at, seq): as spreadsheet
cells, as exact cells, or as JSON. PostgreSQL writes them itself and streams them (COPY); elsewhere they
are made here. The bytes are the same."""

from collections.abc import Callable, Iterator
from enum import StrEnum

from app.core.db import db
from app.exports import copying
from app.exports.cells import csv_line, exact_cell, safe_cell
from app.exports.rows import rows
from app.exports.wanted import Wanted
from app.models.viewer import Viewer
from app.value.commitments import Plain
from app.value.plain_json import dumps

Line = Callable[[dict[str, Plain]], str]


class Style(StrEnum):
    SAFE = "safe"
    EXACT = "exact"
    JSON = "json"


STYLES: dict[Style, Line] = {
    Style.SAFE: lambda row: csv_line([safe_cell(value) for value in row.values()]),
    Style.EXACT: lambda row: csv_line([exact_cell(value) for value in row.values()]),
    Style.JSON: lambda row: dumps(row) + "\n",
}


def lines(viewer: Viewer, wanted: Wanted, style: Style) -> Iterator[bytes]:
    """One line per row, without a header; memory stays flat."""
    if db.engine.dialect.name == "postgresql":
        yield from copying.lines(viewer, wanted, style.value)
        return
    for row in rows(viewer, wanted):
        yield STYLES[style](row).encode()


def header(wanted: Wanted) -> bytes:
    return csv_line(list(wanted.purpose.columns)).encode()
