"""What the send gate is told about stored texts of one practice, read for all at once inside the outbox's
transactions: the same facts as `send_facts` reads for one, with a statement for each kind of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select

from app.actions import carrier_blocks, consent_state, send_facts, shared_numbers
from app.actions.send_facts import Known
from app.actions.shared_numbers import Holders
from app.core.columns import Row
from app.core.db import db
from app.models.consent import EVERYTHING, Consent
from app.models.contact_point import PhoneNumber
from app.models.message import Channel, Message
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Line, Practice

#: The patient a text is about, and the caregiver who reads it instead.
Person = tuple[UUID | None, UUID | None]
T = TypeVar("T", bound=Row)


@dataclass(frozen=True, slots=True)
class Together:
    """What was read about some texts, as it stands now."""

    practice: Practice
    patients: Mapping[UUID, Patient]
    numbers: Mapping[UUID, PhoneNumber]
    caregivers: Mapping[UUID, RelatedPerson]
    lines: Mapping[UUID, Line]
    consents: Sequence[Consent]
    holders: Mapping[UUID, Holders]
    recent: Mapping[Person, Sequence[datetime]]
    blocked: Collection[tuple[UUID, UUID | None]]

    def known(self, message: Message, *, at: datetime) -> Known:
        """What the gate is told, exactly as `send_facts.facts_for` would tell it."""
        patient, number = self._patient(message), self._number(message)
        sms = message.channel is Channel.SMS
        consent = self._consent(message, patient, number) if sms else None
        person = (message.patient_id, message.related_person_id)
        recent = self.recent.get(person, ()) if sms and message.is_automated else ()
        reader = send_facts.reader_of(message, patient)
        around = send_facts.Around(
            self.practice,
            patient,
            number,
            self.lines.get(message.line_id) if message.line_id else None,
            consent,
            is_shared=send_facts.leans_on_person(consent) and self._others_use(number, reader),
            recent=recent,
            is_theirs=self._is_theirs(number, patient),
            is_blocked=self._is_blocked(message),
        )
        return send_facts.facts_of(message, around, at=at)

    def still_wanted(self, message: Message, *, at: datetime) -> bool:
        """Asked in the last moment before a request leaves: is it of use, and forbidden by nothing?

        The caller holds the numbers' rows, so that a STOP is recorded wholly before or wholly after.
        """
        if message.not_after is not None and at > message.not_after:
            return False
        patient, number = self._patient(message), self._number(message)
        if patient is not None and patient.status is not PatientStatus.ACTIVE:
            return False
        if message.related_person_id is not None:
            caregiver = self.caregivers.get(message.related_person_id)
            if caregiver is None or caregiver.ended_at is not None:
                return False
        if number is None or message.confirms_opt_out:
            return True
        if not self._is_theirs(number, patient):
            return False
        if number.opted_out_at is not None or self._is_blocked(message):
            return False
        return send_facts.said(self._consent(message, patient, number)) != "withdrawn"

    def _patient(self, message: Message) -> Patient | None:
        return self.patients.get(message.patient_id) if message.patient_id else None

    def _number(self, message: Message) -> PhoneNumber | None:
        return self.numbers.get(message.phone_number_id) if message.phone_number_id else None

    def _consent(
        self, message: Message, patient: Patient | None, number: PhoneNumber | None
    ) -> Consent | None:
        reader = send_facts.reader_of(message, patient)
        if reader is None and number is None:
            return None
        rows = [
            row
            for row in self.consents
            if row.purpose in {EVERYTHING, message.purpose} and _speaks_of(row, reader, number)
        ]
        return consent_state.decide(
            rows, reader, number, is_shared=lambda: self._others_use(number, reader)
        )

    def _others_use(self, number: PhoneNumber | None, patient: Patient | None) -> bool:
        if number is None or patient is None:
            return False
        return bool(self._holders_of(number).users - {patient.id})

    def _is_theirs(self, number: PhoneNumber | None, patient: Patient | None) -> bool:
        if number is None or patient is None:
            return True
        return (patient.merged_into_id or patient.id) in self._holders_of(number).reaches

    def _is_blocked(self, message: Message) -> bool:
        return (message.phone_number_id, message.line_id) in self.blocked

    def _holders_of(self, number: PhoneNumber) -> Holders:
        return self.holders.get(number.id) or Holders()


def _speaks_of(row: Consent, patient: Patient | None, number: PhoneNumber | None) -> bool:
    """Whether a decision is about this person (for any number or for this one), or about this number."""
    here = number is not None and row.phone_number_id == number.id
    if row.patient_id is None:
        return here
    anywhere = row.phone_number_id is None or number is None
    return patient is not None and row.patient_id == patient.id and (anywhere or here)


def read_together(
    practice_id: UUID,
    messages: Sequence[Message],
    *,
    at: datetime,
    for_gate: bool = True,
    lines: Sequence[Line] | None = None,
    numbers: Mapping[UUID, PhoneNumber] | None = None,
) -> Together:
    """Read what surrounds these texts, afresh: some eight statements, whatever their number. Without
    `for_gate` only what `still_wanted` asks for. `lines` and `numbers`: what of them was read
    just now."""
    patients = _fresh(Patient, practice_id, (each.patient_id for each in messages))
    held = numbers or {}
    others = {each.phone_number_id for each in messages} - held.keys()
    numbers = {**held, **_fresh(PhoneNumber, practice_id, others)}
    return Together(
        practice=db.session.get_one(Practice, practice_id),
        patients=patients,
        numbers=numbers,
        caregivers=_fresh(
            RelatedPerson, practice_id, (each.related_person_id for each in messages)
        ),
        lines=_lines(practice_id, lines) if for_gate else {},
        consents=_consents(practice_id, patients, numbers, {each.purpose for each in messages}),
        holders=shared_numbers.read_holders(practice_id, numbers.keys()),
        recent=_recent(practice_id, messages, at) if for_gate else {},
        blocked=carrier_blocks.pairs(numbers.values()),
    )


def _fresh(kind: type[T], practice_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, T]:
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = db.session.scalars(_by_ids(kind), {"its_practice": practice_id, "ids": list(wanted)})
    return {row.id: row for row in rows}


@cache
def _by_ids(kind: type[T]) -> Select[T]:
    """Built once, like the other statements here: they run in every claim."""
    return (
        select(kind)
        .where(
            kind.practice_id == bindparam("its_practice"),
            kind.id.in_(bindparam("ids", expanding=True)),
        )
        .execution_options(populate_existing=True)
    )


def _lines(practice_id: UUID, known: Sequence[Line] | None) -> dict[UUID, Line]:
    if known is None:
        known = db.session.scalars(select(Line).where(Line.practice_id == practice_id)).all()
    return {row.id: row for row in known}


def _consents(
    practice_id: UUID, patients: Iterable[UUID], numbers: Iterable[UUID], purposes: set[str]
) -> Sequence[Consent]:
    """Every decision about these people or these numbers, oldest first."""
    asked = {
        "its_practice": practice_id,
        "purposes": list({EVERYTHING, *purposes}),
        "patients": list(patients),
        "numbers": list(numbers),
    }
    return db.session.scalars(_DECISIONS, asked).all()


_DECISIONS = (
    select(Consent)
    .where(
        Consent.practice_id == bindparam("its_practice"),
        Consent.channel == "sms",
        Consent.purpose.in_(bindparam("purposes", expanding=True)),
        or_(
            Consent.patient_id.in_(bindparam("patients", expanding=True)),
            and_(
                Consent.patient_id.is_(None),
                Consent.phone_number_id.in_(bindparam("numbers", expanding=True)),
            ),
        ),
    )
    .order_by(Consent.recorded_at, Consent.id)
)


def _recent(
    practice_id: UUID, messages: Sequence[Message], at: datetime
) -> dict[Person, list[datetime]]:
    """(patient, caregiver) → when their automated texts of the last week left, newest first."""
    people: defaultdict[UUID | None, set[UUID]] = defaultdict(set)
    for each in messages:
        if each.is_automated and each.patient_id is not None and each.channel is Channel.SMS:
            people[each.related_person_id].add(each.patient_id)
    found: defaultdict[Person, list[datetime]] = defaultdict(list)
    for caregiver_id, ids in people.items():
        rows = send_facts.automated_texts(practice_id, at, to=caregiver_id)
        for patient_id, left in db.session.execute(rows.where(Message.patient_id.in_(ids))):
            if patient_id is not None:
                found[patient_id, caregiver_id].append(left)
    return dict(found)
