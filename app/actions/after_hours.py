"""The one automatic answer outside practice hours: when a person reads the message, and what to do in an
emergency. Once for each phone (or portal) and closed stretch, and never in place of a person."""

from datetime import datetime, timedelta

from app.actions import opening, service_texts, templates, who_is_it
from app.actions.inbound_reading import Arrival, Kind
from app.core.db import db
from app.models.message import Channel
from app.models.practice import Practice
from messaging.spoken import SPOKEN
from messaging.urgent import Urgent

#: Answers what the person just did: a message that reaches us later gets none.
JUST_NOW = timedelta(hours=1)
#: Got an answer of another kind already, or asked for none.
_ANSWERED = frozenset({Kind.STOP, Kind.START, Kind.HELP, Kind.JOIN, Kind.WHICH_TASK,
                       Kind.NEAR_STOP})  # fmt: skip
_WHEN_WE_OPEN = {"en": "as soon as we can", "es": "lo antes posible"}


def answer(arrival: Arrival, *, waits: bool, urgent: Urgent | None, at: datetime) -> None:
    """Send the notice if the practice is closed and somebody now waits. Urgent words put 911 first."""
    message = arrival.message
    if arrival.is_from_office:  # a person answers an office; a machine of theirs may have written
        return
    if not waits or message.created_at < at - JUST_NOW:
        return
    if arrival.reading.kind in _ANSWERED and urgent is None:
        return
    practice = db.session.get_one(Practice, message.practice_id)
    closed = opening.closed_at(practice, at=at) if practice.hours else None
    if closed is None:
        return
    asks_who = arrival.reading.kind is Kind.WHO_IS_THIS and urgent is None
    if asks_who and who_is_it.was_asked(message, arrival.number, at=at):
        return
    key = "service.after_hours_urgent" if urgent is not None else "service.after_hours"
    wanted = _language(arrival, urgent)
    language = templates.phrase_for(practice, key, wanted).language
    words = _WHEN_WE_OPEN[language if language in _WHEN_WE_OPEN else "en"]
    if closed.opens is not None:
        words = opening.in_words(closed.opens, practice, at=at, language=language)
    service_texts.tell_closed(
        arrival, key, language=wanted, opens=words, send_key=_send_key(arrival, closed),
        not_after=closed.opens, at=at,
    )  # fmt: skip


def _send_key(arrival: Arrival, closed: opening.Closed) -> str:
    """One for each phone or portal, until the practice opens."""
    sms = arrival.message.channel is Channel.SMS and arrival.number is not None
    who = arrival.number.id if sms and arrival.number else arrival.thread.id
    return f"after_hours:{who}:{closed.opens.isoformat() if closed.opens else 'unknown'}"


def _language(arrival: Arrival, urgent: Urgent | None) -> str:
    """The person's; on a phone of several theirs if they share one; a stranger's as they wrote."""
    spoken = {person.patient.language for person in arrival.people}
    if arrival.person is not None:
        return arrival.person.patient.language
    if len(spoken) == 1:
        return spoken.pop()
    return urgent.language if urgent is not None and urgent.language in SPOKEN else "en"
