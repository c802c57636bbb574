"""A message from a shared phone that nobody can place: ask the phone once whom it is about, and file it as it
says. What it cannot ask in words everybody there understands, staff decide."""

from datetime import datetime, timedelta

from app.actions import carrier_blocks, opening, refiling, service_texts, who_questions
from app.actions.inbound_reading import SEVERAL_ASKED, Arrival, Kind
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.practice import Practice, SharedPhones
from messaging import urgent
from messaging.spoken import SPOKEN

#: Answers what the person just did: a message that reaches us later is staff's.
JUST_NOW = timedelta(hours=1)


def ask(arrival: Arrival, *, at: datetime) -> bool:
    """Ask, if that may help. The message waits for a person either way."""
    number, language = arrival.number, _language(arrival)
    people = sorted(
        (person.patient for person in arrival.people),
        key=lambda patient: (patient.given_name, patient.family_name, patient.id),
    )
    options = who_questions.options_for(people)
    if number is None or language is None or not options:
        return False
    if _may_ask(arrival, number, at=at):
        service_texts.ask_who(arrival, options, language=language, at=at)
    return False


def said(arrival: Arrival, *, at: datetime) -> bool:
    """They said whom it is about: it moves there and takes effect, with what came after it."""
    question, person = arrival.reading.about[0], arrival.person
    if person is None:
        raise LookupError("an answer about nobody")
    note = {"answered_by": str(arrival.message.id), "answered_key": str(person.patient.id)}
    question.message.asked = {**question.asked, **note}
    question.message.answered_at = at
    key = (question.message.practice_id, question.message.conversation_id)
    intake = db.session.get_one(Conversation, key)
    asked_about = who_questions.WhoQuestion(question.message).about
    first = db.session.get_one(Message, (intake.practice_id, asked_about))
    if first.conversation_id == intake.id and intake.resolved_at is None:
        refiling.resolve_intake(
            intake, person.patient, by=person.actor, at=at, since=first.created_at
        )
    return True


EFFECTS = {Kind.WHO_IS_THIS: ask, Kind.WHO_SAID: said}


def was_asked(message: Message, number: PhoneNumber | None, *, at: datetime) -> bool:
    """Whether this very message got the question."""
    last = who_questions.last_asked(number, at=at) if number is not None else None
    return last is not None and last.about == message.id


def _is_blocked(arrival: Arrival, number: PhoneNumber) -> bool:
    return carrier_blocks.is_blocked(number, arrival.line.id if arrival.line else None)


def _may_ask(arrival: Arrival, number: PhoneNumber, *, at: datetime) -> bool:
    practice = db.session.get_one(Practice, number.practice_id)
    if practice.shared_phones is not SharedPhones.ASK or urgent.read(arrival.message.body):
        return False
    if number.opted_out_at is not None or _is_blocked(arrival, number):
        return False
    if arrival.message.created_at < at - JUST_NOW:
        return False
    closed = practice.hours and opening.closed_at(practice, at=at) is not None
    if closed and arrival.reading.reason != SEVERAL_ASKED:
        return False  # when a person reads it is what they hear instead
    return who_questions.last_asked(number, at=at) is None


def _language(arrival: Arrival) -> str | None:
    """The one language everybody on the phone speaks."""
    spoken = {person.patient.language for person in arrival.people}
    language = spoken.pop() if len(spoken) == 1 else None
    return language if language in SPOKEN else None
