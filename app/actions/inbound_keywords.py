"""What STOP, START, HELP and JOIN do, and what a near miss of STOP does: pause, and call a person. STOP is
the number's and acts at once; nothing here sends more than one text in answer."""

from datetime import datetime
from uuid import UUID

from app.actions import carrier_blocks, consent_state, consents, service_texts
from app.actions.inbound_reading import Arrival, Kind
from app.actions.messages import JUST_NOW
from app.models.consent import ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import Actor
from app.models.message import Channel
from app.models.patient import Patient
from app.models.practice import StopOwner
from messaging.keywords import Keyword


def stop(arrival: Arrival, *, at: datetime) -> None:
    """Nothing more is sent: queued texts are cancelled, ladders stop. One confirmation at most."""
    number, patient = arrival.number, _patient(arrival)
    if number is not None and number.opted_out_at is not None:
        if _carrier_answers(arrival):  # it blocks from now on, which our own opt-out did not know
            carrier_blocks.block(number, _line_id(arrival), at=at)
        return
    if number is None and consent_state.current(patient, None)[0] == consent_state.WITHDRAWN:
        return
    about = None if number is not None else patient
    consents.withdraw(about, number, _said(arrival), by=_actor(arrival), at=at)
    if not _carrier_answers(arrival):
        service_texts.confirm_stop(arrival, at=at)


def start(arrival: Arrival, *, at: datetime) -> None:
    """Texts may come again: for the number, and for its person when there is just one."""
    if is_overtaken(arrival, at=at):
        return
    _give(arrival, arrival.number, at=at)
    if not _carrier_answers(arrival):
        service_texts.answer(arrival, "service.started", at=at)


def join(arrival: Arrival, *, at: datetime) -> None:
    """Consent by text counts for one person. Whose it was on a shared or unknown phone is found out first, by
    the phone or by staff; then it counts from when it was written (`joined`)."""
    if arrival.person is None or is_overtaken(arrival, at=at):
        return
    _give(arrival, None if arrival.number is None else arrival.number, at=at)
    service_texts.answer(arrival, "service.started", at=at)


def joined(arrival: Arrival, *, at: datetime) -> bool:
    """Somebody said whose JOIN it was: their yes, as they wrote it and when, with the one answer. False where
    a person has to read it after all: a no was said since."""
    patient, number = _patient(arrival), arrival.number
    if consents.refused_since(patient, number, arrival.message.created_at):
        return False
    if consent_state.current(patient, number)[0] == consent_state.GIVEN and _has_joined(arrival):
        return True  # said twice
    _give(arrival, number, at=at)
    service_texts.answer(
        arrival, "service.started", at=at, solicited=at - arrival.message.created_at <= JUST_NOW
    )
    return True


def _has_joined(arrival: Arrival) -> bool:
    """Whether their newest yes came by text already."""
    patient, number = _patient(arrival), arrival.number
    row = consent_state.deciding(patient, number)
    return row is not None and row.how is ConsentHow.TEXT and row.patient_id is not None


def help_(arrival: Arrival, *, at: datetime) -> None:
    """Say who we are and how to reach a person."""
    if not _carrier_answers(arrival):
        service_texts.answer(arrival, "service.help", at=at)


def near_stop(arrival: Arrival, *, at: datetime) -> None:
    """It may mean STOP: automated texts pause for everyone on the phone until a person has decided."""
    for person in arrival.people:
        consents.pause(person.patient, by=_actor(arrival), at=at)


EFFECTS = {
    Kind.STOP: stop,
    Kind.START: start,
    Kind.JOIN: join,
    Kind.HELP: help_,
    Kind.NEAR_STOP: near_stop,
}


def is_overtaken(arrival: Arrival, *, at: datetime) -> bool:
    """A yes that reached us late, after a no that was said later: the no stands, and a person asks."""
    if arrival.reading.kind not in (Kind.START, Kind.JOIN):
        return False
    written = arrival.message.created_at
    if written >= at:
        return False
    patient = _patient(arrival)
    return consents.refused_since(patient, arrival.number, written)


def _give(arrival: Arrival, number: PhoneNumber | None, *, at: datetime) -> None:
    by, patient = _actor(arrival), _patient(arrival)
    if number is not None and arrival.reading.kind is Kind.START:
        consents.give(None, number, _said(arrival), by=by, at=at)
    if arrival.person is not None and arrival.person.related_person_id is not None:
        if (
            number is not None and arrival.reading.kind is not Kind.START
        ):  # their own yes, not the patient's
            consents.give(None, number, _said(arrival), by=by, at=at)
    elif patient is not None:
        consents.give(patient, number, _said(arrival), by=by, at=at)
        consents.resume(patient, by=by, at=at)


def _said(arrival: Arrival) -> consents.Said:
    """The keyword is the wording: it is all the person wrote."""
    word = arrival.reading.keyword.word if arrival.reading.keyword else ""
    how = ConsentHow.PORTAL if arrival.message.channel is Channel.PORTAL else ConsentHow.TEXT
    return consents.Said(
        how=how,
        wording=word,
        language=arrival.language,
        decided_at=arrival.message.created_at,
        at_carrier=_at_carrier(arrival),
        line_id=_line_id(arrival),
    )


def _carrier_answers(arrival: Arrival) -> bool:
    """Whether the carrier acts on this very word and answers it by itself."""
    if arrival.line is None or arrival.reading.keyword is None:
        return False
    if arrival.reading.carrier_acted:
        return True
    return arrival.reading.keyword.carrier and arrival.line.stop_owner is StopOwner.CARRIER


def _at_carrier(arrival: Arrival) -> bool:
    """Whether the carrier's own block changes with this word: START always lifts it."""
    keyword = arrival.reading.keyword
    is_start = keyword is not None and keyword.keyword is Keyword.START and keyword.carrier
    return is_start or _carrier_answers(arrival)


def _line_id(arrival: Arrival) -> UUID | None:
    return arrival.line.id if arrival.line is not None else None


def _patient(arrival: Arrival) -> Patient | None:
    return arrival.person.patient if arrival.person is not None else None


def _actor(arrival: Arrival) -> Actor:
    return arrival.actor
