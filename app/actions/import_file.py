"""Reading a file of lines, such as a panel: encoding, header, and every line's cells with its number. One
line is one row, so that a stray quote spoils its own line only; memory stays flat whatever its size."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from app.core.errors import Invalid

COLUMNS = (
    "mrn", "given_name", "family_name", "birth_date", "phone", "language", "postal_code", "time_zone",
    "sms_consent", "sms_consent_on", "email", "pcp", "subgroup",
    "payer", "member_id", "program", "coverage_from", "coverage_to", "pcp_npi",
)  # fmt: skip
REQUIRED = ("mrn", "given_name", "family_name", "birth_date")
WORK_COLUMNS = (
    "type", "source_id", "patient", "happens_at", "place", "partner", "medication_label", "ordered_on",
    "received_at", "referrer", "referred_by", "reason", "due_on", "status",
)  # fmt: skip
LONGEST_LINE = 16_384
_SEPARATORS = ",;\t"
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE)
_SAVE_AS = "Save it as “CSV UTF-8” and import it again."


class BadFile(Invalid):
    """This file cannot be read. Nothing was imported."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns a file may have, those it must, and those that come together or not at all."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()


PANEL = Layout(COLUMNS, REQUIRED, (("sms_consent", "sms_consent_on"), ("payer", "member_id")))
WORK = Layout(WORK_COLUMNS, ("type", "source_id", "patient"))


@dataclass(frozen=True, slots=True)
class FileLine:
    """One data line: its number in the file, and its cells by column or why they can't be read."""

    number: int
    cells: dict[str, str]
    problem: str | None = None


class TableFile:
    """A file whose header was understood. Raises BadFile, which says what to do."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        _check_encoding(path)
        header = next(self._lines(), (0, ""))[1]
        self.separator = max(_SEPARATORS, key=header.count)
        self.columns = _columns(header, self.separator, layout)

    def count(self) -> int:
        """How many data lines there are."""
        return sum(1 for number, text in self._lines() if number > 1 and not self._is_blank(text))

    def lines(self) -> Iterator[FileLine]:
        """Every data line, in order; lines without any content are left out."""
        for number, text in self._lines():
            if number > 1 and not self._is_blank(text):
                yield self._read(number, text)

    def batches(self, size: int) -> Iterator[list[FileLine]]:
        """The same in batches."""
        lines = self.lines()
        while batch := list(islice(lines, size)):
            yield batch

    def passed_over(self) -> dict[str, int]:
        """Nothing: every line is a row."""
        return {}

    def _is_blank(self, text: str) -> bool:
        return not text.strip(f' "{self.separator}\t')

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Numbered lines; undecodable bytes come as surrogates, an overlong line is cut and said so."""
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline=None) as source:
            number = 0
            while text := source.readline(LONGEST_LINE + 1):
                number += 1
                rest = text
                while len(rest) > LONGEST_LINE and not rest.endswith("\n"):
                    rest = source.readline(LONGEST_LINE + 1)
                yield number, text.rstrip("\n")

    def _read(self, number: int, text: str) -> FileLine:
        problem = _problem_of(text)
        if problem is None:
            try:
                cells = next(csv.reader([text], delimiter=self.separator, strict=True))
            except csv.Error:
                problem = "A quotation mark is opened on this line and never closed."
            else:
                if len(cells) == len(self.columns):
                    return FileLine(number, dict(zip(self.columns, cells, strict=True)))
                problem = (
                    f"This line has {len(cells)} cells, the header has {len(self.columns)}. "
                    "Put a cell that holds a comma in quotes."
                )
        return FileLine(number, {}, problem)


class PanelFile(TableFile):
    """A line per patient."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PANEL)


class WorkFile(TableFile):
    """A line per piece of work."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, WORK)


def _problem_of(text: str) -> str | None:
    if len(text) > LONGEST_LINE:
        return f"This line is longer than {LONGEST_LINE} characters."
    if any("\udc80" <= char <= "\udcff" for char in text):
        return f"This line is not UTF-8. {_SAVE_AS}"
    if "\0" in text:
        return "This line holds a zero byte. Save the file as CSV again."
    return None


def start_of(path: Path) -> bytes:
    """The first bytes of a file that can be opened and holds something. Raises BadFile."""
    try:
        with path.open("rb") as source:
            start = source.read(4096)
    except OSError as error:
        raise BadFile(f"The file cannot be opened: {error.strerror}.") from None
    if not start.strip():
        raise BadFile("The file is empty. Nothing was imported.")
    return start


def _check_encoding(path: Path) -> None:
    start = start_of(path)
    if start.startswith(_OTHER_ENCODINGS):
        raise BadFile(f"The file is UTF-16, not UTF-8. {_SAVE_AS}")
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadFile(f"This is a spreadsheet, not a CSV file. {_SAVE_AS}")


def _columns(header: str, separator: str, layout: Layout) -> list[str]:
    if problem := _problem_of(header):
        raise BadFile(f"The first line cannot be read. {problem}")
    try:
        names = [
            name.strip().lower()
            for name in next(csv.reader([header], delimiter=separator, strict=True), [])
        ]
    except csv.Error:
        raise BadFile("The first line opens a quotation mark and never closes it.") from None
    wrong = [*_twice(names), *_unknown(names, layout), *_missing(names, layout)]
    if wrong:
        raise BadFile(f"{' '.join(wrong)} The first line should be: {','.join(layout.columns)}")
    return names


def _twice(names: list[str]) -> list[str]:
    doubled = sorted({name for name in names if names.count(name) > 1})
    return [f"The column {name or '(without a name)'} is there more than once." for name in doubled]


def _unknown(names: list[str], layout: Layout) -> list[str]:
    said = []
    for name in dict.fromkeys(name for name in names if name not in layout.columns):
        meant = get_close_matches(name, layout.columns, n=1)
        hint = f" Did you mean {meant[0]}?" if meant else " Take it out."
        said.append(f"The column {name[:40] or '(without a name)'} is not one of ours.{hint}")
    return said[:5]


def _missing(names: list[str], layout: Layout) -> list[str]:
    absent = [name for name in layout.required if name not in names]
    for pair in layout.pairs:
        if (pair[0] in names) != (pair[1] in names):
            absent += [name for name in pair if name not in names]
    return [f"The column {name} is missing." for name in absent]
