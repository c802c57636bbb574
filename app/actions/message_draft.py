"""What somebody or a rule wants to say (`Draft`), checked and turned into a message row with its thread,
number and line. Nothing here decides whether it may leave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm.attributes import set_committed_value

from app.actions import message_route
from app.core.crypto import digest
from app.core.errors import Invalid
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from app.models.practice import Line
from messaging import segments
from messaging.delivery import MessageStatus
from messaging.gate import Purpose
from messaging.lanes import Lane, lane_of
from messaging.repeats import is_repeatable

#: The carrier's limit for one text.
LONGEST_SMS = 1600
LONGEST_PORTAL = 8000
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be said, and to whom: `patient`, or `phone_number` of somebody not yet known.

    `purpose` is one of messaging.gate.Purpose. `language` None means the patient's. A `send_key`
    seen before in this practice gives the first message back and writes nothing.
    """

    practice_id: UUID
    body: str
    purpose: str
    send_key: str
    channel: str = Channel.SMS
    patient: Patient | None = None
    conversation: Conversation | None = None
    phone_number: PhoneNumber | None = None
    line: Line | None = None
    language: str | None = None
    author_id: UUID | None = None
    is_automated: bool = False
    solicited: bool = False
    #: May it be sent a second time when its fate stays unknown? None: as its class is (`messaging.repeats`).
    repeatable: bool | None = None
    confirms_opt_out: bool = False
    send_after: datetime | None = None
    not_after: datetime | None = None
    task_id: UUID | None = None
    asked: dict[str, Any] | None = None
    template_key: str | None = None
    template_version: int | None = None
    #: The reader's language, when the words are in another for want of any.
    wanted_language: str | None = None
    #: The lost text this one tries again.
    retry_of_id: UUID | None = None
    #: The patient's caregiver it is for; `phone_number` is then theirs, and so is the consent that counts.
    related_person_id: UUID | None = None
    #: None: urgent when somebody waits for it, else care. A text to a list says Lane.LIST.
    lane: Lane | None = None


def message_of(draft: Draft, conversation: Conversation, *, at: datetime) -> Message:
    """The row as it will stand, outside the session. Raises Invalid for what can't be used."""
    sms = draft.channel == Channel.SMS
    body = segments.fold(draft.body.strip()) if sms else draft.body.strip()
    _check(draft, body)
    number = _number(draft, conversation) if sms else None
    line = (draft.line or message_route.line_for(conversation)) if sms else None
    row = _row(draft, conversation, body, at=at)
    row.segments = segments.count(body).segments if sms else None
    row.line_id, row.phone_number_id = line.id if line else None, number.id if number else None
    set_committed_value(row, "line", line)  # so that the gate need not read them again
    set_committed_value(row, "phone_number", number)
    return row


def _row(draft: Draft, conversation: Conversation, body: str, *, at: datetime) -> Message:
    purpose = Purpose(draft.purpose)
    return Message(
        practice_id=draft.practice_id,
        conversation_id=conversation.id,
        patient_id=draft.patient.id if draft.patient else None,
        direction=Direction.OUTBOUND,
        channel=Channel(draft.channel),
        body=body,
        body_digest=digest(body),
        language=draft.language or (draft.patient.language if draft.patient else "en"),
        author_id=draft.author_id,
        purpose=purpose.value,
        is_automated=draft.is_automated,
        lane=int(_lane(draft, purpose)),
        solicited=draft.solicited,
        repeatable=_may_repeat(draft, purpose),
        confirms_opt_out=draft.confirms_opt_out,
        send_key=draft.send_key,
        template_key=draft.template_key,
        template_version=draft.template_version,
        wanted_language=draft.wanted_language,
        status=MessageStatus.QUEUED,
        status_at=at,
        created_at=at,
        send_after=draft.send_after,
        not_after=draft.not_after,
        task_id=draft.task_id,
        retry_of_id=draft.retry_of_id,
        related_person_id=draft.related_person_id,
        **({"asked": draft.asked} if draft.asked else {}),  # None would be stored as JSON null
    )


def _lane(draft: Draft, purpose: Purpose) -> Lane:
    own = lane_of(purpose, solicited=draft.solicited, automated=draft.is_automated)
    return own if draft.lane is None else draft.lane


def _may_repeat(draft: Draft, purpose: Purpose) -> bool:
    own = is_repeatable(purpose, automated=draft.is_automated)
    return own if draft.repeatable is None else draft.repeatable


def _number(draft: Draft, conversation: Conversation) -> PhoneNumber | None:
    if draft.phone_number is not None or draft.patient is None:
        return draft.phone_number
    answers = draft.solicited or draft.purpose == Purpose.STAFF_REPLY
    heard_from = conversation.phone_number_id if answers else None
    return message_route.best_number(draft.patient, heard_from=heard_from)


def _check(draft: Draft, body: str) -> None:
    """Raise Invalid with what to do."""
    sms = draft.channel == Channel.SMS
    if not body:
        raise Invalid("Write a message first.", field="body")
    longest = LONGEST_SMS if sms else LONGEST_PORTAL
    if len(body) > longest:
        raise Invalid(f"Shorten the message to {longest} characters.", field="body")
    if not draft.send_key or len(draft.send_key) > LONGEST_KEY:
        raise Invalid(f"A key has 1 to {LONGEST_KEY} characters.", field="send_key")
    if not sms and draft.patient is None:
        raise Invalid("Only a known patient can be reached in the portal.", field="channel")
    if draft.send_after and draft.not_after and draft.not_after <= draft.send_after:
        raise Invalid("`not_after` must be later than `send_after`.", field="not_after")
