"""What a reply to our questions does: it takes effect on the one task it means, asks once which of several
is meant, or lands with a person. What it says about a closed task is for `after_close`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import after_close, answers, service_texts, thread_waits
from app.actions.inbound_people import Person, may_answer
from app.actions.inbound_reading import Arrival, Kind
from app.actions.questions import Asked
from app.core.db import db
from app.models.event import record
from app.models.message import Message
from app.models.practice import Practice
from app.models.task import Task


def answer(arrival: Arrival, *, at: datetime) -> bool:
    """The reply answers one question of one task."""
    question = arrival.reading.about[0]
    return _apply(arrival, _task_of(question), _key_of(arrival), question, at=at)


def clarified(arrival: Arrival, *, at: datetime) -> bool:
    """The person said which task the earlier reply was about: that reply takes effect now. Another word by
    another way that was faster stands, and this one is for a person to read."""
    question, chosen = arrival.reading.about[0], _key_of(arrival)
    key = question.asked["pending_answer"]["keys"][chosen]
    task = db.session.scalars(
        select(Task)
        .where(Task.practice_id == arrival.message.practice_id, Task.id == UUID(chosen))
        .with_for_update(key_share=True)
    ).one()
    db.session.refresh(
        question.message, ("asked", "answered_at"), with_for_update={"key_share": True}
    )
    if not question.is_unanswered:
        same = (question.message.asked or {}).get("answered_key") == chosen
        return same or _tell(arrival, "task.contradicted", at=at, task=task, key=key)
    _close(question, chosen, arrival.message, at=at)
    settled = _apply(arrival, task, key, None, at=at)
    if settled:
        _end_wait_of(arrival, UUID(question.asked["pending_answer"]["message_id"]))
    return settled


def confirmed(arrival: Arrival, *, at: datetime) -> bool:
    """The patient says of their own accord that it happened."""
    if arrival.reading.task is None:
        raise LookupError("a confirmation about no task")
    return _apply(arrival, arrival.reading.task, answers.YES, None, at=at)


def which_task(arrival: Arrival, *, at: datetime) -> bool:
    """Several tasks could be meant: ask once. The wait runs until it is clear."""
    tasks = [each.task for each in arrival.reading.about if each.task is not None]
    person = _person_of(arrival)
    practice = db.session.get_one(Practice, arrival.message.practice_id)
    if not all(may_answer(person, task.type.value, practice, at=at) for task in tasks):
        return unclear(arrival, at=at)  # the question would name what is not theirs to know
    service_texts.ask_which_task(arrival, tasks, at=at)
    return False


def unclear(arrival: Arrival, *, at: datetime) -> bool:
    """No rule understands it: every task it may be about asks a person to read it."""
    for question in arrival.reading.about:
        if question.is_which_task:
            _close(question, None, arrival.message, at=at)
            for task in _pending_tasks(question, arrival.message.practice_id):
                answers.unclear(task, arrival.message, at=at)
        elif question.task is not None:
            answers.unclear(question.task, arrival.message, at=at)
    return False


def late(arrival: Arrival, *, at: datetime) -> bool:
    """The task is closed, or the question is old: kept and shown; a person decides."""
    return _tell(arrival, "task.answered_late", at=at)


def contradicted(arrival: Arrival, *, at: datetime) -> bool:
    """They said something else before: the task stays as it is until a person has looked."""
    return _tell(arrival, "task.contradicted", at=at)


def repeated(_arrival: Arrival, *, at: datetime) -> bool:
    """The same answer again: nothing changes."""
    return True


EFFECTS: dict[Kind, Callable[..., bool]] = {
    Kind.ANSWER: answer,
    Kind.CLARIFIED: clarified,
    Kind.CONFIRMED: confirmed,
    Kind.WHICH_TASK: which_task,
    Kind.UNCLEAR: unclear,
    Kind.LATE: late,
    Kind.CONTRADICTED: contradicted,
    Kind.REPEATED: repeated,
}


def _apply(arrival: Arrival, task: Task, key: str, question: Asked | None, *, at: datetime) -> bool:
    """Let the answer take effect, unless a person has to look first; True when it did."""
    person = _person_of(arrival)
    db.session.refresh(task, with_for_update={"key_share": True})
    practice = db.session.get_one(Practice, task.practice_id)
    if not task.is_open:  # closed since we read it
        return _tell(arrival, "task.answered_late", at=at, task=task, key=key)
    if not may_answer(person, task.type.value, practice, at=at):
        answers.unclear(task, arrival.message, at=at)
        return False
    if question is not None:
        if not _is_still_open(question, at=at):  # another answer was faster
            same = (question.message.asked or {}).get("answered_key") == key
            return same or _tell(arrival, "task.contradicted", at=at, task=task, key=key)
        _close(question, key, arrival.message, at=at)
    answers.apply(
        task,
        key=key,
        inbound=arrival.message,
        by=person.actor,
        at=at,
        evidence=person.evidence,
        from_shared_phone=arrival.is_shared,
    )
    return True


def _is_still_open(question: Asked, *, at: datetime) -> bool:
    """Asked again once the task is ours: an answer by another way may have come since we read it."""
    db.session.refresh(question.message, ("asked", "answered_at"))
    return replace(question, asked=question.message.asked or {}).is_live(at=at)


def _close(question: Asked, key: str | None, inbound: Message, *, at: datetime) -> None:
    """Note on the question what answered it, so that a change of mind is seen as one."""
    kept: dict[str, Any] = {"answered_by": str(inbound.id)} | ({"answered_key": key} if key else {})
    before = question.message.answered_at
    if before is not None:  # a "not yet" that is being changed
        was = {name: question.asked.get(name) for name in ("answered_by", "answered_key")}
        kept["was"] = {**was, "answered_at": before.isoformat()}
    question.message.asked = {**question.asked, **kept}
    question.message.answered_at = at


def _tell(
    arrival: Arrival, kind: str, *, at: datetime, task: Task | None = None, key: str | None = None
) -> bool:
    """Record on the task what was said and have a person look."""
    task = task or _task_of(arrival.reading.about[0])
    person, key = _person_of(arrival), key or arrival.reading.key
    record(task, kind, by=person.actor, at=at, key=key, message_id=str(arrival.message.id),
           was_open=task.is_open, evidence=person.evidence.value)  # fmt: skip
    if not task.is_open:
        after_close.heard(task, key, by=person.actor, evidence=person.evidence, at=at)
    elif key == answers.YES and after_close.is_disputed(task, person.evidence):
        after_close.settle(task, key=key, by=person.actor, at=at)
    else:
        answers.unclear(task, arrival.message, at=at)
    return False


def _pending_tasks(question: Asked, practice_id: UUID) -> list[Task]:
    wanted = [UUID(task_id) for task_id in question.asked["pending_answer"]["keys"]]
    return list(
        db.session.scalars(select(Task).where(Task.practice_id == practice_id, Task.id.in_(wanted)))
    )


def _end_wait_of(arrival: Arrival, message_id: UUID) -> None:
    """The wait that the unclear reply began is over; an older one goes on, and that of other words since."""
    began = db.session.scalar(
        select(Message.created_at).where(
            Message.practice_id == arrival.message.practice_id, Message.id == message_id
        )
    )
    if arrival.thread.waiting_since == began and arrival.thread.urgent_since is None:
        thread_waits.end(arrival.thread, seen=began)


def _person_of(arrival: Arrival) -> Person:
    """Replies to questions always have one; everything else lands in intake before it gets here."""
    if arrival.person is None:
        raise LookupError("an answer without a person")
    return arrival.person


def _task_of(question: Asked) -> Task:
    if question.task is None:
        raise LookupError("a question about no task")
    return question.task


def _key_of(arrival: Arrival) -> str:
    if arrival.reading.key is None:
        raise LookupError("an answer that says nothing")
    return arrival.reading.key
