"""The text most people write: from one patient's phone, no keyword, no answer, nothing urgent, while the
practice is open. It changes nothing but its own rows and the thread's wait, so it is written without loading
a record. What it leaves behind is what `inbound.receive` leaves (tests/actions/test_plain_texts.py)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm.util import identity_key

from app.actions import opening, plain_rows, plain_sender, questions
from app.actions.after_hours import JUST_NOW
from app.actions.inbound_kinds import Kind, Reading
from app.actions.inbound_people import Person
from app.actions.inbound_reading import read_keyword, read_reply
from app.actions.inbound_rows import as_loaded, know, row_of
from app.actions.plain_rows import PlainRows
from app.actions.plain_sender import PlainSender
from app.actions.touchpoints import values_of_text
from app.core.db import db
from app.models.conversation import Conversation
from app.models.event import SYSTEM, note_topics, topics_of, values_of
from app.models.message import Message
from app.models.practice import Line
from app.models.topic import note_change
from app.models.touchpoint import Touchpoint
from app.models.written_once import whole_row
from messaging import urgent
from messaging.carriers.base import Incoming


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a text found: the one person who wrote it and what it means."""

    sender: PlainSender
    reading: Reading
    is_plain: bool


def look(line: Line, incoming: Incoming, *, at: datetime) -> Look | None:
    """A first look, by lean reads; None when it needs a closer one by whatever rule.

    What it found holds for a text that is not plain, too: nothing of it has to be asked again.
    """
    if incoming.unknown_keys or incoming.media or urgent.read(incoming.body) is not None:
        return None
    if read_keyword(None, incoming.body, carrier_says=incoming.opt_out) is not None:
        return None
    db.session.flush()
    connection, heard_at = db.session.connection(), incoming.heard_at(at)
    sender = plain_sender.find(
        connection, line.practice_id, incoming.sender, at=at, heard_at=heard_at
    )
    if sender is None:
        return None
    reading = _read(sender.person, incoming.body, at=at)
    answers_nothing = reading.kind is Kind.FREE_TEXT
    is_plain = answers_nothing and not _is_told_closed(sender, heard_at, at=at)
    return Look(sender, reading, is_plain)


def _read(person: Person, body: str, *, at: datetime) -> Reading:
    patient = person.patient
    asked = person.was_asked and questions.asked_lately(patient.practice_id, [patient.id], at=at)
    return read_reply(person, body, asked or (), at=at)


def take_in(line: Line, seen: Look, incoming: Incoming, *, at: datetime) -> Message | None:
    """Write a plain text and all that goes with it; None when it is here already."""
    row = _row(line, seen, incoming, at=at)
    message = as_loaded(row)
    rows = _rows(row, message, seen.sender, at=at)
    if not plain_rows.write(db.session.connection(), rows):
        return None
    know(message)
    note_change(db.session, message.practice_id, "touchpoint", rows.touchpoint["id"])
    note_topics(message.practice_id, topics_of(message, message.patient_id))
    _forget_thread(message)
    return message


def _is_told_closed(sender: PlainSender, heard_at: datetime, *, at: datetime) -> bool:
    """Whether the answer outside practice hours is due."""
    if not sender.practice.hours or heard_at < at - JUST_NOW:
        return False
    return opening.closed_at(sender.practice, at=at) is not None


def _row(line: Line, seen: Look, incoming: Incoming, *, at: datetime) -> dict[str, Any]:
    sender, person = seen.sender, seen.sender.person
    return row_of(
        practice_id=line.practice_id,
        conversation_id=sender.thread_id,
        patient_id=person.patient.id,
        related_person_id=person.related_person_id,
        understood=seen.reading.to_json(),
        body=incoming.body,
        heard_at=incoming.heard_at(at),
        at=at,
        send_key=f"in:{incoming.provider_id}",
        provider_id=incoming.provider_id,
        line_id=line.id,
        phone_number_id=sender.number_id,
        language=person.patient.language,
    )


def _rows(row: dict[str, Any], message: Message, sender: PlainSender, *, at: datetime) -> PlainRows:
    patient = sender.person.patient
    said = values_of_text(message, patient, sender.practice, sender.context, at=at)
    touchpoint = whole_row(Touchpoint, said)
    contact = Touchpoint(practice_id=message.practice_id, id=touchpoint["id"])  # never added
    events = (
        values_of(
            contact, "touchpoint.recorded", by=SYSTEM, at=at, patient_id=patient.id,
            activity=touchpoint["activity_type"], channel=touchpoint["channel"],
        ),
        values_of(
            message, "message.received", by=sender.person.actor, at=at, patient_id=patient.id,
            channel=message.channel.value, understood=Kind.FREE_TEXT.value, waits=True,
        ),
    )  # fmt: skip
    return PlainRows(row, touchpoint, events, sender.number_id)


def _forget_thread(message: Message) -> None:
    """A session that holds the thread's record reads it again before it is used."""
    key = identity_key(Conversation, (message.practice_id, message.conversation_id))
    thread = db.session.identity_map.get(key)
    if thread is not None:
        db.session.expire(thread)
