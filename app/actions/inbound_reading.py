"""What a message that came in means, before anything is written: a keyword, an answer to one open
question, an answer that changes or comes late, or words for a person. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.actions import questions
from app.actions.inbound_people import Person, Sender
from app.actions.questions import Asked
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Direction, Message
from app.models.practice import Line
from messaging import keywords
from messaging.keywords import Keyword, KeywordMatch
from messaging.replies import Answer


class Kind(StrEnum):
    """What a message is to us; stored with it, so that the thread can say why nobody had to answer."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    JOIN = "join"
    NEAR_STOP = "near_stop"
    ANSWER = "answer"
    WHICH_TASK = "which_task"
    CLARIFIED = "clarified"
    REPEATED = "repeated"
    CONTRADICTED = "contradicted"
    LATE = "late"
    UNCLEAR = "unclear"
    FREE_TEXT = "free_text"
    WHO_IS_THIS = "who_is_this"


#: Nobody has to read these: a rule understood them and did what they ask for.
SETTLED = frozenset({Kind.STOP, Kind.START, Kind.HELP, Kind.ANSWER, Kind.CLARIFIED, Kind.REPEATED})


#: Two answers to one question this close together were both given before the other was seen.
CROSSING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """`person` None files the message in the number's intake thread. `about` are the questions meant."""

    kind: Kind
    person: Person | None
    key: str | None = None
    reason: str = ""
    keyword: KeywordMatch | None = None
    about: tuple[Asked, ...] = ()
    between: Mapping[UUID, str] = field(default_factory=dict)
    candidates: tuple[UUID, ...] = ()
    #: The carrier itself told us that it acted on the keyword.
    carrier_acted: bool = False

    @property
    def is_settled(self) -> bool:
        return self.kind in SETTLED or (self.kind is Kind.JOIN and self.person is not None)

    @property
    def task_id(self) -> UUID | None:
        """The one task it concerns."""
        if self.kind is Kind.CLARIFIED and self.key is not None:
            return UUID(self.key)
        tasks = [each.task.id for each in self.about if each.task is not None]
        return tasks[0] if len(tasks) == 1 else None

    def to_json(self) -> dict[str, Any]:
        """What the timeline, the ledger and the audit keep; never the person's words."""
        kept: dict[str, Any] = {"kind": self.kind.value}
        if self.kind is Kind.CLARIFIED:
            kept["key"] = self.about[0].asked["pending_answer"]["keys"][self.key]
        elif self.key is not None:
            kept["key"] = self.key
        if self.reason:
            kept["reason"] = self.reason
        if self.keyword is not None:
            kept["word"] = self.keyword.word
        if self.task_id is not None:
            kept["task_id"] = str(self.task_id)
        if self.candidates:
            kept["candidates"] = [str(one) for one in self.candidates]
        return kept


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is in, its thread, what it means, and by which line and number it came (SMS)."""

    message: Message
    thread: Conversation
    reading: Reading
    people: tuple[Person, ...]
    number: PhoneNumber | None = None
    line: Line | None = None
    #: False for a message that was held before: its row is older than this transaction.
    is_new: bool = True
    #: A file came with it: whatever the words did, a person looks.
    has_media: bool = False

    @property
    def is_shared(self) -> bool:
        return len(self.people) > 1

    @property
    def person(self) -> Person | None:
        return self.reading.person

    @property
    def language(self) -> str:
        """Of the keyword, else of the person."""
        if self.reading.keyword is not None:
            return self.reading.keyword.language
        return self.person.patient.language if self.person is not None else "en"


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
    person = sender.sole or _one_who_was_asked(sender, questions.live_among(asked, at=at))
    if person is None:
        return Reading(Kind.WHO_IS_THIS, None, candidates=everyone)
    return read_reply(person, body, asked, at=at)


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
    mine = [each for each in asked if each.message.patient_id == person.patient.id]
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
