"""Who pays for a patient, from when to when: added, ended, corrected. The ledger keeps what held when a
contact took place; a correction changes what later entries find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.core.db import db
from app.core.errors import Invalid
from app.models.coverage import Coverage
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.patient_fields import InvalidFields, clean_text

_LONGEST = {"payer": 120, "member_id": 60, "program": 60}


@dataclass(frozen=True, slots=True)
class Facts:
    """One coverage as somebody knows it. `program` "" = none; `to_on` None = until it is ended."""

    payer: str
    member_id: str
    program: str
    from_on: date
    to_on: date | None = None


def add(
    patient: Patient,
    facts: Facts,
    *,
    by: Actor,
    at: datetime,
    known: Sequence[Coverage] | None = None,
) -> Coverage:
    """A coverage of the patient; `known` are theirs where they have been read. Raises InvalidFields;
    nothing is written then."""
    row = Coverage(practice_id=patient.practice_id, patient_id=patient.id)
    _put(row, facts, known)
    db.session.add(row)
    record(row, "coverage.added", by=by, at=at, **_said(row))
    return row


def correct(
    row: Coverage,
    facts: Facts,
    *,
    by: Actor,
    at: datetime,
    known: Sequence[Coverage] | None = None,
) -> bool:
    """It was otherwise; what stood there before is in the event. Raises InvalidFields."""
    before, member = _said(row), row.member_id
    _put(row, facts, known)
    after = _said(row)
    if row.member_id != member:
        after["member_id"] = "corrected"
    if after == before:
        return False
    record(row, "coverage.corrected", by=by, at=at, before=before, after=after)
    return True


def end(row: Coverage, last_day: date, *, by: Actor, at: datetime) -> bool:
    """It ends with this day. Raises Invalid for a day before its first."""
    if last_day < row.from_on:
        raise Invalid("It has not begun by then. Correct it instead.", field="to_on")
    if row.to_on is not None and row.to_on <= last_day:
        return False
    row.to_on = last_day
    record(row, "coverage.ended", by=by, at=at, payer=row.payer, to_on=last_day.isoformat())
    return True


def take_back_end(row: Coverage, *, by: Actor, at: datetime) -> bool:
    """It goes on after all. Raises InvalidFields when the same was added again meanwhile."""
    if row.to_on is None:
        return False
    _check_apart(row, Facts(row.payer, row.member_id, row.program or "", row.from_on))
    row.to_on = None
    record(row, "coverage.resumed", by=by, at=at, payer=row.payer)
    return True


def remove(row: Coverage, *, by: Actor, at: datetime) -> None:
    """It never held: an import that was taken back had made it. What it said is in the event."""
    record(row, "coverage.removed", by=by, at=at, **_said(row))
    db.session.delete(row)


def _put(row: Coverage, facts: Facts, known: Sequence[Coverage] | None) -> None:
    problems: list[Invalid] = []
    texts = {name: _text(facts, name, problems) for name in _LONGEST}
    if facts.to_on is not None and facts.to_on < facts.from_on:
        problems.append(Invalid("The last day is before the first.", field="to_on"))
    if problems:
        raise InvalidFields(problems)
    kept = Facts(texts["payer"], texts["member_id"], texts["program"], facts.from_on, facts.to_on)
    _check_apart(row, kept, known)
    row.payer, row.member_id, row.program = kept.payer, kept.member_id, kept.program or None
    row.from_on, row.to_on = kept.from_on, kept.to_on


def _text(facts: Facts, name: str, problems: list[Invalid]) -> str:
    value: str = getattr(facts, name)
    if name == "program" and not value.strip():
        return ""
    try:
        return clean_text(value, _LONGEST[name])
    except Invalid as problem:
        problem.field = name
        problems.append(problem)
        return ""


def _check_apart(row: Coverage, facts: Facts, known: Sequence[Coverage] | None = None) -> None:
    """The same membership cannot hold twice on one day; two payers may."""
    if known is None:
        is_there = db.session.scalar(_touching(row, facts).limit(1)) is not None
    else:
        is_there = any(_touches(each, facts) for each in known if each is not row)
    if is_there:
        words = "This membership is recorded for some of these days already. Correct that one."
        raise InvalidFields([Invalid(words, field="from_on")])


def _touches(row: Coverage, facts: Facts) -> bool:
    is_same = (row.payer, row.member_id) == (facts.payer, facts.member_id)
    begins_before_end = row.from_on <= (facts.to_on or date.max)
    return is_same and begins_before_end and (row.to_on is None or row.to_on >= facts.from_on)


def _touching(row: Coverage, facts: Facts) -> Select[UUID]:
    return select(Coverage.id).where(
        Coverage.practice_id == row.practice_id,
        Coverage.patient_id == row.patient_id,
        Coverage.id != row.id,
        Coverage.payer == facts.payer,
        Coverage.member_id == facts.member_id,
        Coverage.from_on <= (facts.to_on or date.max - timedelta(days=1)),
        or_(Coverage.to_on.is_(None), Coverage.to_on >= facts.from_on),
    )


def _said(row: Coverage) -> dict[str, Any]:
    """As the audit trail keeps it; the member id stays in the record."""
    to_on = row.to_on.isoformat() if row.to_on else None
    return {"payer": row.payer, "program": row.program, "from_on": row.from_on.isoformat(),
            "to_on": to_on}  # fmt: skip
