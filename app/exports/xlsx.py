"""A copy for people who open files in a spreadsheet program: identifiers are text, so that no zero in
front is lost and no long number is rounded. Not part of the same-bytes promise, and never the record."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.value.commitments import Plain
from app.value.plain_json import dumps

#: What a sheet holds, with its header.
MOST = 1_048_575
_NUMBERS = ("seconds", "attempt_number", "segments", "seal_seq", "composition")


def write(header: tuple[str, ...], rows: Iterable[dict[str, Plain]], path: Path) -> None:
    """Stream the rows into one sheet. Raises Invalid for more than a sheet holds."""
    from openpyxl import Workbook  # heavy, and only this format needs it

    book = Workbook(write_only=True)
    sheet = book.create_sheet("touchpoints")
    sheet.freeze_panes = "A2"
    sheet.append(list(header))
    for number, row in enumerate(rows, start=1):
        if number > MOST:
            raise Invalid("A sheet holds no more than 1,048,575 rows. Choose CSV.", field="format")
        sheet.append([_cell(sheet, name, row[name]) for name in header])
    book.save(path)


def _cell(sheet: Any, name: str, value: Plain) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None:
        return None
    if name in _NUMBERS or isinstance(value, bool):
        return WriteOnlyCell(sheet, value=value)
    text = value if isinstance(value, str) else dumps(value)
    cell = WriteOnlyCell(sheet, value="".join(c for c in text if c >= " " or c in "\t\n"))
    cell.data_type, cell.number_format = "s", "@"  # text, also where it begins with =
    return cell
