"""The text most people write: from one patient's phone, no keyword, nothing asked, nothing urgent, while the
practice is open. It changes nothing but its own rows and the thread's wait, so it is written without loading
a record. What it leaves behind is what `inbound.receive` leaves (tests/actions/test_plain_texts.py)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm.util import identity_key

from app.actions import opening, plain_rows, plain_sender
from app.actions.after_hours import JUST_NOW
from app.actions.inbound_kinds import Kind
from app.actions.inbound_reading import read_keyword
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

UNDERSTOOD = {"kind": Kind.FREE_TEXT.value}


def find_sender(line: Line, incoming: Incoming, *, at: datetime) -> PlainSender | None:
    """Whose plain text this is; None when it needs a closer look, by whatever rule."""
    if incoming.unknown_keys or incoming.media:
        return None
    if read_keyword(None, incoming.body, carrier_says=incoming.opt_out) is not None:
        return None
    if urgent.read(incoming.body) is not None:
        return None
    db.session.flush()
    heard_at = incoming.heard_at(at)
    sender = plain_sender.find(
        db.session.connection(), line.practice_id, incoming.sender, at=at, heard_at=heard_at
    )
    return None if sender is None or _is_told_closed(sender, heard_at, at=at) else sender


def take_in(line: Line, sender: PlainSender, incoming: Incoming, *, at: datetime) -> Message | None:
    """Write it and all that goes with it; None when it is here already."""
    row = _row(line, sender, incoming, at=at)
    message = as_loaded(row)
    rows = _rows(row, message, sender, at=at)
    if not plain_rows.write(db.session.connection(), rows):
        return None
    know(message)
    note_change(db.session, message.practice_id, "touchpoint", rows.touchpoint["id"])
    topics = topics_of(message, message.patient_id)
    for event in rows.events:
        note_topics(message.practice_id, event["id"], topics)
    _forget_thread(message)
    return message


def _is_told_closed(sender: PlainSender, heard_at: datetime, *, at: datetime) -> bool:
    """Whether the answer outside practice hours is due."""
    if not sender.practice.hours or heard_at < at - JUST_NOW:
        return False
    return opening.closed_at(sender.practice, at=at) is not None


def _row(line: Line, sender: PlainSender, incoming: Incoming, *, at: datetime) -> dict[str, Any]:
    return row_of(
        practice_id=line.practice_id,
        conversation_id=sender.thread_id,
        patient_id=sender.patient.id,
        related_person_id=sender.related_person_id,
        understood=UNDERSTOOD,
        body=incoming.body,
        heard_at=incoming.heard_at(at),
        at=at,
        send_key=f"in:{incoming.provider_id}",
        provider_id=incoming.provider_id,
        line_id=line.id,
        phone_number_id=sender.number_id,
        language=sender.patient.language,
    )


def _rows(row: dict[str, Any], message: Message, sender: PlainSender, *, at: datetime) -> PlainRows:
    said = values_of_text(message, sender.patient, sender.practice, sender.context, at=at)
    touchpoint = whole_row(Touchpoint, said)
    contact = Touchpoint(practice_id=message.practice_id, id=touchpoint["id"])  # never added
    patient_id = sender.patient.id
    events = (
        values_of(
            contact, "touchpoint.recorded", by=SYSTEM, at=at, patient_id=patient_id,
            activity=touchpoint["activity_type"], channel=touchpoint["channel"],
        ),
        values_of(
            message, "message.received", by=sender.actor, at=at, patient_id=patient_id,
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
