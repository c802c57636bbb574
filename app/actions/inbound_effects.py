"""From what a message means to what it does: the keyword's or the answer's effect, the thread's wait, the
ledger's row and the event. Runs once per message, in the transaction that wrote it."""

from datetime import datetime

from app.actions import (
    after_hours,
    inbound_answers,
    inbound_keywords,
    touchpoints,
    urgency,
    who_is_it,
)
from app.actions.inbound_reading import Arrival, Kind
from app.models.event import record
from app.models.patient import PatientStatus


def take_effect(arrival: Arrival, *, at: datetime) -> None:
    """Let the message do what it does; whatever no rule settles waits for a person."""
    acted = _act(arrival, at=at)
    urgent = urgency.heed(arrival, at=at)
    settled = acted and urgent is None and not arrival.has_media
    message, thread = arrival.message, arrival.thread
    touchpoints.of_message(message, at=at, is_new=arrival.is_new)
    if arrival.number is not None:
        thread.phone_number_id = arrival.number.id
    if settled:
        thread.last_message_at = message.created_at
    else:
        thread.hear(at=message.created_at)
    by = arrival.actor
    record(message, "message.received", by=by, at=at, channel=message.channel.value,
           understood=arrival.reading.kind.value, waits=not settled)  # fmt: skip
    after_hours.answer(arrival, waits=not settled, urgent=urgent, at=at)


def _act(arrival: Arrival, *, at: datetime) -> bool:
    """Do what the message asks for; True when nobody has to read it."""
    kind, person = arrival.reading.kind, arrival.person
    if keyword := inbound_keywords.EFFECTS.get(kind):
        keyword(arrival, at=at)
        if kind is Kind.JOIN and person is None and arrival.people:
            who_is_it.ask(arrival, at=at)
        return arrival.reading.is_settled and not inbound_keywords.is_overtaken(arrival, at=at)
    effect = inbound_answers.EFFECTS.get(kind) or who_is_it.EFFECTS.get(kind)
    if effect is None:
        return False
    if person is not None and person.patient.status is PatientStatus.DECEASED:
        return False  # somebody answers from the phone of a patient who died: that is for a person
    return effect(arrival, at=at)
