"""A call that was put down to the wrong person goes to the right one: the call back is asked for there, and
the ledger says so with the call's own time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import (
    conversations,
    disclosures,
    filing_trail,
    misfiled,
    refile_plan,
    taken_calls,
    thread_waits,
    touchpoint_corrections,
)
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.conversation import Conversation
from app.models.event import Actor
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient
from app.models.touchpoint import Touchpoint

WRITTEN_DOWN = "Whoever took this call has written it down. Take that entry back first."


def refile(
    call: IncomingCall, patient: Patient, *, by: Actor, at: datetime, seen: UUID | None = None
) -> bool:
    """Give the call to the right patient. False when it was moved there already: nothing happens.

    `seen` as in `misfiled.refile`. Raises Invalid when it can't be moved, Conflict when somebody else did.
    """
    misfiled.take_turn(call, patient)
    if seen is not None and call.conversation_id != seen:
        if call.patient_id == patient.id:
            return False
        raise Conflict(misfiled.MOVED_MEANWHILE)
    check(call, patient)
    left = db.session.get_one(Conversation, (call.practice_id, call.conversation_id))
    entered = conversations.thread_of(patient, at=at)
    shown = disclosure_of(call)
    rows = taken_calls.rows_of(call)
    void(rows, by=by, at=at)
    person = refile_plan.person_of(patient, call.phone_number_id)
    call.conversation_id, call.patient_id = entered.id, patient.id
    call.related_person_id = person.related_person_id
    db.session.flush()
    db.session.expire(call, ["conversation"])
    thread_waits.leave(left, call.called_at)
    thread_waits.enter(entered, call.called_at, waits=not call.was_answered)
    taken_calls.write(call, patient, at=at)
    filing_trail.note_move(call, left, entered, by=by, at=at)
    if shown is not None:
        disclosures.keep(shown, left, entered, by=by, at=at)
    return True


def check(call: IncomingCall, patient: Patient) -> None:
    """Raise Invalid with what to do instead."""
    if call.patient_id is None:
        raise Invalid("Nobody knows yet who called. Say so in the thread.")
    if call.patient_id == patient.id:
        raise Invalid("This call is filed with this patient already.", field="patient_id")
    if is_written_down(call):
        raise Invalid(WRITTEN_DOWN)
    if patient.merged_into_id is not None:
        raise Invalid("This record was merged. Choose the one that stands.", field="patient_id")


def is_written_down(call: IncomingCall) -> bool:
    """Whether the row of who took it has replaced the carrier's."""
    return bool(taken_calls.rows_of(call)) and taken_calls.standing(call) is None


def disclosure_of(call: IncomingCall) -> disclosures.Disclosure | None:
    """The portal lists every contact, so it has shown this call."""
    if call.patient_id is None:
        return None
    move = filing_trail.last_move(call)
    return disclosures.find(
        call.practice_id, what="call", subject_id=call.id, portal_of=call.patient_id,
        since=move.at if move is not None else call.called_at,
    )  # fmt: skip


def void(rows: list[Touchpoint], *, by: Actor, at: datetime) -> None:
    """Take back the one that counts."""
    corrected = set(
        db.session.scalars(
            select(Touchpoint.supersedes_id).where(
                Touchpoint.practice_id == rows[0].practice_id,
                Touchpoint.supersedes_id.in_([row.id for row in rows]),
            )
        )
        if rows
        else ()
    )
    for row in rows:
        if row.id not in corrected:
            touchpoint_corrections.void(row, reason=misfiled.WHY, by=by, at=at)
