"""Who pays, as a file or another system says it: added when it is news, corrected when it is known otherwise.
The same membership again changes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import coverages, source_links
from app.core.db import db
from app.models.coverage import Coverage
from app.models.event import Actor
from app.models.patient import Patient
from app.models.sent_work import Effect, Touched


@dataclass(frozen=True, slots=True)
class Said:
    """What was said; None = not said. Without a first day it holds from the day it was said."""

    payer: str
    member_id: str
    program: str | None = None
    from_on: date | None = None
    to_on: date | None = None


def load(practice_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, list[Coverage]]:
    """Every coverage of these patients, oldest first, in one statement."""
    found: dict[UUID, list[Coverage]] = {}
    rows = db.session.scalars(
        select(Coverage)
        .where(Coverage.practice_id == practice_id, Coverage.patient_id.in_(list(patient_ids)))
        .order_by(Coverage.from_on, Coverage.id)
    )
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found


def report(
    patient: Patient, said: Said, known: Sequence[Coverage], *, today: date, by: Actor, at: datetime
) -> tuple[Effect, Touched | None]:
    """Bring the patient's coverage to what was said. Raises InvalidFields."""
    row = _same(said, known)
    if row is None:
        facts = coverages.Facts(
            said.payer, said.member_id, said.program or "", said.from_on or today, said.to_on
        )
        made = coverages.add(patient, facts, by=by, at=at, known=known)
        return Effect.CREATED, Touched(made)
    before = said_of(row)
    facts = coverages.Facts(
        row.payer, row.member_id, said.program or row.program or "", said.from_on or row.from_on,
        said.to_on or row.to_on,
    )  # fmt: skip
    if not coverages.correct(row, facts, by=by, at=at, known=known):
        return Effect.UNCHANGED, None
    return Effect.UPDATED, Touched(row, before)


def take_back(row: Coverage, before: dict[str, Any] | None, *, by: Actor, at: datetime) -> None:
    """As it was before an import: gone, when that had made it."""
    if before is None:
        source_links.forget(row)
        coverages.remove(row, by=by, at=at)
        return
    first, last = (
        before[name] and date.fromisoformat(before[name]) for name in ("from_on", "to_on")
    )
    who = (before["payer"], before["member_id"], before["program"] or "")
    facts = coverages.Facts(*who, first, last)
    coverages.correct(row, facts, by=by, at=at)


def said_of(row: Coverage) -> dict[str, Any]:
    """Of the record, what a report may change; in words JSON has."""
    return {"payer": row.payer, "member_id": row.member_id, "program": row.program,
            "from_on": row.from_on.isoformat(),
            "to_on": row.to_on.isoformat() if row.to_on else None}  # fmt: skip


def _same(said: Said, known: Sequence[Coverage]) -> Coverage | None:
    """The row of the same membership: of the same first day, or the newest that the days touch."""
    mine = [row for row in known if (row.payer, row.member_id) == (said.payer, said.member_id)]
    if said.from_on is None:
        return mine[-1] if mine else None
    exact = [row for row in mine if row.from_on == said.from_on]
    last = said.to_on or date.max
    touching = [
        row for row in mine
        if row.from_on <= last and (row.to_on is None or row.to_on >= said.from_on)
    ]  # fmt: skip
    return next(iter([*exact, *reversed(touching)]), None)
