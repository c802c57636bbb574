"""The people around a patient: who may hear and answer what, from when to when, by whose word; and taking
that back at once. Their phone is their own: it is found by what they text, and asked for its own consent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.actions import caregiver_texts, consent_state, consents, helper_texts
from app.actions.patient_contacts import NumberBook
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.contact_point import ContactPoint, ContactSystem, PhoneNumber
from app.models.event import Actor, record
from app.models.patient import EVERY_TASK, Patient, RelatedPerson
from app.models.patient_fields import InvalidFields, clean_text
from app.models.practice import Practice
from app.models.task import TaskType
from messaging import phone as phones
from messaging.errors import BadNumber

#: What may be agreed on: everything, or kinds of task.
MATTERS = (EVERY_TASK, *(each.value for each in TaskType))
#: What one change may change, as the audit trail names it.
FIELDS = ("name", "relationship", "language", "may_receive", "may_answer", "authorised_by",
          "from_on", "to_on")  # fmt: skip
_LONGEST = {"name": 100, "relationship": 60, "authorised_by": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the patient agreed to. `texts`: the words this person said yes to, when they did just now."""

    name: str
    relationship: str
    language: str
    may_receive: list[str]
    may_answer: list[str]
    authorised_by: str
    from_on: date
    to_on: date | None = None
    phone: str = ""
    texts: consents.Said | None = None


def add(patient: Patient, agreed: Agreed, *, by: Actor, at: datetime) -> RelatedPerson:
    """Somebody new around the patient. Raises InvalidFields; nothing is written then."""
    person = RelatedPerson(practice_id=patient.practice_id, patient_id=patient.id)
    number = _checked(person, agreed, at=at)
    db.session.add(person)
    record(person, "related_person.added", by=by, at=at, may_receive=person.may_receive,
           may_answer=person.may_answer)  # fmt: skip
    _reach_at(person, number, agreed, by=by, at=at)
    return person


def change(person: RelatedPerson, agreed: Agreed, *, by: Actor, at: datetime) -> list[str]:
    """Other facts about somebody; the names of what changed. Raises InvalidFields, Conflict when ended."""
    if person.ended_at is not None:
        raise Conflict("This has ended. Add the person again if the patient agrees again.")
    before = {name: getattr(person, name) for name in FIELDS}
    number = _checked(person, agreed, at=at)
    changed = [name for name in FIELDS if getattr(person, name) != before[name]]
    if _reach_at(person, number, agreed, by=by, at=at):
        changed.append("phone")
    if changed:
        record(person, "related_person.changed", by=by, at=at, fields=changed)
        helper_texts.let_go(person, by=by, at=at)
    return changed


def end(person: RelatedPerson, *, by: Actor, at: datetime) -> bool:
    """Nothing is told to this person any more, and what they text is a stranger's. False when it was so."""
    if person.ended_at is not None:
        return False
    person.ended_at, person.ended_by = at, by.kind
    for point in contacts_of(person):
        point.ended_at = at
    kind = "related_person.revoked" if by.kind == "patient" else "related_person.ended"
    record(person, kind, by=by, at=at)
    helper_texts.let_go(person, by=by, at=at)
    return True


def take_back_end(person: RelatedPerson, *, by: Actor, at: datetime) -> None:
    """It was a slip of staff's: as it was before. Raises Conflict when the patient ended it themselves."""
    if person.ended_at is None:
        return
    if person.ended_by == "patient":
        raise Conflict("The patient ended this. Add the person again if the patient agrees again.")
    for point in contacts_of(person, ended_at=person.ended_at):
        point.ended_at = None
    person.ended_at = person.ended_by = None
    record(person, "related_person.resumed", by=by, at=at)


def agree(person: RelatedPerson, said: consents.Said, *, by: Actor, at: datetime) -> None:
    """Their own yes to texts at the number they have now. Said already = nothing happens.

    Raises Invalid without a number or after a STOP from it, Conflict when ended.
    """
    if person.ended_at is not None:
        raise Conflict("This has ended. Add the person again if the patient agrees again.")
    number = caregiver_texts.number_of(person)
    problems: list[Invalid] = []
    _check_texts(number, problems)
    if problems or number is None:
        raise problems[0]
    if consent_state.current(None, number)[0] != consent_state.GIVEN:
        consents.give(None, number, said, by=by, at=at)


