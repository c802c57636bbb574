"""What the send gate is told about one message: consent, number, patient, hours, and how many automated
texts the person has had. Read when a message is written and again inside the outbox's claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Select, func, select

from app.actions import carrier_blocks, consent_state, shared_numbers
from app.actions.send_places import opening_rule, preferred_rule, quiet_rule
from app.core.db import db
from app.core.settings import current_settings
from app.models.consent import Consent, ConsentDecision
from app.models.contact_point import PhoneNumber
from app.models.message import Channel, Direction, Message
from app.models.patient import Patient, PatientStatus
from app.models.practice import Line, Practice
from messaging.delivery import MessageStatus
from messaging.gate import Facts, Purpose

_NumberState = Literal["ok", "landline", "bad", "missing", "office", "not_theirs"]
DAY, WEEK = timedelta(days=1), timedelta(days=7)
#: A text in one of these states has reached the carrier, or may have.
COUNTED = (
    MessageStatus.SENDING,
    MessageStatus.IN_DOUBT,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the gate is told, and the row of the consent ledger that says so."""

    facts: Facts
    consent: Consent | None


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds one message. `recent`: when the person's automated texts of the last week left."""

    practice: Practice
    patient: Patient | None
    number: PhoneNumber | None
    line: Line | None
    consent: Consent | None
    is_shared: bool
    recent: Sequence[datetime]
    #: Whether the number is still the patient's, or that of who speaks for them.
    is_theirs: bool = True
    #: Whether the carrier keeps texts by this line from this number.
    is_blocked: bool = False


def facts_for(message: Message, *, at: datetime) -> Known:
    """Everything the gate may look at for `message`, as it stands now. The row need not be stored yet."""
    practice = db.session.get_one(Practice, message.practice_id)
    patient = _patient(message)
    number = _number(message)
    line = db.session.get(Line, (message.practice_id, message.line_id)) if message.line_id else None
    sms = message.channel is Channel.SMS
    known = _consent_for(message, patient, number) if sms and (patient or number) else None
    recent = _automated_texts(message, at) if sms and message.is_automated and patient else []
    shared = _is_shared_unconfirmed(reader_of(message, patient), number, known)
    theirs = number is None or patient is None or shared_numbers.is_theirs(number, patient)
    blocked = carrier_blocks.is_blocked(number, message.line_id)
    around = Around(practice, patient, number, line, known, shared, recent, theirs, blocked)
    return facts_of(message, around, at=at)


def facts_of(message: Message, around: Around, *, at: datetime) -> Known:
    """The same from what was read already, for one message or for each of many."""
    practice, patient, number = around.practice, around.patient, around.number
    sms, known, recent = message.channel is Channel.SMS, around.consent, around.recent
    today = [moment for moment in recent if moment > at - DAY]
    reader = reader_of(message, patient)
    quiet = quiet_rule(practice, reader, number)
    by_itself = patient is None and number is not None and _gave_number(number)
    facts = Facts(
        channel="sms" if sms else "portal",
        purpose=Purpose(message.purpose),
        automated=message.is_automated,
        solicited=message.solicited,
        confirms_opt_out=message.confirms_opt_out,
        patient_status=patient.status.value if patient else PatientStatus.ACTIVE.value,
        consent="given" if by_itself and known is None else said(known),
        number_opted_out=number is not None and number.opted_out_at is not None,
        carrier_blocked=around.is_blocked,
        number_shared_unconfirmed=around.is_shared,
        number_state=_state(message, around),
        automation_paused=patient is not None and patient.automation_paused_at is not None,
        by_machine=message.author_id is None and not message.is_automated,
        practice_sending=practice.may_send,
        carrier_serves_practice=carrier_serves(practice),
        line_registered=not sms or (around.line is not None and around.line.is_active),
        quiet=quiet,
        preferred=preferred_rule(reader, quiet),
        practice_open=opening_rule(practice, at=at),
        sent_last_24h=len(today),
        sent_last_7d=len(recent),
        cap_day=practice.cap_day,
        cap_week=practice.cap_week,
        cap_clears_at=_cap_clears(practice, recent, today),
        send_after=message.send_after,
        not_after=message.not_after,
    )
    return Known(facts, known)


