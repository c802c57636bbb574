"""What a message that came in means, before anything is written: a keyword, an answer to one open
question, an answer that changes or comes late, or words for a person. Reads only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select

from app.actions import questions, who_questions
from app.actions.inbound_kinds import SETTLED, Arrival, Kind, Reading
from app.actions.inbound_people import Person, Sender
from app.actions.questions import Asked
from app.core.db import db
from app.models.message import Direction, Message
from messaging import keywords
from messaging.keywords import Keyword
from messaging.replies import Answer

__all__ = [
    "SETTLED", "Arrival", "Kind", "Reading", "read", "read_keyword", "read_reply",
]  # fmt: skip
#: Several people on the phone have an open question.
SEVERAL_ASKED = "several_asked"
#: Two answers to one question this close together were both given before the other was seen.
CROSSING = timedelta(minutes=1)

_KINDS = {
    Keyword.STOP: Kind.STOP,
    Keyword.START: Kind.START,
    Keyword.HELP: Kind.HELP,
    Keyword.JOIN: Kind.JOIN,
}


def read(
    sender: Sender, practice_id: UUID, body: str, *, at: datetime, carrier_says: str = ""
) -> Reading:
    """What a text from this number means. STOP comes before everything."""
    if keyword := read_keyword(sender.sole, body, carrier_says=carrier_says):
        return keyword
    everyone = tuple(person.patient.id for person in sender.people)
    if not sender.people:
        return Reading(Kind.FREE_TEXT, None)
    was_asked = any(person.was_asked for person in sender.people)
    asked = questions.asked_lately(practice_id, everyone, at=at) if was_asked else []
    live = questions.live_among(asked, at=at)
    if sender.is_shared and (said := _said_who(sender, body, live, at=at)):
        return said
    person = sender.sole or _one_who_was_asked(sender, live)
    if person is None:
        reason = SEVERAL_ASKED if live else ""
        return Reading(Kind.WHO_IS_THIS, None, reason=reason, candidates=everyone)
    return read_reply(person, body, asked, at=at)


def _said_who(sender: Sender, body: str, live: Sequence[Asked], *, at: datetime) -> Reading | None:
    """A reply to our "whom is it about?", when that is the last thing this phone was asked. When another
    question left after it, nobody can say which one a number answers: staff do."""
    who = who_questions.last_asked(sender.number, at=at)
    chosen = who.answer(body) if who is not None and who.has_left else None
    person = next((each for each in sender.people if each.patient.id == chosen), None)
    if who is None or person is None:
        return None
    answered_at = who.message.answered_at
    about = (Asked(who.message, None, who.message.asked or {}),)
    if answered_at is None and all(each.at < who.at for each in live):
        return Reading(Kind.WHO_SAID, person, reason="initials", about=about)
    if answered_at is not None and at - answered_at > CROSSING:
        return None
    if who.answered_key == str(chosen):
        return Reading(Kind.REPEATED, person, reason="crossed")
    everyone = tuple(each.patient.id for each in sender.people)
    return Reading(Kind.WHO_IS_THIS, None, reason="crossed", candidates=everyone)


def read_keyword(person: Person | None, body: str, *, carrier_says: str = "") -> Reading | None:
    """A keyword, or a near miss of STOP; near misses of the others are ordinary words."""
    found = keywords.read(body, carrier_says=carrier_says)
    if found is not None and found.exact:
        acted = bool(carrier_says)
        return Reading(_KINDS[found.keyword], person, keyword=found, carrier_acted=acted)
    if found is not None and found.keyword is Keyword.STOP:
        return Reading(Kind.NEAR_STOP, person, keyword=found)
    return None


def _one_who_was_asked(sender: Sender, live: Sequence[Asked]) -> Person | None:
    """On a shared phone: the person the open questions concern, when they all concern the same one."""
    asked = {each.message.patient_id for each in live}
    people = [person for person in sender.people if person.patient.id in asked]
    return people[0] if len(people) == 1 else None


def read_reply(person: Person, body: str, asked: Sequence[Asked], *, at: datetime) -> Reading:
    """What a reply of this person means among the questions they were asked, newest first."""
    mine = _asked_of(person, asked, at=at)
    live = questions.live_among(mine, at=at)
    if crossed := _crossed(person, body, mine, live, at=at):
        return crossed
    if not live:
        return _afterwards(person, body, mine)
    meaning = questions.meaning_of(body, live)
    if meaning.between:
        about = tuple(e for e in questions.newest_per_task(live) if _task_id(e) in meaning.between)
        return Reading(Kind.WHICH_TASK, person, reason="which_task", about=about,
                       between=meaning.between)  # fmt: skip
    about = (meaning.about,) if meaning.about else tuple(questions.newest_per_task(live))
    if meaning.about is None or meaning.key is None:
        return Reading(Kind.UNCLEAR, person, reason=meaning.reason, about=about)
    if meaning.reason != "number" and _is_overtaken(meaning.about):
        return Reading(Kind.UNCLEAR, person, reason="after_staff_message", about=about)
    kind = Kind.CLARIFIED if meaning.about.is_which_task else Kind.ANSWER
    return Reading(kind, person, key=meaning.key, reason=meaning.reason, about=about)


def _asked_of(person: Person, asked: Sequence[Asked], *, at: datetime) -> list[Asked]:
    """The questions a reply of theirs is read against: a caregiver's own come before the patient's."""
    theirs = [each for each in asked if each.message.patient_id == person.patient.id]
    patients = [each for each in theirs if each.message.related_person_id is None]
    if person.related_person_id is None:
        return patients
    own = [e for e in theirs if e.message.related_person_id == person.related_person_id]
    if questions.live_among(own, at=at):
        return own
    return [each for each in theirs if each in patients or each in own]


def _crossed(
    person: Person, body: str, mine: Sequence[Asked], live: Sequence[Asked], *, at: datetime
) -> Reading | None:
    """A reply to "which one?" that crossed another one, by text or in the portal: it was never meant for
    the questions that are still open."""
    for each in mine:
        answered_at = each.message.answered_at
        if not each.is_which_task or answered_at is None:
            continue
        if timedelta(0) <= at - answered_at <= CROSSING:
            key = each.answer(body).key
            if key is not None and key == each.answered_key:
                return Reading(Kind.REPEATED, person, reason="crossed")
            if key is not None:
                about = tuple(questions.newest_per_task(live))
                return Reading(Kind.UNCLEAR, person, reason="crossed", about=about)
    return None


def _afterwards(person: Person, body: str, mine: Sequence[Asked]) -> Reading:
    """No question is open: said again, changed, come late, or something else altogether."""
    understood: dict[UUID, tuple[Asked, Answer]] = {}
    for each in mine:
        task_id, answer = _task_id(each), each.answer(body)
        if task_id is not None and answer.key is not None:
            understood.setdefault(task_id, (each, answer))
    if not understood:
        return Reading(Kind.FREE_TEXT, person)
    newest, answer = next(iter(understood.values()))
    if answer.reason != "number" and _is_overtaken(newest):
        return Reading(Kind.FREE_TEXT, person, reason="after_staff_message")
    if newest.answered_key is None:
        return Reading(Kind.LATE, person, answer.key, answer.reason, about=(newest,))
    same = all(each.answered_key == one.key for each, one in understood.values())
    kind = Kind.REPEATED if same else Kind.CONTRADICTED
    return Reading(kind, person, answer.key, answer.reason, about=(newest,))


def _is_overtaken(question: Asked) -> bool:
    """Whether staff wrote in the thread since: a bare "yes" may then be meant for them."""
    written = exists().where(
        Message.practice_id == question.message.practice_id,
        Message.conversation_id == question.message.conversation_id,
        Message.direction == Direction.OUTBOUND,
        Message.is_automated.is_(False),
        Message.created_at > question.at,
        Message.status.in_(questions.SEEN),
    )
    return bool(db.session.scalar(select(written)))


def _task_id(question: Asked) -> UUID | None:
    return question.task.id if question.task is not None else None
