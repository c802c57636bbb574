"""Messages that come in. In one transaction: number → people · keyword · open question · row under the
carrier's id (a repeat is a no-op) · thread, ledger, events. Nothing that came in is ever dropped."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.actions import conversations, held, media, plain_texts, questions
from app.actions.inbound_effects import take_effect
from app.actions.inbound_people import Person, Sender, find_sender, thread_for
from app.actions.inbound_reading import Arrival, Kind, Reading, read, read_keyword, read_reply
from app.actions.inbound_rows import add_once
from app.core.db import db
from app.core.errors import Invalid
from app.core.ids import new_id
from app.models.conversation import Conversation
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Line
from messaging.carriers.base import Incoming

LONGEST_PORTAL = 8000


def receive(line: Line, incoming: Incoming, *, at: datetime) -> Message | None:
    """Take in a text; None when it is here already. With unknown keys it is held, without effect."""
    seen = plain_texts.look(line, incoming, at=at)
    if seen is not None and seen.is_plain:
        message = plain_texts.take_in(line, seen, incoming, at=at)
        if message is not None or not held.holds(line, incoming):
            return message
    return receive_with_care(line, incoming, at=at, first_read=seen.reading if seen else None)


def receive_with_care(
    line: Line, incoming: Incoming, *, at: datetime, first_read: Reading | None = None
) -> Message | None:
    """Take in a text that may be anything, record by record; `first_read`: what it seemed to mean."""
    sender = find_sender(line.practice_id, incoming.sender, at=at)
    if incoming.unknown_keys:
        return held.keep(line, sender, incoming, at=at)
    reading = _of_records(first_read, sender) or read(
        sender, line.practice_id, incoming.body, at=at, carrier_says=incoming.opt_out
    )
    thread = thread_for(reading.person, sender.number, at=at)
    message = add_once(**_row_of(line, sender, incoming, reading, thread, at=at))
    if message is None:
        return held.confirm(line, sender, incoming, at=at)
    media.expect(message, incoming.media, at=at)
    arrival = Arrival(
        message, thread, reading, sender.people, sender.number, line, has_media=bool(incoming.media)
    )
    take_effect(arrival, at=at)
    return message


def _of_records(first_read: Reading | None, sender: Sender) -> Reading | None:
    """The same reading with the person's record; None when the phone is not theirs alone any more."""
    if first_read is None or first_read.person is None or sender.sole is None:
        return None
    theirs = (first_read.person.patient.id, first_read.person.related_person_id)
    if theirs != (sender.sole.patient.id, sender.sole.related_person_id):
        return None
    return replace(first_read, person=sender.sole)


def receive_portal(
    patient: Patient,
    body: str,
    *,
    at: datetime,
    answers: Message | None = None,
    key: str | None = None,
    send_key: str | None = None,
) -> Message:
    """Take in what a signed-in patient wrote, or the option `key` they chose for the question `answers`.

    A `send_key` seen before gives the first message back. Raises Invalid for an empty or endless body.
    """
    words = body.strip()
    if not words:
        raise Invalid("Write a message first.", field="body")
    if len(words) > LONGEST_PORTAL:
        raise Invalid(f"Shorten the message to {LONGEST_PORTAL} characters.", field="body")
    thread = conversations.thread_of(patient, at=at)
    person = Person(patient, thread=thread)
    reading = _read_portal(person, words, answers, key, at=at)
    name = send_key or f"in:portal:{new_id()}"
    message = add_once(
        body=words,
        heard_at=at,
        at=at,
        channel=Channel.PORTAL,
        send_key=name,
        language=patient.language,
        **_belongs(reading, thread),
    )
    if message is None:
        first = Message.send_key == name
        return db.session.scalars(
            select(Message).where(Message.practice_id == patient.practice_id, first)
        ).one()
    take_effect(Arrival(message, thread, reading, (person,)), at=at)
    return message


def _row_of(
    line: Line,
    sender: Sender,
    incoming: Incoming,
    reading: Reading,
    thread: Conversation,
    *,
    at: datetime,
) -> dict[str, Any]:
    """The values of the message's row."""
    return _belongs(reading, thread) | {
        "body": incoming.body,
        "heard_at": incoming.heard_at(at),
        "at": at,
        "send_key": f"in:{incoming.provider_id}",
        "provider_id": incoming.provider_id,
        "line_id": line.id,
        "phone_number_id": sender.number.id,
        "language": reading.person.patient.language if reading.person else "en",
    }


def _belongs(reading: Reading, thread: Conversation) -> dict[str, Any]:
    person = reading.person
    return {
        "practice_id": thread.practice_id,
        "conversation_id": thread.id,
        "patient_id": person.patient.id if person else None,
        "related_person_id": person.related_person_id if person else None,
        "task_id": reading.task_id,
        "understood": reading.to_json(),
    }


def _read_portal(
    person: Person, words: str, answers: Message | None, key: str | None, *, at: datetime
) -> Reading:
    asked = questions.asked_lately(person.patient.practice_id, [person.patient.id], at=at)
    if answers is not None and key is not None:
        return _chosen(person, answers, key, asked, at=at)
    return read_keyword(person, words) or read_reply(person, words, asked, at=at)


def _chosen(
    person: Person, answers: Message, key: str, asked: list[questions.Asked], *, at: datetime
) -> Reading:
    """They pressed a button under the question: there is nothing to understand."""
    about = next((each for each in asked if each.message.id == answers.id), None)
    if about is None or key not in {str(option["key"]) for option in about.asked["options"]}:
        raise Invalid("This question is no longer open. Write to us instead.", field="key")
    kind = Kind.CLARIFIED if about.is_which_task else Kind.ANSWER
    if not about.is_live(at=at):
        if about.is_which_task:
            raise Invalid("This question is no longer open. Write to us instead.", field="key")
        same = about.answered_key == key
        changed = Kind.CONTRADICTED if about.answered_key else Kind.LATE
        kind = Kind.REPEATED if same else changed
    return Reading(kind, person, key=key, reason="chosen", about=(about,))
