"""One line of a work file as a piece of work: cells are text, an empty cell says nothing. Every problem of
the line is found, each with its column and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.actions.import_file import WORK, FileLine
from app.core.columns import check_calendar
from app.core.errors import Invalid
from app.models.patient_fields import clean_text
from app.models.practice import Practice
from app.models.sent_work import SentOffice, SourceStatus
from app.models.task import TaskType

#: What else a type may be called; the first ones are the API's nouns.
TYPES = {
    "appointment": TaskType.APPOINTMENT_KEPT,
    "medication_order": TaskType.MEDICATION_RECEIVED,
    "medication": TaskType.MEDICATION_RECEIVED,
    "referral": TaskType.REFERRAL_FOLLOW_UP,
    "discharge": TaskType.HOSPITAL_DISCHARGE,
} | {each.value: each for each in TaskType}
STATUSES = {
    "booked": SourceStatus.ACTIVE, "active": SourceStatus.ACTIVE, "open": SourceStatus.ACTIVE,
    "scheduled": SourceStatus.ACTIVE, "cancelled": SourceStatus.CANCELLED,
    "canceled": SourceStatus.CANCELLED, "stopped": SourceStatus.CANCELLED,
    "entered-in-error": SourceStatus.CANCELLED, "fulfilled": SourceStatus.DONE,
    "completed": SourceStatus.DONE, "noshow": SourceStatus.MISSED, "missed": SourceStatus.MISSED,
}  # fmt: skip
_LONGEST = {"source_id": 190, "patient": 200, "place": 100, "partner": 100, "medication_label": 100,
            "referred_by": 200, "reason": 8000}  # fmt: skip
_EXAMPLE = "2026-03-09 14:30"


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A line whose cells all make sense; `patient` is still a label."""

    number: int
    type: TaskType
    source_id: str
    patient: str
    said: dict[str, Any]


def read_work(line: FileLine, practice: Practice) -> tuple[WorkRow | None, list[Invalid]]:
    """The row, or its problems (then it is None)."""
    if line.problem is not None:
        return None, [Invalid(line.problem)]
    cells = {name: cell.strip() for name, cell in line.cells.items()}
    problems = [Invalid("This is empty.", field=name) for name in WORK.required if not cells[name]]
    said: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell:
            continue
        try:
            said[name] = _READERS[name](cell, practice)
        except Invalid as problem:
            problem.field = name
            problems.append(problem)
    if problems:
        return None, problems
    kind, source_id, patient = (said.pop(name) for name in ("type", "source_id", "patient"))
    return WorkRow(line.number, kind, source_id, patient, said), []


def _one_of(words: Mapping[str, Any], shown: str) -> Callable[[str, Practice], Any]:
    def read(cell: str, _practice: Practice) -> Any:
        found = words.get(cell.lower().replace(" ", "_"), words.get(cell.lower()))
        if found is None:
            raise Invalid(f"Use one of {shown}.")
        return found

    return read


def _text(longest: int) -> Callable[[str, Practice], str]:
    return lambda cell, _practice: clean_text(cell, longest)


def _day(cell: str, _practice: Practice) -> date:
    try:
        if len(cell) != 10:
            raise ValueError
        day = date.fromisoformat(cell)
    except ValueError:
        raise Invalid("Write the date as year-month-day, like 2026-03-09.") from None
    check_calendar(datetime.combine(day, time(), tzinfo=UTC))
    return day


def _moment(cell: str, practice: Practice) -> datetime:
    """A day with its time; without a zone it is the practice's."""
    try:
        if len(cell) <= 10:
            raise ValueError
        moment = datetime.fromisoformat(cell)
    except ValueError:
        raise Invalid(f"Write day and time, like {_EXAMPLE}.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(practice.time_zone))
    return _utc(moment)


def _came(cell: str, practice: Practice) -> datetime:
    """The same, or the day alone: then its first moment."""
    if len(cell) > 10:
        return _moment(cell, practice)
    day = _day(cell, practice)
    return _utc(datetime.combine(day, time(), tzinfo=ZoneInfo(practice.time_zone)))


def _utc(moment: datetime) -> datetime:
    try:
        made = moment.astimezone(UTC)
    except OverflowError:
        raise Invalid("That day is too far away. Check the year.") from None
    check_calendar(made)
    return made


_READERS: dict[str, Callable[[str, Practice], Any]] = {
    "type": _one_of(TYPES, "appointment, medication_order, referral, hospital_discharge, no_show"),
    "status": _one_of(STATUSES, "active, cancelled, fulfilled, noshow"),
    "happens_at": _moment,
    "received_at": _came,
    "ordered_on": _day,
    "due_on": _day,
    "referrer": lambda cell, _practice: SentOffice(clean_text(cell, 200)),
    **{name: _text(longest) for name, longest in _LONGEST.items()},
}
