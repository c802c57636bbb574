"""One line of a panel file as patient fields: cells are text, an empty cell says nothing. Every problem of
the line is found, each with its column and what to do."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from app.actions.import_file import REQUIRED, FileLine
from app.actions.reported_coverages import Said
from app.core.errors import Invalid
from app.models.consent import ConsentHow
from app.models.patient_fields import PatientFields, Place, SmsConsent, clean, clean_text

COVERAGE = ("payer", "member_id", "program", "coverage_from", "coverage_to")
WORDING = "Consent to text messages as the practice's panel file states it."
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES = frozenset({"yes", "y", "1", "true", "t", "sí", "si"})
_NO = frozenset({"no", "n", "0", "false", "f"})


def read_fields(line: FileLine, place: Place) -> tuple[PatientFields, list[Invalid]]:
    """The line's fields, ready to be stored, and its problems (then they must not be)."""
    if line.problem is not None:
        return {}, [Invalid(line.problem)]
    cells = {name: cell.strip() for name, cell in line.cells.items()}
    problems = [Invalid("This is empty.", field=name) for name in REQUIRED if not cells[name]]
    fields: dict[str, Any] = {
        name: cell
        for name, cell in cells.items()
        if cell and name not in _READERS and name not in COVERAGE
    }
    for name, reader in _READERS.items():
        try:
            value = reader(cells, place)
        except Invalid as problem:
            problems.append(problem)
        else:
            if value is not None:
                fields[name] = value
    kept, found = clean(fields, place)
    return kept, [*problems, *found]


def _date(cells: dict[str, str], name: str) -> date | None:
    text = cells.get(name, "")
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Write the date as year-month-day, like 1950-04-03.", field=name) from None


def _birth_date(cells: dict[str, str], _place: Place) -> date | None:
    return _date(cells, "birth_date")


def read_coverage(line: FileLine) -> tuple[Said | None, list[Invalid]]:
    """Who pays, when the line says it, and what is wrong with that."""
    cells = {name: line.cells.get(name, "").strip() for name in COVERAGE}
    if not any(cells.values()):
        return None, []
    problems: list[Invalid] = []
    said: dict[str, Any] = {}
    for name in ("payer", "member_id", "program"):
        try:
            if cells[name] or name != "program":
                said[name] = clean_text(cells[name], 120 if name == "payer" else 60)
        except Invalid as problem:
            problem.field = name
            problems.append(problem)
    for name, key in (("coverage_from", "from_on"), ("coverage_to", "to_on")):
        try:
            said[key] = _date(cells, name)
        except Invalid as problem:
            problems.append(problem)
    first, last = said.get("from_on"), said.get("to_on")
    if first and last and last < first:
        problems.append(Invalid("The last day is before the first.", field="coverage_to"))
    return (None, problems) if problems else (Said(**said), [])


def _sms_consent(cells: dict[str, str], place: Place) -> SmsConsent | None:
    word = cells.get("sms_consent", "").lower()
    on = _date(cells, "sms_consent_on")
    if not word:
        if on is not None:
            raise Invalid("There is a day but no yes or no.", field="sms_consent")
        return None
    if word not in _YES | _NO:
        raise Invalid("Write yes or no.", field="sms_consent")
    given = word in _YES
    if on is None and given:
        raise Invalid("Write the day the patient agreed, like 2026-01-15.", field="sms_consent_on")
    if on is not None and on > place.latest_day:
        raise Invalid("The day of the consent cannot be in the future.", field="sms_consent_on")
    return SmsConsent(given, on or place.today, WORDING, ConsentHow.IMPORT)


def _with_consent(_cells: dict[str, str], _place: Place) -> None:
    """The day belongs to the decision and is read with it."""


_READERS: dict[str, Callable[[dict[str, str], Place], Any]] = {
    "birth_date": _birth_date,
    "sms_consent": _sms_consent,
    "sms_consent_on": _with_consent,
}
