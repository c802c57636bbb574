"""From a number to people: who may have written, on whose behalf, and the threads they have. Read in one
statement that also locks the number (not its key, which other rows point at), so that two texts from one
phone take their turns."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, bindparam, literal, select

from app.actions import conversations, questions
from app.actions.patient_contacts import NumberBook
from app.core.columns import UtcDateTime
from app.core.db import db
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.event import Actor
from app.models.message import Message
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Practice
from app.models.task import Evidence

GONE = (
    PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE, PatientStatus.ENTERED_IN_ERROR,
)  # fmt: skip


Found = TypeVarTuple("Found")


@dataclass(frozen=True, slots=True)
class Person:
    """A patient the message may concern. `related_person_id`: the phone is their caregiver's."""

    patient: Patient
    related_person_id: UUID | None = None
    thread: Conversation | None = None
    #: Whether we asked this person anything lately; False spares a look for open questions.
    was_asked: bool = True

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
    #: Kept so that what follows finds it without asking again.
    practice: Practice | None = None

    @property
    def sole(self) -> Person | None:
        return self.people[0] if len(self.people) == 1 else None

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1

    @property
    def stranger(self) -> Actor:
        """Who wrote, when it is none of our patients: a referring office, a community organization, or
        somebody we do not know."""
        partner = self.number.partner_id
        return Actor("partner", partner) if partner is not None else Actor("patient")


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
    Conversation.kind == literal("patient", literal_execute=True),
)
#: Whether a question went to the patient lately; it binds `since`.
WAS_ASKED = (
    select(Message.id)
    .where(
        Message.practice_id == Patient.practice_id,
        Message.patient_id == Patient.id,
        Message.created_at > bindparam("since", type_=UtcDateTime()),
        Message.asked.is_not(None),
    )
    .correlate(Patient)
    .exists()
)


def from_number(found: Select[*Found]) -> Select[*Found]:
    """A read that begins at a number: its practice, who uses it, and their threads; it binds `practice_id`
    and `e164`. The number is locked."""
    return (
        found.select_from(PhoneNumber)
        .join(Practice, Practice.id == PhoneNumber.practice_id)
        .outerjoin(ContactPoint, _IN_USE)
        .outerjoin(Patient, _OF_PATIENT)
        .outerjoin(Conversation, _THREAD)
        .where(
            PhoneNumber.practice_id == bindparam("practice_id"),
            PhoneNumber.e164 == bindparam("e164"),
        )
        .with_for_update(of=PhoneNumber, key_share=True)
    )


#: Built once: it runs for most texts that come in. The practice rides along for what follows.
_FIND = from_number(
    select(PhoneNumber, ContactPoint.related_person_id, Patient, Conversation, WAS_ASKED, Practice)
).order_by(ContactPoint.related_person_id.is_not(None), ContactPoint.created_at)


def find_sender(practice_id: UUID, e164: str, *, at: datetime) -> Sender:
    """The number, added when it is new, and the people it belongs to."""
    since = at - questions.MEMORY
    rows = db.session.execute(
        _FIND, {"practice_id": practice_id, "e164": e164, "since": since}
    ).all()
    if not rows:
        return Sender(NumberBook(practice_id).number(e164, at=at), ())
    if rows[0][0].partner_id is not None:  # an office speaks for itself, whoever works there
        return Sender(rows[0][0], (), rows[0][5])
    people: dict[UUID, Person] = {}
    for _, related_person_id, patient, thread, was_asked, _ in rows:
        if patient is not None:
            person = _unmerged(Person(patient, related_person_id, thread, was_asked))
            people.setdefault(person.patient.id, person)
    return Sender(rows[0][0], _still_here(tuple(people.values())), rows[0][5])


def thread_for(person: Person | None, number: PhoneNumber, *, at: datetime) -> Conversation:
    """The person's thread, the office's, or the number's intake when we can't tell whose message it is."""
    if person is None:
        return conversations.of_number(number, at=at)
    return person.thread or conversations.thread_of(person.patient, at=at)


def _unmerged(person: Person) -> Person:
    """The person a merged record now stands for."""
    patient = person.patient
    while patient.merged_into_id is not None:
        patient = db.session.scalars(
            select(Patient).where(
                Patient.practice_id == patient.practice_id, Patient.id == patient.merged_into_id
            )
        ).one()
    return person if patient is person.patient else Person(patient, person.related_person_id)


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
    today = at.astimezone(ZoneInfo(practice.time_zone)).date()
    return related.holds_on(today) and related.may_answer_about(task_type)
