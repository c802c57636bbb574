"""A message or a call that was given to the wrong person goes to the right one, as if it had come to them:
what it did is taken back, what it means there takes effect, ledger and timelines say so. Undo is the same
way back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import (
    answer_undo,
    conversations,
    disclosures,
    filing_trail,
    inbound_answers,
    number_moves,
    refile_plan,
    thread_waits,
    touchpoint_corrections,
    touchpoints,
    urgency,
)
from app.actions.inbound_reading import Arrival, Kind
from app.actions.refile_plan import Plan
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotFound
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.event import Actor
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient, PatientStatus
from app.models.touchpoint import Touchpoint

WHY = "filed with the wrong person"
MOVED_MEANWHILE = "Somebody else has moved this meanwhile. Look at it again."
CHOOSE = "Choose which of their tasks this answers, or that it answers none."


def refile(
    message: Message,
    patient: Patient,
    *,
    by: Actor,
    at: datetime,
    seen: UUID | None = None,
    chosen: str = "",
    with_number: bool = False,
) -> bool:
    """Give the message to the right patient. False when it was moved there already: nothing happens.

    `seen` is the thread it stood in when the person decided; `chosen` as in `refile_plan.plan`;
    `with_number`: the number it came from is theirs too, and not the other's.
    Raises Invalid when it can't be moved or a choice is missing, Conflict when somebody else moved it.
    """
    take_turn(message, patient)
    if seen is not None and message.conversation_id != seen:
        if message.patient_id == patient.id:
            return False
        raise Conflict(MOVED_MEANWHILE)
    plan = refile_plan.plan(message, patient, chosen=chosen, lock=True)
    if plan.reading.kind is Kind.WHICH_TASK:
        raise Invalid(CHOOSE, field="task_id")
    left = db.session.get_one(Conversation, (message.practice_id, message.conversation_id))
    entered = conversations.thread_of(patient, at=at)
    _take_back(plan, by=by, at=at)
    number = _take_number(message, patient, by=by, at=at) if with_number else {}
    for each in plan.together:
        along = number if each is message else {}
        _move(each, plan, left, entered, along, by=by, at=at)
    _take_effect(plan, entered, at=at)
    for each in plan.together:
        touchpoints.of_message(each, at=at, refiled=len(ledger_rows(each)))
    if plan.disclosure is not None:
        disclosures.keep(plan.disclosure, left, entered, by=by, at=at)
    return True


def move_back(message: Message, patient: Patient, *, by: Actor, at: datetime) -> None:
    """Undo the last move: `patient` is whose it was, and it answers the task it answered there.

    Raises Conflict when that is not where it came from.
    """
    move = filing_trail.last_move(message)
    if move is None or move.facts["from_patient"] != str(patient.id):
        raise Conflict(MOVED_MEANWHILE)
    chosen = move.facts.get("task_id") or refile_plan.NO_TASK
    if message.patient is not None:
        number_moves.move_back(move.facts, patient, message.patient, by=by, at=at)
    refile(message, patient, by=by, at=at, chosen=chosen)


def _take_number(message: Message, right: Patient, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Before the message leaves them: after it nobody knows whose it was."""
    if message.patient is None:
        return {}
    return number_moves.move(message, message.patient, right, by=by, at=at)


def came_from(message: Message | IncomingCall) -> UUID:
    """Whose it was before its last move. Raises NotFound when it never moved."""
    move = filing_trail.last_move(message)
    if move is None:
        raise NotFound
    return UUID(move.facts["from_patient"])


def ledger_rows(message: Message) -> list[Touchpoint]:
    """Everything the ledger says of the message, reversing rows too."""
    rows = select(Touchpoint).where(
        Touchpoint.practice_id == message.practice_id, Touchpoint.message_id == message.id
    )
    return list(db.session.scalars(rows))


def take_turn(message: Message | IncomingCall, patient: Patient) -> None:
    """Wait for a text from this number that is just coming in, and for whoever moves it as well. Both
    people are locked in one order, so that two moves never wait for each other."""
    people = sorted({patient.id, message.patient_id or patient.id})
    locks = [
        select(PhoneNumber.id).where(
            PhoneNumber.practice_id == message.practice_id,
            PhoneNumber.id == message.phone_number_id,
        ),
        select(Patient.id)
        .where(Patient.practice_id == message.practice_id, Patient.id.in_(people))
        .order_by(Patient.id),
    ]
    for each in locks:
        db.session.scalars(each.with_for_update(key_share=True)).all()
    db.session.refresh(message, with_for_update={"key_share": True})


def reverse(message: Message, *, by: Actor, at: datetime) -> None:
    """The ledger's row of it that counts is taken back."""
    rows = ledger_rows(message)
    corrected = {row.supersedes_id for row in rows}
    for row in rows:
        if row.supersedes_id is None and row.id not in corrected:
            touchpoint_corrections.void(row, reason=WHY, by=by, at=at)


def _take_back(plan: Plan, *, by: Actor, at: datetime) -> None:
    for effect in plan.effects:
        source = next(
            each for each in plan.together if str(each.id) == effect.first.facts.get("message_id")
        )
        answer_undo.take_back(effect, source, by=by, at=at)
    for each in plan.together:
        which = refile_plan.which_question(each)
        if which is not None:
            answer_undo.withdraw(which, at=at)


def _move(
    message: Message,
    plan: Plan,
    left: Conversation,
    entered: Conversation,
    along: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """To the right person's thread, with its time; the ledger's row is reversed."""
    reverse(message, by=by, at=at)
    was = {"task_id": str(message.task_id) if message.task_id else None,
           "understood": (message.understood or {}).get("kind")}  # fmt: skip
    message.conversation_id, message.patient_id = entered.id, entered.patient_id
    message.related_person_id, message.task_id = plan.person.related_person_id, None
    message.understood = {"kind": Kind.FREE_TEXT.value, "reason": "refiled"}
    db.session.flush()
    db.session.expire(message, ["patient"])  # whoever it was is forgotten, also if read already
    thread_waits.leave(left, message.created_at)
    filing_trail.note_move(message, left, entered, by=by, at=at, **was, **along)


def _take_effect(plan: Plan, thread: Conversation, *, at: datetime) -> None:
    """What the leading message means there takes effect; a person reads the rest."""
    leading, *others = plan.together
    leading.understood, leading.task_id = plan.reading.to_json(), plan.reading.task_id
    people = (plan.person, plan.person)  # it came by a way that is not one person's alone
    arrival = Arrival(
        leading, thread, plan.reading, people, leading.phone_number, leading.line,
        is_new=False, has_media=plan.has_media,
    )  # fmt: skip
    settled = _act(arrival, at=at)
    is_urgent = urgency.heed(arrival, at=at) is not None
    waits = not settled or is_urgent or plan.has_media
    thread_waits.enter(thread, leading.created_at, waits=waits)
    for each in others:
        thread_waits.enter(thread, each.created_at, waits=waits)


def _act(arrival: Arrival, *, at: datetime) -> bool:
    """True when nobody has to read it. What a keyword did stays as it is."""
    kind, person = arrival.reading.kind, arrival.person
    if kind in refile_plan.KEYWORDS:
        return kind in (Kind.STOP, Kind.START, Kind.HELP)
    effect = inbound_answers.EFFECTS.get(kind)
    if effect is None or person is None or person.patient.status is PatientStatus.DECEASED:
        return False
    return effect(arrival, at=at)
