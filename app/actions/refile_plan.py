"""What giving a message to the right person would do, found out without doing it: the page shows it before,
and the action does just that. Reads only, unless the rows are locked for the action."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.actions import answer_undo, disclosures, filing_trail, questions
from app.actions.answer_undo import Effect
from app.actions.disclosures import Disclosure
from app.actions.inbound_people import Person
from app.actions.inbound_reading import Kind, Reading, read_keyword, read_reply
from app.core.db import db
from app.core.errors import Invalid
from app.models.contact_point import ContactPoint
from app.models.media import Media
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task
from messaging import urgent

#: None of the tasks is meant: it is a plain message.
NO_TASK = "none"
#: What these did belongs to the number, or to whoever owned up to it, and stays.
KEYWORDS = frozenset({Kind.STOP, Kind.START, Kind.HELP, Kind.JOIN, Kind.NEAR_STOP})


@dataclass(frozen=True, slots=True)
class Plan:
    """`together` are the messages that move: the one chosen, and what belongs to it."""

    message: Message
    together: tuple[Message, ...]
    effects: tuple[Effect, ...]
    person: Person
    reading: Reading
    disclosure: Disclosure | None
    has_media: bool
    urgent: str | None

    @property
    def choices(self) -> Sequence[Task]:
        """The tasks it could be meant for, while nobody has chosen."""
        if self.reading.kind is not Kind.WHICH_TASK:
            return ()
        return [each.task for each in self.reading.about if each.task is not None]

    @property
    def keyword(self) -> Kind | None:
        return self.reading.kind if self.reading.kind in KEYWORDS else None


def plan(message: Message, patient: Patient, *, chosen: str = "", lock: bool = False) -> Plan:
    """What moving `message` to `patient` means. `chosen` is the id of one of several tasks, or NO_TASK.

    Raises Invalid for a message that can't be moved, or a person it can't be given to.
    """
    check(message, patient)
    together = _together(message)
    leading = together[0]
    effects = [each for one in together for each in answer_undo.effects_of(one, lock=lock)]
    person = person_of(patient, leading.phone_number_id)
    found = urgent.read(leading.body)
    return Plan(
        message=message,
        together=together,
        effects=tuple(effects),
        person=person,
        reading=_reading(leading, person, chosen),
        disclosure=_disclosure(leading),
        has_media=_has_media(leading),
        urgent=found.about if found else None,
    )


def check(message: Message, patient: Patient) -> None:
    """Raise Invalid with what to do instead."""
    if not message.is_inbound:
        raise Invalid("Only a message that came in can be given to somebody else.")
    if message.patient_id is None:
        raise Invalid("Nobody knows yet who wrote this. Say so in its thread.")
    if message.held_reason is not None:
        raise Invalid("This message is held until the carrier confirms it.")
    if message.patient_id == patient.id:
        raise Invalid("This message is filed with this patient already.", field="patient_id")
    if patient.merged_into_id is not None:
        raise Invalid("This record was merged. Choose the one that stands.", field="patient_id")


def _together(message: Message) -> tuple[Message, ...]:
    """The message that says something first, then the one that said which question was meant."""
    asked = (
        Message.practice_id == message.practice_id,
        Message.conversation_id == message.conversation_id,
    )
    if (message.understood or {}).get("kind") == Kind.CLARIFIED:
        answered = select(Message).where(*asked, Message.answered_at == message.status_at)
        pending = [each.asked["pending_answer"]["message_id"] for each in db.session.scalars(answered)
                   if each.asked and each.asked.get("answered_by") == str(message.id)
                   and "pending_answer" in each.asked]  # fmt: skip
        first = select(Message).where(*asked, Message.id.in_([UUID(each) for each in pending]))
        return (*db.session.scalars(first), message)
    which = which_question(message)
    answered_by = (which.asked or {}).get("answered_by") if which is not None else None
    if answered_by is None:
        return (message,)
    later = db.session.scalars(select(Message).where(*asked, Message.id == UUID(answered_by)))
    return (message, *later)


def which_question(message: Message) -> Message | None:
    """Our "which of the two?" about this message, if we asked."""
    return db.session.scalars(
        select(Message).where(
            Message.practice_id == message.practice_id,
            Message.send_key == f"which:{message.id}",
        )
    ).one_or_none()


def person_of(patient: Patient, phone_number_id: UUID | None) -> Person:
    """The right person, or their caregiver when it is the caregiver's phone."""
    caregivers = select(ContactPoint.related_person_id).where(
        ContactPoint.practice_id == patient.practice_id,
        ContactPoint.patient_id == patient.id,
        ContactPoint.phone_number_id == phone_number_id,
        ContactPoint.ended_at.is_(None),
    )
    found = set(db.session.scalars(caregivers)) if phone_number_id else set()
    return Person(patient, None if None in found else next(iter(found), None))


def _reading(message: Message, person: Person, chosen: str) -> Reading:
    """What it means among what this person had been asked when it came."""
    keyword = read_keyword(person, message.body)
    if keyword is not None:
        return keyword
    asked = questions.asked_lately(message.practice_id, [person.patient.id], at=message.created_at)
    before = [each for each in asked if each.at <= message.created_at]
    reading = read_reply(person, message.body, before, at=message.created_at)
    if reading.kind is not Kind.WHICH_TASK or not chosen:
        return reading
    return _chosen(reading, person, chosen)


def _chosen(reading: Reading, person: Person, chosen: str) -> Reading:
    """Staff said which task is meant, or none."""
    for each in reading.about:
        if each.task is not None and str(each.task.id) == chosen:
            key = reading.between[each.task.id]
            return Reading(Kind.ANSWER, person, key, "chosen_by_staff", about=(each,))
    return replace(reading, kind=Kind.FREE_TEXT, reason="chosen_by_staff", about=(), between={})


def _disclosure(message: Message) -> Disclosure | None:
    """What a caregiver wrote is in nobody's portal."""
    if message.patient_id is None or message.related_person_id is not None:
        return None
    return disclosures.find(
        message.practice_id, what="message", subject_id=message.id,
        portal_of=message.patient_id, since=_stood_since(message),
    )  # fmt: skip


def _stood_since(message: Message) -> datetime:
    """Since when it has stood where it stands: it came, or was moved there."""
    move = filing_trail.last_move(message)
    return move.at if move is not None else message.status_at


def _has_media(message: Message) -> bool:
    found = exists().where(Media.practice_id == message.practice_id, Media.message_id == message.id)
    return bool(db.session.scalar(select(found)))
