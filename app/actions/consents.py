"""The consent ledger's story: giving and withdrawing. A withdrawal takes hold at once: queued texts are
cancelled and ladders stop. What the newest decision means is read in `consent_state.py`."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.actions import carrier_blocks
from app.actions.consent_state import WITHDRAWN, current, practice_of
from app.actions.ladder_stops import stop_for_number, stop_for_patient
from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision, ConsentHow
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import Actor, record
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient
from messaging.delivery import MessageStatus
from messaging.gate import Purpose

#: A file or another system never lifts an opt-out; only START or a newly recorded consent does.
SECOND_HAND = (ConsentHow.IMPORT, ConsentHow.API)
#: What somebody may refuse alone. STOP is always about everything (47 CFR 64.1200(a)(10); the waiver of
#: "revoke all" ends on 31 January 2027).
NARROWER = (Purpose.APPOINTMENT, Purpose.CARE_NAVIGATION, Purpose.REFERRAL)


@dataclass(frozen=True, slots=True)
class Said:
    """How a decision reached us, and the words the person saw, heard or sent."""

    how: ConsentHow
    wording: str
    language: str = "en"
    #: When the person decided; None = at the moment it is recorded.
    decided_at: datetime | None = None
    channel: str = "sms"
    #: What it is about: everything, or one of `NARROWER`.
    purpose: str = EVERYTHING
    #: The last day a yes holds, where it was given for a time.
    expires_on: date | None = None
    #: The carrier acted on it too: on a no it blocks our texts, on a yes it lets them pass again.
    at_carrier: bool = False
    #: The line it was said to, or learned of by: the carrier blocks per line.
    line_id: UUID | None = None


def give(
    patient: Patient | None, number: PhoneNumber | None, said: Said, *, by: Actor, at: datetime
) -> Consent | None:
    """Record consent of a person (patient given) or of a number (only number given).

    Returns None, and records nothing, when an import or the API would lift an opt-out.
    """
    state, _ = current(patient, number, channel=said.channel)
    if said.how in SECOND_HAND and state == WITHDRAWN:
        return None
    row = _write(ConsentDecision.GIVEN, patient, number, said, by=by, at=at)
    if number is not None and said.channel == "sms" and said.how not in SECOND_HAND:
        if said.purpose == EVERYTHING:
            number.opted_out_at = None
        if said.at_carrier:
            carrier_blocks.lift(number, said.line_id)
    return row


def withdraw(
    patient: Patient | None, number: PhoneNumber | None, said: Said, *, by: Actor, at: datetime
) -> Consent:
    """Record a withdrawal of a person or, with only a number, of everyone who shares it.

    Queued texts are cancelled and ladders stop, whoever entered it and however it reached us.
    """
    row = _write(ConsentDecision.WITHDRAWN, patient, number, said, by=by, at=at)
    if said.channel != "sms":
        return row
    if said.purpose != EVERYTHING:  # the ladders of the other purposes go on
        cancel_queued(patient, number, by=by, at=at, purpose=said.purpose)
        return row
    if patient is None and number is not None:
        number.opted_out_at = number.opted_out_at or at
        if said.at_carrier or said.how is ConsentHow.CARRIER:
            carrier_blocks.block(number, said.line_id, at=at)
    cancel_queued(patient, number if patient is None else None, by=by, at=at)
    if patient is not None:
        stop_for_patient(patient, at=at)
    elif number is not None:
        stop_for_number(number, at=at)
    return row


def refused_since(patient: Patient | None, number: PhoneNumber | None, moment: datetime) -> bool:
    """Whether the person, or anybody for the number, said no to texts later than this."""
    about = [Consent.phone_number_id == number.id] if number is not None else []
    about += [Consent.patient_id == patient.id] if patient is not None else []
    refused = select(Consent.id).where(
        Consent.practice_id == practice_of(patient, number),
        Consent.channel == "sms",
        Consent.decision != ConsentDecision.GIVEN,
        Consent.decided_at > moment,
        or_(*about),
    )
    return db.session.scalars(refused.limit(1)).first() is not None


def decline(patient: Patient, said: Said, *, by: Actor, at: datetime) -> Consent:
    """They were asked and said no: on record, so that nobody asks again unknowingly."""
    return _write(ConsentDecision.DECLINED, patient, None, said, by=by, at=at)


def cancel_queued(
    patient: Patient | None,
    number: PhoneNumber | None,
    *,
    by: Actor,
    at: datetime,
    purpose: str = EVERYTHING,
) -> list[Message]:
    """Cancel the texts still queued to a number, or to a patient.

    One the outbox is just claiming is left to it: it asks again in the moment of sending.
    """
    queued = select(Message).where(
        Message.practice_id == practice_of(patient, number),
        Message.status == MessageStatus.QUEUED,
        Message.direction == Direction.OUTBOUND,
        Message.channel == Channel.SMS,
        Message.confirms_opt_out.is_(False),
    )
    if purpose != EVERYTHING:
        queued = queued.where(Message.purpose == purpose)
    if number is not None:
        queued = queued.where(Message.phone_number_id == number.id)
    if patient is not None:
        queued = queued.where(Message.patient_id == patient.id)
    cancelled = [
        message
        for message in db.session.scalars(queued.with_for_update(of=Message, skip_locked=True))
        if message.move(MessageStatus.CANCELLED, at=at)
    ]
    for message in cancelled:
        message.due_at = None
        record(message, "message.cancelled", by=by, at=at, why="opted_out")
    return cancelled


def pause(patient: Patient, *, by: Actor, at: datetime) -> None:
    """Hold automated texts until a person decides what the patient meant."""
    if patient.automation_paused_at is None:
        patient.automation_paused_at = at
        record(patient, "patient.automation_paused", by=by, at=at)


def resume(patient: Patient, *, by: Actor, at: datetime) -> None:
    """A person read it and decided: automated texts may go on."""
    if patient.automation_paused_at is not None:
        patient.automation_paused_at = None
        record(patient, "patient.automation_resumed", by=by, at=at)


def _write(
    decision: ConsentDecision,
    patient: Patient | None,
    number: PhoneNumber | None,
    said: Said,
    *,
    by: Actor,
    at: datetime,
) -> Consent:
    row = Consent(
        practice_id=practice_of(patient, number),
        patient_id=patient.id if patient else None,
        phone_number_id=number.id if number else None,
        channel=said.channel,
        purpose=said.purpose,
        decision=decision,
        how=said.how,
        wording=said.wording,
        language=said.language,
        decided_at=said.decided_at or at,
        recorded_at=at,
        expires_on=said.expires_on,
        recorded_by_kind=by.kind,
        recorded_by_id=by.id,
    )
    db.session.add(row)
    people = {patient.id: {}} if patient else _people_of(number) or {None: {}}
    for person, whose in people.items():
        record(row, f"consent.{decision}", by=by, at=at, patient_id=person,
               channel=said.channel, how=said.how, purpose=said.purpose, **whose)  # fmt: skip
    return row


def _people_of(number: PhoneNumber | None) -> dict[UUID | None, dict[str, str]]:
    """Everyone reached at the number, so that each timeline shows the decision; and that it was not the
    patient's but a caregiver's."""
    if number is None:
        return {}
    rows = db.session.execute(
        select(ContactPoint.patient_id, ContactPoint.related_person_id)
        .where(
            ContactPoint.practice_id == number.practice_id,
            ContactPoint.phone_number_id == number.id,
            ContactPoint.ended_at.is_(None),
        )
        .distinct()
    )
    return {patient_id: {"whose": "caregiver"} if helper else {} for patient_id, helper in rows}
