"""A wrong "Who is this?" is taken back as a whole: what came from the unknown number stands in its intake
again, what it did to the other person's tasks, ledger, portal and consent is undone, and the number is not
theirs. `identity_plan` says beforehand what that means."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import (
    answer_undo,
    consent_undo,
    disclosures,
    identity_plan,
    misfiled,
    misfiled_calls,
    number_endings,
    refile_plan,
    refiling,
    taken_calls,
    thread_waits,
)
from app.actions.filing_trail import UNRESOLVED
from app.actions.identity_plan import Plan
from app.actions.inbound_reading import Kind
from app.core.db import db
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor, Event, record
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient


def take_back(
    intake: Conversation, patient: Patient, said: Event, *, by: Actor, at: datetime
) -> Conversation:
    """`said` is the event that gave the intake this name. Returns the thread where it stands now.

    Raises Conflict when it was taken back already, or what came of it has to be taken back first.
    """
    refiling.take_turn(intake)
    found = identity_plan.plan(intake, patient, said)
    into = _thread_to_stand_in(intake)
    _undo_answers(found, by=by, at=at)
    consents = consent_undo.take_back(found.consents, patient, by=by, at=at)
    for message in found.messages:
        _return_message(message, found, into, by=by, at=at)
    for call in found.calls:
        _return_call(call, found, into, by=by, at=at)
    if found.point is not None:
        db.session.flush()
        number_endings.end(patient, found.point, by=by, at=at)
    _waits(found, into, at=at)
    if found.texts_there:
        record(found.thread, "disclosure.sent", by=by, at=at, count=found.texts_there,
               since=said.at.isoformat())  # fmt: skip
    record(
        intake, UNRESOLVED, by=by, at=at, patient_id=patient.id, said=str(said.id),
        topics={f"conversation:{each.id}" for each in (found.thread, into)},
        messages=len(found.messages), calls=len(found.calls), consents=consents,
        number_ended=found.point is not None,
    )  # fmt: skip
    return into


def _thread_to_stand_in(intake: Conversation) -> Conversation:
    """The intake itself; where the number has begun another since, that one."""
    newer = select(Conversation).where(
        Conversation.practice_id == intake.practice_id,
        Conversation.kind == ConversationKind.INTAKE,
        Conversation.phone_number_id == intake.phone_number_id,
        Conversation.phone_number_id.is_not(None),
        Conversation.resolved_at.is_(None),
        Conversation.id != intake.id,
    )
    intake.patient_id = None
    other = db.session.scalars(newer).one_or_none()
    if other is None:
        intake.resolved_at = None
    return other or intake


def _undo_answers(found: Plan, *, by: Actor, at: datetime) -> None:
    """Newest first, so that each card goes back step by step; what we said in answer does not leave."""
    for message in reversed(found.messages):
        if message.is_inbound:
            for effect in answer_undo.effects_of(message, lock=True):
                answer_undo.take_back(effect, message, by=by, at=at)
        which = refile_plan.which_question(message)
        answer = identity_plan.answer_to(message)
        for ours in (which, answer):
            if ours is not None:
                answer_undo.withdraw(ours, at=at)


def _return_message(
    message: Message, found: Plan, into: Conversation, *, by: Actor, at: datetime
) -> None:
    shown = disclosures.find(
        message.practice_id, what="message", subject_id=message.id, portal_of=found.patient.id,
        since=max(found.said.at, message.status_at if message.is_inbound else found.said.at),
    )  # fmt: skip
    misfiled.reverse(message, by=by, at=at)
    message.conversation_id, message.patient_id = into.id, None
    message.related_person_id = message.task_id = None
    if message.is_inbound:
        message.understood = _as_read(message, found.said.facts)
        into.last_message_at = max(into.last_message_at or message.created_at, message.created_at)
    db.session.flush()
    db.session.expire(message, ["patient"])
    disclosures.keep(shown, found.thread, into, by=by, at=at)


def _as_read(message: Message, facts: dict[str, Any]) -> dict[str, Any] | None:
    """What it was to us before; what came since waits for a name, too."""
    before = facts["read"]
    if str(message.id) in before:
        return before[str(message.id)]  # type: ignore[no-any-return]  # as it was written
    now = message.understood or {}
    if now.get("kind") in refile_plan.KEYWORDS:
        return now
    urgent = {"urgent": now["urgent"]} if "urgent" in now else {}
    return {"kind": Kind.WHO_IS_THIS.value, "reason": "misidentified", **urgent}


def _return_call(
    call: IncomingCall, found: Plan, into: Conversation, *, by: Actor, at: datetime
) -> None:
    shown = misfiled_calls.disclosure_of(call)
    misfiled_calls.void(taken_calls.rows_of(call), by=by, at=at)
    call.conversation_id, call.patient_id, call.related_person_id = into.id, None, None
    db.session.flush()
    db.session.expire(call, ["conversation"])
    into.last_message_at = max(into.last_message_at or call.called_at, call.called_at)
    if shown is not None:
        disclosures.keep(shown, found.thread, into, by=by, at=at)


def _waits(found: Plan, into: Conversation, *, at: datetime) -> None:
    """The other person waits for nothing of this; whoever wrote waits as they did, else from now on."""
    facts, thread = found.said.facts, found.thread
    for came_at in sorted(found.came_at):
        thread_waits.leave(thread, came_at)
    if thread.phone_number_id == found.intake.phone_number_id and found.point is not None:
        was = facts["thread_number"]
        thread.phone_number_id = UUID(was) if was else None
    began = _moment(facts["waiting"]) or at
    into.waiting_since = min(into.waiting_since or began, began)
    into.snoozed_until = None
    urgent = [each.created_at for each in found.messages if "urgent" in (each.understood or {})]
    before = _moment(facts["urgent"])
    since = [each for each in urgent if each >= found.said.at]
    into.urgent_since = min((each for each in (into.urgent_since, before, *since) if each),
                            default=None)  # fmt: skip


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
