"""Two records turn out to be one person's: one is merged into the other, and can be taken back.

What lives on (threads, tasks, referrals, coverage, people, timers, ways to reach them) moves, and where each
row was is kept. What is written once (ledger, consents, events) stays, and is read through the link. Nothing
is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.actions import merge_consents, merge_moves
from app.core.db import db, insert_into
from app.core.errors import Conflict, Invalid
from app.models.consent import Consent
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.patient_merge import NotSame, PatientMerge
from app.models.search_entry import SearchDue, SearchKind


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do; `counts` by table name, without those that are 0."""

    survivor: Patient
    merged: Patient
    counts: dict[str, int]
    #: Words of the merged record that are stricter than the survivor's and will hold for both.
    stricter: list[Consent]
    #: Why it cannot be done as things stand.
    obstacle: str | None


def plan(survivor: Patient, merged: Patient) -> Plan:
    """Reads only. Raises Invalid for a record and itself."""
    if survivor.id == merged.id:
        raise Invalid("Choose two different records.")
    return Plan(
        survivor,
        merged,
        merge_moves.counts(merged),
        [row for row, _ in merge_consents.stricter(survivor, merged)],
        _obstacle(survivor, merged),
    )


def _obstacle(survivor: Patient, merged: Patient) -> str | None:
    if survivor.merged_into_id or merged.merged_into_id:
        return "One of them is merged already. Reload the page."
    if survivor.status is not merged.status:
        return (
            "Their statuses differ, and only one can hold for both. Set the one that holds on each record, "
            "then merge."
        )
    return None


def merge(survivor: Patient, merged: Patient, *, by: Actor, at: datetime) -> PatientMerge:
    """From now on `merged` stands for `survivor`. Raises Conflict where something is in the way."""
    _lock(survivor, merged)
    planned = plan(survivor, merged)
    if planned.obstacle:
        raise Conflict(planned.obstacle)
    row = PatientMerge(
        practice_id=survivor.practice_id,
        survivor_id=survivor.id,
        merged_id=merged.id,
        merged_at=at,
        merged_by_id=by.id if by.kind == "user" else None,
        was=_before(survivor, merged),
    )
    db.session.add(row)
    db.session.flush()
    was = dict(row.was)
    was["consents"] = merge_consents.carry(survivor, merged, by=by, at=at)
    was["threads"] = merge_moves.join_threads(row, survivor, merged, at=at)
    merge_moves.move(row, survivor, merged, at=at)
    row.was = was
    merged.merged_into_id = survivor.id
    merged.care_team_id = survivor.care_team_id
    survivor.automation_paused_at = survivor.automation_paused_at or merged.automation_paused_at
    _say(row, survivor, merged, "patient.merged", "patient.merged_away", by=by, at=at)
    return row


def undo(row: PatientMerge, *, by: Actor, at: datetime) -> None:
    """Every row goes back to where it was; what came in meanwhile stays with the survivor.

    Raises Conflict when it was taken back already, or the survivor was merged itself.
    """
    survivor, merged = _patient(row, row.survivor_id), _patient(row, row.merged_id)
    _lock(survivor, merged)
    db.session.refresh(row)
    if row.undone_at is not None:
        raise Conflict("This merge was taken back already.")
    if survivor.merged_into_id is not None:
        raise Conflict("This record was merged itself since. Take that back first.")
    row.undone_at, row.undone_by_id = at, by.id if by.kind == "user" else None
    merge_moves.move_back(row, survivor)
    merge_moves.part_threads(row, survivor, merged)
    merge_consents.give_back(survivor, row.was.get("consents", []), by=by, at=at)
    merged.merged_into_id = None
    merged.care_team_id = _id(row.was.get("merged_care_team_id"))
    if not row.was.get("was_paused"):
        paused = survivor.automation_paused_at
        if paused is not None and paused == merged.automation_paused_at:
            survivor.automation_paused_at = None
    _say(row, survivor, merged, "patient.merge_undone", "patient.came_back", by=by, at=at)


def standing(practice_id: UUID, survivor_id: UUID) -> list[PatientMerge]:
    """Merges into this record that hold, newest first."""
    rows = select(PatientMerge).where(
        PatientMerge.practice_id == practice_id,
        PatientMerge.survivor_id == survivor_id,
        PatientMerge.undone_at.is_(None),
    )
    return list(db.session.scalars(rows.order_by(PatientMerge.merged_at.desc(), PatientMerge.id)))


def say_not_same(one: Patient, other: Patient, *, by: Actor, at: datetime) -> None:
    """Somebody looked: two people. They are not offered again. Raises Invalid for a record and itself."""
    first, second = _in_order(one, other)
    key = {"practice_id": one.practice_id, "first_id": first.id, "second_id": second.id}
    who = by.id if by.kind == "user" else None
    said = insert_into(NotSame).values(**key, said_at=at, said_by_id=who).on_conflict_do_nothing()
    db.session.execute(said)
    record(first, "patient.not_same", by=by, at=at, other=second.mrn)


def take_back_not_same(one: Patient, other: Patient, *, by: Actor, at: datetime) -> None:
    first, second = _in_order(one, other)
    row = db.session.get(NotSame, (one.practice_id, first.id, second.id))
    if row is not None:
        db.session.delete(row)
        record(first, "patient.maybe_same", by=by, at=at, other=second.mrn)


def _in_order(one: Patient, other: Patient) -> tuple[Patient, Patient]:
    if one.id == other.id:
        raise Invalid("Choose two different records.")
    first, second = sorted((one, other), key=lambda each: each.id.hex)
    return first, second


def _before(survivor: Patient, merged: Patient) -> dict[str, Any]:
    return {
        "merged_care_team_id": str(merged.care_team_id) if merged.care_team_id else None,
        "was_paused": survivor.automation_paused_at is not None,
    }


def _lock(*people: Patient) -> None:
    """One merge at a time of a record; a text that comes in meanwhile waits for its end."""
    ids = [each.id for each in people]
    locked = (
        select(Patient)
        .where(Patient.practice_id == people[0].practice_id, Patient.id.in_(ids))
        .order_by(Patient.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    list(db.session.scalars(locked))


def _patient(row: PatientMerge, patient_id: UUID) -> Patient:
    found = select(Patient).where(Patient.practice_id == row.practice_id, Patient.id == patient_id)
    return db.session.scalars(found).one()


def _id(text: Any) -> UUID | None:
    return UUID(text) if text else None


def _say(
    row: PatientMerge, survivor: Patient, merged: Patient, kept: str, gone: str, *, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """An event on both sides; both are found anew, and the survivor by both names."""
    moves = db.session.scalar(select(func.count()).where(*merge_moves.of(row)))
    record(survivor, kept, by=by, at=at, other=merged.mrn, rows=moves)
    record(merged, gone, by=by, at=at, other=survivor.mrn, rows=moves)
    for patient in (survivor, merged):
        due = insert_into(SearchDue).values(
            practice_id=row.practice_id, kind=SearchKind.PATIENT, subject_id=patient.id
        )
        db.session.execute(due.on_conflict_do_nothing())
