"""Open questions: which are there, and which one a reply answers. Reads only. A reply is given to the one
task it can mean; between several it asks once; what it cannot mean for sure goes to a person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import db
from app.models.message import Direction, Message
from app.models.task import Task
from messaging.delivery import MessageStatus
from messaging.questions import Option, Question
from messaging.replies import Answer, Understanding, understand
from messaging.words.answer_phrases import PHRASES

#: The person has, or may have, the question on their screen.
SEEN = (
    MessageStatus.SENDING,
    MessageStatus.IN_DOUBT,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
)
#: A reply this long after the last time we asked is shown to a person, not acted on.
ANSWER_WINDOW = timedelta(days=14)
#: How far back an answer may be taken back or come late.
MEMORY = timedelta(days=30)
WHICH_TASK = "which_task"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question somebody was asked, with its task; *which of the two?* has none of its own."""

    message: Message
    task: Task | None
    asked: Mapping[str, Any] = field(repr=False)

    @property
    def at(self) -> datetime:
        """When it left; a question written at night is asked in the morning."""
        return self.message.sent_at or self.message.created_at

    @property
    def is_which_task(self) -> bool:
        return str(self.asked["kind"]) == WHICH_TASK

    @property
    def answered_key(self) -> str | None:
        key = self.asked.get("answered_key")
        return str(key) if key else None

    @property
    def is_unanswered(self) -> bool:
        return self.message.answered_at is None

    @property
    def is_set_aside(self) -> bool:
        """Something else was asked since: a reply is read against that first."""
        return "aside_since" in self.asked

    def is_live(self, *, at: datetime) -> bool:
        """Still open, and asked lately enough that a reply is surely meant for it.

        "Not yet" leaves the question standing: a yes may follow before we ask again.
        """
        may_answer = self.is_unanswered or self.answered_key == "not_yet"
        is_open = may_answer and (self.task is None or self.task.is_open)
        return is_open and at - self.at <= ANSWER_WINDOW

    def answer(self, body: str) -> Answer:
        return understand(body, question_of(self.asked, self.message.language, self.task))


def asked_lately(practice_id: UUID, patient_ids: Iterable[UUID], *, at: datetime) -> list[Asked]:
    """Every question of the last 30 days these people have seen, newest first, answered or not."""
    rows = db.session.execute(
        select(Message, Task)
        .outerjoin(Task, and_(Task.practice_id == Message.practice_id, Task.id == Message.task_id))
        .where(
            Message.practice_id == practice_id,
            Message.patient_id.in_(list(patient_ids)),
            Message.created_at > at - MEMORY,
            Message.asked.is_not(None),
            Message.direction == Direction.OUTBOUND,
            Message.status.in_(SEEN),
        )
    )
    asked = [Asked(message, task, message.asked) for message, task in rows if message.asked]
    return sorted(asked, key=lambda each: (each.at, each.message.id), reverse=True)


def open_questions(
    practice_id: UUID, *, patient_ids: Iterable[UUID], at: datetime
) -> list[Message]:
    """The patients' own questions that still wait for an answer, newest first, one per task."""
    everything = asked_lately(practice_id, patient_ids, at=at)
    asked = [each for each in everything if each.message.related_person_id is None]
    return [each.message for each in newest_per_task(live_among(asked, at=at))]


def live_among(asked: Sequence[Asked], *, at: datetime) -> list[Asked]:
    """The questions a reply may answer, newest first: the open one, else those set aside, else put off."""
    live = [each for each in asked if each.is_live(at=at)]
    unanswered = [each for each in live if each.is_unanswered]
    return [each for each in unanswered if not each.is_set_aside] or unanswered or live


def newest_per_task(questions: Sequence[Asked]) -> list[Asked]:
    """The last question of each task; an earlier one about the same task asks the same."""
    newest: dict[UUID, Asked] = {}
    for each in questions:
        about = each.task.id if each.task is not None else each.message.id
        newest.setdefault(about, each)
    return list(newest.values())


def question_of(asked: Mapping[str, Any], language: str, task: Task | None = None) -> Question:
    """The question as `messaging.replies` reads it."""
    options = tuple(
        Option(str(option["key"]), int(option["number"]), str(option["label"]))
        for option in asked["options"]
    )
    if asked["kind"] != "yes_no":
        return Question("choice", options, language)
    usual = PHRASES.get(task.type.value) if task is not None else None
    return Question(
        "yes_no",
        options,
        language,
        yes_phrases=(*asked.get("yes_phrases", ()), *(usual.yes if usual else ())),
        no_phrases=(*asked.get("no_phrases", ()), *(usual.no if usual else ())),
        not_yet_phrases=(*asked.get("not_yet_phrases", ()), *(usual.not_yet if usual else ())),
    )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply means among the live questions.

    `key` is set when it answers `about` and nothing else; `between` when several tasks could be
    meant, each with the key it would have; else nobody can say, and `reason` is why.
    """

    about: Asked | None
    key: str | None = None
    reason: str = "unknown"
    between: Mapping[UUID, str] = field(default_factory=dict)


def meaning_of(body: str, live: Sequence[Asked]) -> Meaning:
    """Read a reply against live questions, newest first; there is at least one."""
    newest = live[0]
    if newest.is_which_task or newest.message.solicited:  # asked a moment ago, about just this
        return _alone(body, newest)
    candidates = [each for each in newest_per_task(live) if not each.is_which_task]
    if len(candidates) == 1:
        return _alone(body, candidates[0])
    answers = [(each, each.answer(body)) for each in candidates]
    known = [(each, a) for each, a in answers if a.understanding is Understanding.UNDERSTOOD]
    if not known:
        return Meaning(None, reason=answers[0][1].reason)
    if len(known) == 1:
        return Meaning(known[0][0], known[0][1].key, known[0][1].reason)
    between = {each.task.id: a.key for each, a in known if each.task is not None and a.key}
    return Meaning(None, reason="which_task", between=between)


def _alone(body: str, question: Asked) -> Meaning:
    answer = question.answer(body)
    understood = answer.understanding is Understanding.UNDERSTOOD
    return Meaning(question, answer.key if understood else None, answer.reason)
