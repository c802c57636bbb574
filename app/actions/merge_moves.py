"""The rows that follow a merge, and go back when it is taken back: each with what it held before."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.actions import conversations, merge_rows
from app.core.db import db
from app.models.appointment import Appointment, MedicationOrder
from app.models.contact_point import ContactPoint
from app.models.conversation import Conversation, ConversationKind, Note
from app.models.coverage import Coverage
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.organization_ask import OrganizationAsk
from app.models.patient import Patient, RelatedPerson
from app.models.patient_merge import PatientMerge, PatientMergeMove
from app.models.referral import Referral
from app.models.task import Task
from app.models.work_timer import WorkTimer

#: What belongs to a patient by `patient_id` alone. Ways to reach them are told apart below.
THEIRS: tuple[type[Any], ...] = (
    Task, Referral, Appointment, MedicationOrder, Coverage, RelatedPerson, WorkTimer, OrganizationAsk,
)  # fmt: skip
#: What also stands in a thread.
THREADED: tuple[type[Any], ...] = (Message, IncomingCall, Note)
EVERY: tuple[type[Any], ...] = THEIRS + THREADED + (ContactPoint, Patient)
TABLES: dict[str, type[Any]] = {str(table.__tablename__): table for table in EVERY}


def counts(merged: Patient) -> dict[str, int]:
    """How many rows of each kind would move."""
    thread = _thread(merged)
    found = {}
    for table in EVERY[:-1]:
        rows = select(func.count()).select_from(table).where(_of(table, merged, thread))
        found[table.__tablename__] = int(db.session.scalar(rows) or 0)
    return {name: count for name, count in found.items() if count}


def move(row: PatientMerge, survivor: Patient, merged: Patient, *, at: datetime) -> None:
    """All of them; a way to reach both already had is ended on the merged record."""
    thread, theirs = _thread(merged), _thread(survivor)
    for table in THEIRS + THREADED:
        for each in merge_rows.locked(select(table).where(_of(table, merged, thread))):
            into = {"patient_id": survivor.id} if hasattr(each, "patient_id") else {}
            if thread and theirs and getattr(each, "conversation_id", None) == thread.id:
                into["conversation_id"] = theirs.id
            _put(row, each, into)
    _contacts(row, survivor, merged, at=at)
    earlier = select(Patient).where(
        Patient.practice_id == row.practice_id, Patient.merged_into_id == merged.id
    )
    for each in merge_rows.locked(earlier):
        _put(row, each, {"merged_into_id": survivor.id, "care_team_id": survivor.care_team_id})
    db.session.flush()
    merge_rows.forget(EVERY)


def move_back(row: PatientMerge, survivor: Patient) -> None:
    """What still stands as the merge put it gets back what it held; what changed since keeps the rest."""
    ours = _thread(survivor)
    moves = list(db.session.scalars(select(PatientMergeMove).where(*of(row))))
    for name, table in TABLES.items():
        kept = {each.row_id: each.was for each in moves if each.table_name == name}
        ids = list(kept)
        for start in range(0, len(ids), 500):
            part = select(table).where(
                table.practice_id == row.practice_id, table.id.in_(ids[start : start + 500])
            )
            for each in merge_rows.locked(part):
                if _is_here(each, kept[each.id], row, ours):
                    merge_rows.put_back(each, kept[each.id])
    db.session.flush()
    merge_rows.forget(EVERY)


def _is_here(each: Any, was: dict[str, Any], row: PatientMerge, ours: Conversation | None) -> bool:
    """Whether it still stands where the merge put it; a message given to somebody else since is theirs."""
    if "patient_id" in was:
        return bool(each.patient_id == row.survivor_id)
    if "merged_into_id" in was:
        return bool(each.merged_into_id == row.survivor_id)
    return "conversation_id" not in was or (ours is not None and each.conversation_id == ours.id)


def join_threads(
    row: PatientMerge, survivor: Patient, merged: Patient, *, at: datetime
) -> dict[str, Any]:
    """One thread from now on: it waits since the older of both waits. What both held before."""
    theirs = _thread(merged)
    if theirs is None:
        return {}
    ours = conversations.thread_of(survivor, at=at)
    return merge_rows.join_clocks(ours, theirs)


def part_threads(row: PatientMerge, survivor: Patient, merged: Patient) -> None:
    """Each thread's clocks as before; one of the survivor's that moved on meanwhile stays."""
    was = row.was.get("threads") or {}
    ours, theirs = _thread(survivor), _thread(merged)
    if not was or ours is None or theirs is None:
        return
    merge_rows.part_clocks(ours, theirs, was)


def of(row: PatientMerge) -> tuple[ColumnElement[bool], ...]:
    return (PatientMergeMove.practice_id == row.practice_id, PatientMergeMove.merge_id == row.id)


def _contacts(row: PatientMerge, survivor: Patient, merged: Patient, *, at: datetime) -> None:
    """After the survivor's own, in their order."""
    own = merge_rows.locked(select(ContactPoint).where(_of(ContactPoint, survivor, None)))
    known = {(each.phone_number_id, each.email) for each in own if each.ended_at is None}
    last = max((each.rank for each in own), default=0)
    theirs = merge_rows.locked(select(ContactPoint).where(_of(ContactPoint, merged, None)))
    for each in sorted(theirs, key=lambda point: (point.rank, point.created_at)):
        if each.ended_at is None and (each.phone_number_id, each.email) in known:
            _put(row, each, {"ended_at": at})
        else:
            last += 1
            _put(row, each, {"patient_id": survivor.id, "rank": last})


def _of(table: type[Any], patient: Patient, thread: Conversation | None) -> ColumnElement[bool]:
    ways = []
    if hasattr(table, "patient_id"):
        ways.append(table.patient_id == patient.id)
    if table in THREADED and thread is not None:
        ways.append(table.conversation_id == thread.id)
    return and_(
        table.practice_id == patient.practice_id, or_(*ways) if ways else table.id.is_(None)
    )


def _thread(patient: Patient) -> Conversation | None:
    return db.session.scalars(
        select(Conversation).where(
            Conversation.practice_id == patient.practice_id,
            Conversation.patient_id == patient.id,
            Conversation.kind == ConversationKind.PATIENT,
        )
    ).one_or_none()


def _put(row: PatientMerge, each: Any, into: dict[str, Any]) -> None:
    """Change the columns, and keep what they held."""
    was = merge_rows.change(each, into)
    db.session.add(
        PatientMergeMove(
            practice_id=row.practice_id, merge_id=row.id, table_name=each.__tablename__,
            row_id=each.id, was=was,
        )
    )  # fmt: skip
