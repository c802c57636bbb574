"""Taking back what a message did to tasks, when it turns out to be somebody else's: the card returns to the
step where it stood, its questions are open again, its ladder goes on. What a person has done since stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from app.actions import ladder, ladder_texts, messages, queued_texts, referrals, task_standing
from app.core.db import db
from app.core.errors import Conflict
from app.models.event import SYSTEM, Actor, Event, record
from app.models.message import Message
from app.models.task import Needs, Task
from messaging.delivery import MessageStatus

#: Events of a task that name the message which caused them.
CAUSED = ("task.answered", "task.reply_unclear", "task.answered_late", "task.contradicted")
RAISED, TAKEN_BACK = "task.raised", "task.answer_taken_back"
#: The ladder climbed on: it asks its own patient already, there is nothing to put back.
_CLIMBED = frozenset({
    "task.asked", "task.reminded", "task.call_due", "task.step_skipped", "task.call_caregiver_due",
    "task.ask_partner_due", "task.caregiver_asked",
})  # fmt: skip
#: Somebody else's word about the task: a person reads it before the ladder goes on.
_SAID = frozenset({"task.contradicted", "task.answered_late"})
#: What may happen to a card without its work having moved on.
_HARMLESS = _SAID | {
    "task.assigned", "task.raised", "task.overdue", "task.escalated", "task.interpreter_needed",
    TAKEN_BACK,
}  # fmt: skip


class Way(StrEnum):
    """What becomes of the card."""

    REOPENS = "reopens"
    RETURNS = "returns"
    #: People or the ladder have moved it on since.
    STAYS = "stays"
    #: It was closed when the message came: nothing of it changed.
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one message did to one task: its events there, and what came later by other hands."""

    task: Task
    caused: tuple[Event, ...]
    since: tuple[Event, ...]

    @property
    def first(self) -> Event:
        """The event that knows where the card stood, if any does."""
        return next((event for event in self.caused if "before" in event.facts), self.caused[0])

    @property
    def way(self) -> Way:
        if self.first.facts.get("was_open") is False:
            return Way.UNTOUCHED
        if any(event.kind not in _HARMLESS for event in self.since):
            return Way.STAYS
        if self.task.is_open:
            return Way.RETURNS
        return Way.REOPENS if self.task.completed_at == self.first.at else Way.STAYS

    @property
    def somebody_looks(self) -> bool:
        """Whether a person has to read before the card goes on by itself."""
        kinds = {event.kind for event in self.since}
        moved = kinds - _HARMLESS - _CLIMBED
        return bool(moved) if self.way is Way.STAYS else bool(kinds & _SAID)


def effects_of(message: Message, *, lock: bool = False) -> list[Effect]:
    """What the message did to its patient's tasks and nobody has taken back yet, one per task."""
    story = _task_events(message)
    gone = {id_ for each in story if each.kind == TAKEN_BACK for id_ in each.facts["caused"]}
    moments = {each.at for each in story if str(each.id) in gone}
    mine: dict[UUID, list[Event]] = {}
    for each in story:
        is_mine = each.kind in CAUSED and each.facts.get("message_id") == str(message.id)
        if is_mine and str(each.id) not in gone:
            mine.setdefault(each.subject_id, []).append(each)
    return [
        Effect(
            task,
            tuple(mine[task.id]),
            tuple(
                each
                for each in story
                if each.subject_id == task.id
                and each.at > mine[task.id][0].at
                and each.at not in moments
            ),
        )
        for task in _tasks(message.practice_id, mine, lock=lock)
    ]


def take_back(effect: Effect, message: Message, *, by: Actor, at: datetime) -> None:
    """Undo the effect as far as nobody has built on it, and say on the task what became of it."""
    task, way = effect.task, effect.way
    _lower(message, task)
    if way is Way.STAYS and task.is_open and effect.somebody_looks:
        task.need(Needs.REVIEW_REPLY, at=at)
    if way in (Way.REOPENS, Way.RETURNS):
        _return(effect, by=by, at=at)
    task.updated_at = at
    record(task, TAKEN_BACK, by=by, at=at, message_id=str(message.id), became=way.value,
           caused=[str(event.id) for event in effect.caused])  # fmt: skip