def _gave_number(number: PhoneNumber) -> bool:
    """An office gave its number so that we reach it about those it refers, a community organization agreed
    to its links by text. A STOP of theirs is on the number."""
    if number.referrer_id is not None:
        return True
    return number.organization is not None and number.organization.agreed_to_texts


def _state(message: Message, around: Around) -> _NumberState:
    number = around.number
    if number is None:
        return "missing"
    if number.partner_id is not None and around.patient is not None:
        return "office"
    # What confirms a STOP is about the number, whoever has it.
    if not around.is_theirs and not message.confirms_opt_out:
        return "not_theirs"
    return number.state.value


def carrier_serves(practice: Practice) -> bool:
    """The sandbox carrier serves invented practices only."""
    return practice.is_invented or current_settings().carrier != "sandbox"


def check_rules(practice: Practice, *, at: datetime) -> None:
    """Raise when the practice's own hours, days or zone can't be read."""
    quiet_rule(practice, None, None)
    opening_rule(practice, at=at)


def reader_of(message: Message, patient: Patient | None) -> Patient | None:
    """Whose habits count: the patient's, unless a caregiver reads it, who is known by their number alone."""
    return None if message.related_person_id is not None else patient


def _patient(message: Message) -> Patient | None:
    if message.patient_id is None:
        return None
    row = (message.practice_id, message.patient_id)
    return db.session.get(Patient, row)  # house: the message's own


def _number(message: Message) -> PhoneNumber | None:
    if message.phone_number_id is None:
        return None
    return db.session.get(PhoneNumber, (message.practice_id, message.phone_number_id))


def _consent_for(
    message: Message, patient: Patient | None, number: PhoneNumber | None
) -> Consent | None:
    """The decision that speaks about this person, number, channel and purpose."""
    return consent_state.deciding(reader_of(message, patient), number, purpose=message.purpose)


def said(row: Consent | None) -> Literal["given", "withdrawn", "unknown"]:
    """The gate's own word for a state of consent."""
    if row is None:
        return "unknown"
    return "given" if row.decision is ConsentDecision.GIVEN else "withdrawn"


def _is_shared_unconfirmed(
    patient: Patient | None, number: PhoneNumber | None, known: Consent | None
) -> bool:
    """Others use the number too, and the yes we rely on was not given for this very number."""
    if patient is None or number is None or not leans_on_person(known):
        return False
    return shared_numbers.others_use(number, patient)


def leans_on_person(known: Consent | None) -> bool:
    """Whether the yes we rely on is the person's for any number, not for this very one."""
    return known is not None and known.phone_number_id is None


def _automated_texts(message: Message, at: datetime) -> Sequence[datetime]:
    """When the patient's automated texts of the last week left, newest first."""
    rows = automated_texts(message.practice_id, at, to=message.related_person_id).where(
        Message.patient_id == message.patient_id, Message.id != message.id
    )
    return [left for _, left in db.session.execute(rows)]


def automated_texts(
    practice_id: UUID, at: datetime, *, to: UUID | None = None
) -> Select[UUID | None, datetime]:
    """(patient, when) of the automated texts of the last week, newest first; asked-for ones don't count.

    Those to the patients themselves, or to one caregiver."""
    left = func.coalesce(Message.sent_at, Message.status_at)
    return (
        select(Message.patient_id, left.label("left_at"))
        .where(
            Message.practice_id == practice_id,
            Message.direction == Direction.OUTBOUND,
            Message.channel == Channel.SMS,
            Message.is_automated,
            Message.solicited.is_(False),
            Message.related_person_id == to,
            Message.status.in_(COUNTED),
            left > at - WEEK,
        )
        .order_by(left.desc())
    )


def _cap_clears(
    practice: Practice, week: Sequence[datetime], day: Sequence[datetime]
) -> datetime | None:
    """When the oldest text that fills a reached cap leaves its period; None when none is reached."""
    clears = []
    if 0 < practice.cap_day <= len(day):
        clears.append(day[practice.cap_day - 1] + DAY)
    if 0 < practice.cap_week <= len(week):
        clears.append(week[practice.cap_week - 1] + WEEK)
    return max(clears, default=None)