def contacts_of(person: RelatedPerson, *, ended_at: datetime | None = None) -> list[ContactPoint]:
    """How the person is reached now, or was until a moment."""
    rows = select(ContactPoint).where(
        ContactPoint.practice_id == person.practice_id,
        ContactPoint.patient_id == person.patient_id,
        ContactPoint.related_person_id == person.id,
        ContactPoint.ended_at == ended_at if ended_at else ContactPoint.ended_at.is_(None),
    )
    return list(db.session.scalars(rows))


def _checked(person: RelatedPerson, agreed: Agreed, *, at: datetime) -> PhoneNumber | None:
    """Put what is agreed on the row; the number it names, if any. Raises InvalidFields before."""
    practice = db.session.get_one(Practice, person.practice_id)
    problems: list[Invalid] = _odd_choices(agreed, practice)
    texts = {name: _text(getattr(agreed, name), name, problems) for name in _LONGEST}
    e164 = _phone(person, agreed.phone, practice, problems)
    number = NumberBook(person.practice_id).number(e164, at=at) if e164 else None
    if agreed.texts is not None:
        _check_texts(number, problems)
    if problems:
        raise InvalidFields(problems)
    person.name, person.relationship = texts["name"], texts["relationship"]
    person.authorised_by, person.language = texts["authorised_by"], agreed.language
    person.from_on, person.to_on = agreed.from_on, agreed.to_on
    person.may_receive = [each for each in MATTERS if each in agreed.may_receive]
    person.may_answer = [each for each in MATTERS if each in agreed.may_answer]
    return number


def _odd_choices(agreed: Agreed, practice: Practice) -> list[Invalid]:
    problems = []
    if agreed.language not in practice.all_languages:
        problems.append(Invalid("Choose one of the languages shown.", field="language"))
    for name in ("may_receive", "may_answer"):
        if not set(getattr(agreed, name)) <= set(MATTERS):
            problems.append(Invalid("Choose from what is shown.", field=name))
    if agreed.to_on is not None and agreed.to_on < agreed.from_on:
        problems.append(Invalid("The last day is before the first.", field="to_on"))
    return problems


def _check_texts(number: PhoneNumber | None, problems: list[Invalid]) -> None:
    """A yes needs a number, and a STOP is lifted by nobody but the phone it came from."""
    if number is None:
        problems.append(Invalid("Texts need a phone number.", field="phone"))
    elif number.opted_out_at is not None:
        words = "This number replied STOP. Ask them to text START from it first."
        problems.append(Invalid(words, field="phone"))


def _text(value: str, name: str, problems: list[Invalid]) -> str:
    try:
        return clean_text(value, _LONGEST[name])
    except Invalid as problem:
        problem.field = name
        problems.append(problem)
        return ""


def _phone(
    person: RelatedPerson, written: str, practice: Practice, problems: list[Invalid]
) -> str | None:
    """The number as E.164; the patient's own is refused, since its texts are the patient's."""
    if not written.strip():
        return None
    try:
        e164 = phones.parse(written, region=practice.country)
    except BadNumber as error:
        problems.append(Invalid(error.person_text, field="phone"))
        return None
    own = (
        select(ContactPoint.id)
        .join(PhoneNumber, (PhoneNumber.practice_id == ContactPoint.practice_id)
              & (PhoneNumber.id == ContactPoint.phone_number_id))
        .where(
            ContactPoint.practice_id == person.practice_id,
            ContactPoint.patient_id == person.patient_id,
            ContactPoint.related_person_id.is_(None), ContactPoint.ended_at.is_(None),
            PhoneNumber.e164 == e164,
        )
    )  # fmt: skip
    if db.session.scalar(own.limit(1)) is not None:
        problems.append(Invalid(
            "This is the patient’s own number: what comes from it counts as the patient’s word.",
            field="phone",
        ))  # fmt: skip
    return e164


def _reach_at(
    person: RelatedPerson, number: PhoneNumber | None, agreed: Agreed, *, by: Actor, at: datetime
) -> bool:
    """Make `number` the person's phone, with their own yes if they gave it. True when it is another."""
    current = contacts_of(person)
    same = [point for point in current if number and point.phone_number_id == number.id]
    for point in current:
        if point not in same:
            point.ended_at = at
    if number is not None and not same:
        db.session.add(ContactPoint(
            practice_id=person.practice_id, patient_id=person.patient_id, rank=1, created_at=at,
            related_person_id=person.id, system=ContactSystem.PHONE, phone_number_id=number.id,
        ))  # fmt: skip
    if number is not None and agreed.texts is not None:
        consents.give(None, number, agreed.texts, by=by, at=at)
    return len(same) != len(current) or (number is not None and not same)