def withdraw(question: Message, *, at: datetime) -> None:
    """A question nobody should have been asked: it does not leave, or no answer is read to it."""
    if question.status is MessageStatus.QUEUED:
        try:
            messages.cancel(question, by=SYSTEM, at=at)
        except Conflict:  # the outbox was quicker
            db.session.refresh(question)
    question.answered_at = question.answered_at or at


def _return(effect: Effect, *, by: Actor, at: datetime) -> None:
    task, moment, before = effect.task, effect.first.at, effect.first.facts.get("before")
    if not task.is_open:
        task.reopen(at=at)
    if task.connected_at is not None and not (before and before["is_connected"]):
        referrals.disconnect(task, by=by, at=at)
    _open_questions(task, moment, at=at)
    if before is None:  # written before events kept where the card stood
        task.barrier = None
        task.need(Needs.CALL, at=at)
        return
    owner_id = task.owner_id
    task_standing.put_back(task, before, at=at)
    if any(event.kind == "task.assigned" for event in effect.since):
        task.owner_id = owner_id
    if effect.somebody_looks:
        task.stop_ladder()
        task.need(Needs.REVIEW_REPLY, at=at)
    else:
        _resume(task, moment, by=by, at=at)


def _resume(task: Task, stopped_at: datetime, *, by: Actor, at: datetime) -> None:
    """The ladder goes on from its step, unless the day is over."""
    ladder.mark_overdue(task, at=at)
    if task.overdue_since is not None:
        task.stop_ladder()
        if task.needs not in ladder.HANDS_ON:
            task.need(Needs.LEAD_DECISION, at=at)
    elif task.next_step_at is not None:
        _put_texts_back(task, stopped_at, by=by, at=at)
    elif task.needs is None:
        task.need(Needs.CALL, at=at)  # an open card always has a next move


def _put_texts_back(task: Task, stopped_at: datetime, *, by: Actor, at: datetime) -> None:
    """Texts of the ladder that the answer had taken back wait again, if the gate lets them."""
    for each in ladder_texts.cancelled_at(task, stopped_at):
        queued_texts.queue_again(each, by=by, at=at)
        if ladder_texts.is_refused(each):
            ladder.text_lost(each, at=at)


def _open_questions(task: Task, answered_at: datetime, *, at: datetime) -> None:
    """What the answer closed waits again, as it stood before; what we asked because of it does not."""
    for question in ladder_texts.questions_of(task):
        asked = dict(question.asked or {})
        if question.created_at == answered_at and asked["kind"] == "barrier":
            withdraw(question, at=at)
        elif question.answered_at == answered_at:
            was = asked.pop("was", None) or {}
            for name in ("answered_by", "answered_key"):
                asked.pop(name, None)
                if was.get(name):
                    asked[name] = was[name]
            question.asked = asked
            before = was.get("answered_at")
            question.answered_at = datetime.fromisoformat(before) if before else None


def _lower(message: Message, task: Task) -> None:
    """It was urgent only for this message's words."""
    if "urgent" not in (message.understood or {}) or task.priority != "urgent":
        return
    raised = db.session.scalars(
        select(Event).where(
            Event.practice_id == task.practice_id,
            Event.subject_type == Task.__tablename__,
            Event.subject_id == task.id,
            Event.kind == RAISED,
        )
    )
    for each in raised:
        if each.facts.get("message_id") == str(message.id):
            task.priority = str(each.facts["was"])


def _task_events(message: Message) -> Sequence[Event]:
    """What happened to its patient's tasks since it came, oldest first."""
    return db.session.scalars(
        select(Event)
        .where(
            Event.practice_id == message.practice_id,
            Event.patient_id == message.patient_id,
            Event.at >= message.status_at,
            Event.subject_type == Task.__tablename__,
        )
        .order_by(Event.at, Event.id)
    ).all()


def _tasks(practice_id: UUID, ids: dict[UUID, list[Event]], *, lock: bool) -> Sequence[Task]:
    rows = select(Task).where(Task.practice_id == practice_id, Task.id.in_(ids)).order_by(Task.id)
    if lock:
        rows = rows.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session.scalars(rows).all()
