"""Texts held until the carrier confirms them. A signature has no separators: a captured request can be cut
anew with keys nobody knows. Such a text is kept where people see it, and does nothing until released."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select

from app.actions import media
from app.actions.inbound_effects import take_effect
from app.actions.inbound_people import Sender, find_sender, thread_for
from app.actions.inbound_reading import Arrival, Reading, read
from app.actions.inbound_rows import add_once
from app.core.crypto import digest
from app.core.db import db
from app.core.errors import Conflict
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, Actor, Event, record
from app.models.message import Message
from app.models.practice import Line
from messaging.carriers.base import Attached, CarrierMessage, Incoming

HELD = {"kind": "held"}
REFUSED = {"kind": "refused"}


def keep(line: Line, sender: Sender, incoming: Incoming, *, at: datetime) -> Message | None:
    """Store a text whose request held keys or values nobody can vouch for; None for a repeat."""
    thread = thread_for(sender.sole, sender.number, at=at)
    message = add_once(
        practice_id=line.practice_id,
        conversation_id=thread.id,
        patient_id=sender.sole.patient.id if sender.sole else None,
        body=incoming.body,
        heard_at=incoming.heard_at(at),
        at=at,
        send_key=f"in:{incoming.provider_id}",
        provider_id=incoming.provider_id,
        line_id=line.id,
        phone_number_id=sender.number.id,
        understood=HELD,
        held_reason=_reason(incoming.unknown_keys),
    )
    if message is not None:
        media.expect(message, incoming.media, at=at)
        record(message, "message.held", by=SYSTEM, at=at, keys=sorted(incoming.unknown_keys))
    return message


def holds(line: Line, incoming: Incoming) -> bool:
    """Whether a text with this id is held."""
    return db.session.scalar(_held_as(line, incoming).with_only_columns(Message.id)) is not None


def _held_as(line: Line, incoming: Incoming) -> Select[Message]:
    return select(Message).where(
        Message.practice_id == line.practice_id,
        Message.provider_id == incoming.provider_id,
        Message.held_reason.is_not(None),
    )


def confirm(line: Line, sender: Sender, incoming: Incoming, *, at: datetime) -> Message | None:
    """A clean copy of a text we hold: its words are the true ones, and it takes effect now.

    None when nothing is held under this id: a repeat.
    """
    message = db.session.scalars(
        _held_as(line, incoming).with_for_update(key_share=True)
    ).one_or_none()
    if message is None:
        return None
    _correct(message, incoming.body, sender.number)
    message.line_id = line.id
    _take_effect(message, sender, line, incoming.media, at=at, carrier_says=incoming.opt_out)
    return message


def release(message: Message, confirmed: CarrierMessage, *, at: datetime) -> Message:
    """The carrier has this text on record: take its word for who wrote what, and let it take effect.

    Raises Conflict when the message is not held.
    """
    _check_held(message)
    line = db.session.get_one(Line, (message.practice_id, message.line_id))
    sender = find_sender(message.practice_id, confirmed.sender, at=at)
    _correct(message, confirmed.body, sender.number)
    _take_effect(message, sender, line, unnamed(confirmed.media_count), at=at)
    return message


def refuse(message: Message, *, at: datetime) -> Message:
    """The carrier knows no such text: it stays visible as refused and never takes effect.

    Raises Conflict when the message is not held.
    """
    _check_held(message)
    message.understood = REFUSED
    message.held_reason = "the carrier has no such message"
    media.refuse_all(message, at=at)
    record(message, "message.refused", by=SYSTEM, at=at)
    return message


def ask_again(message: Message, *, by: Actor, at: datetime) -> None:
    """A person wants the carrier asked anew; the next sweep does. Nobody releases a text by their own word.

    Raises Conflict when the message is not held.
    """
    _check_held(message)
    if message.understood == REFUSED:
        message.understood, message.held_reason = HELD, _reason(_odd_keys(message))
    record(message, "message.asked_about", by=by, at=at)


def note_unanswered(message: Message, why: str, *, at: datetime) -> None:
    """The carrier could not be asked: said once, not at every try."""
    newest = db.session.scalars(_story(message).order_by(Event.at.desc(), Event.id.desc())).first()
    if newest is None or (newest.kind, newest.facts.get("why")) != ("message.unconfirmed", why):
        record(message, "message.unconfirmed", by=SYSTEM, at=at, why=why)


def _story(message: Message) -> Select[Event]:
    return select(Event).where(
        Event.practice_id == message.practice_id,
        Event.subject_type == Message.__tablename__,
        Event.subject_id == message.id,
    )


def _odd_keys(message: Message) -> list[str]:
    """What was odd about the request, as it was noted when the text came in."""
    first = db.session.scalars(_story(message).where(Event.kind == "message.held")).first()
    return list(first.facts.get("keys", [])) if first else []


def _reason(keys: Iterable[str]) -> str:
    return f"unknown keys: {', '.join(sorted(keys))}"


def unnamed(count: int) -> tuple[Attached, ...]:
    """Files the carrier's record only counts: where they are is asked when they are fetched."""
    return (Attached(""),) * count


def _check_held(message: Message) -> None:
    if message.held_reason is None:
        raise Conflict("This message is not held.")


def _correct(message: Message, body: str, number: PhoneNumber) -> None:
    message.body, message.body_digest = body, digest(body)
    message.phone_number_id = number.id


def _take_effect(
    message: Message,
    sender: Sender,
    line: Line,
    attached: tuple[Attached, ...],
    *,
    at: datetime,
    carrier_says: str = "",
) -> None:
    reading: Reading = read(
        sender, message.practice_id, message.body, at=at, carrier_says=carrier_says
    )
    thread = thread_for(reading.person, sender.number, at=at)
    message.conversation_id = thread.id
    message.patient_id = reading.person.patient.id if reading.person else None
    message.related_person_id = reading.person.related_person_id if reading.person else None
    message.task_id, message.understood = reading.task_id, reading.to_json()
    message.held_reason = None
    media.expect_instead(message, attached, at=at)
    record(message, "message.released", by=SYSTEM, at=at)
    arrival = Arrival(
        message, thread, reading, sender.people, sender.number, line,
        is_new=False, has_media=bool(attached),
    )  # fmt: skip
    take_effect(arrival, at=at)
