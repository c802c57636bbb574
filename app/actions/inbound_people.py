"""From a number to people: who may have written, on whose behalf, and the threads they have. Read in one
statement that also locks the number (not its key, which other rows point at), so that two texts from one
phone take their turns."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from app.actions import conversations
from app.actions.patient_contacts import NumberBook
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.event import Actor
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Practice
from app.models.task import Evidence

GONE = (PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient the message may concern. `related_person_id`: the phone is their caregiver's."""

    patient: Patient
    related_person_id: UUID | None = None
    thread: Conversation | None = None

    @property
    def actor(self) -> Actor:
        if self.related_person_id is not None:
            return Actor("caregiver", self.related_person_id)
        return Actor("patient", self.patient.id)

    @property
    def evidence(self) -> Evidence:
        by_caregiver = self.related_person_id is not None
        return Evidence.CAREGIVER_CONFIRMED if by_caregiver else Evidence.PATIENT_CONFIRMED


@dataclass(frozen=True, slots=True)
class Sender:
    """A number and everyone it may stand for."""

    number: PhoneNumber
    people: tuple[Person, ...]

    @property
    def sole(self) -> Person | None:
        return self.people[0] if len(self.people) == 1 else None

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1


def find_sender(practice_id: UUID, e164: str, *, at: datetime) -> Sender:
    """The number, added when it is new, and the people it belongs to."""
    rows = db.session.execute(
        select(PhoneNumber, ContactPoint.related_person_id, Patient, Conversation)
        .outerjoin(ContactPoint, _IN_USE)
        .outerjoin(Patient, _OF_PATIENT)
        .outerjoin(Conversation, _THREAD)
        .where(PhoneNumber.practice_id == practice_id, PhoneNumber.e164 == e164)
        .order_by(ContactPoint.related_person_id.is_not(None), ContactPoint.created_at)
        .with_for_update(of=PhoneNumber, key_share=True)
    ).all()
    if not rows:
        return Sender(NumberBook(practice_id).number(e164, at=at), ())
    people: dict[UUID, Person] = {}
    for _, related_person_id, patient, thread in rows:
        if patient is not None:
            person = _unmerged(patient, related_person_id, thread)
            people.setdefault(person.patient.id, person)
    return Sender(rows[0][0], _still_here(tuple(people.values())))


_IN_USE = and_(
    ContactPoint.practice_id == PhoneNumber.practice_id,
    ContactPoint.phone_number_id == PhoneNumber.id,
    ContactPoint.ended_at.is_(None),
)
_OF_PATIENT = and_(
    Patient.practice_id == ContactPoint.practice_id, Patient.id == ContactPoint.patient_id
)
_THREAD = and_(
    Conversation.practice_id == Patient.practice_id,
    Conversation.patient_id == Patient.id,
    Conversation.kind == ConversationKind.PATIENT,
)


def thread_for(person: Person | None, number: PhoneNumber, *, at: datetime) -> Conversation:
    """The person's thread, or the number's intake when we can't tell whose message it is."""
    if person is None:
        return conversations.intake_of(number, at=at)
    return person.thread or conversations.thread_of(person.patient, at=at)


def _unmerged(
    patient: Patient, related_person_id: UUID | None, thread: Conversation | None
) -> Person:
    """The person a merged record now stands for."""
    into = patient.merged_into_id
    if into is None:
        return Person(patient, related_person_id, thread)
    target = patient
    while into is not None:
        target = db.session.scalars(
            select(Patient).where(Patient.practice_id == patient.practice_id, Patient.id == into)
        ).one()
        into = target.merged_into_id
    return Person(target, related_person_id)


def _still_here(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Who died or left does not make a phone a shared one."""
    here = tuple(person for person in people if person.patient.status not in GONE)
    return here or people


def may_answer(person: Person, task_type: str, practice: Practice, *, at: datetime) -> bool:
    """A patient answers for themselves; a caregiver only what was agreed, while it was agreed."""
    if person.related_person_id is None:
        return True
    related = db.session.get_one(
        RelatedPerson, (person.patient.practice_id, person.related_person_id)
    )
    today = at.date()
    current = related.from_on <= today and (related.to_on is None or today <= related.to_on)
    return current and ("all" in related.may_answer or task_type in related.may_answer)
