"""What an answer does to a task, whoever passes it on: a patient's text, a portal chat, a call. Yes
completes (or connects), no asks what got in the way, not yet asks again later; any answer ends the
ladder that was climbing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import (
    after_close,
    call_language,
    ladder,
    ladder_texts,
    protocols,
    referrals,
    task_changes,
    tasks,
)
from app.actions.task_standing import standing_of
from app.core.db import db
from app.models.event import SYSTEM, Actor, record
from app.models.message import Direction, Message
from app.models.protocol_definition import Definition
from app.models.task import Evidence, Needs, Task, TaskStatus

YES, NO, NOT_YET = "yes", "no", "not_yet"


def apply(
    task: Task,
    *,
    key: str,
    inbound: Message | None,
    by: Actor,
    at: datetime,
    evidence: Evidence,
    from_shared_phone: bool = False,
) -> None:
    """Let the answer `key` (yes, no, not_yet, or a barrier's key) take effect.

    `inbound` is the message it came by; None when a person passes it on. A late answer counts and is
    recorded as late. What is said about a closed task, or against what the other side said, is for a
    person: see `after_close`.
    """
    definition = protocols.definition_of(task)
    said_at = inbound.created_at if inbound else at
    record(task, "task.answered", by=by, at=at, key=key, is_late=said_at >= task.due_at,
           was_open=task.is_open, message_id=str(inbound.id) if inbound else None,
           from_shared_phone=from_shared_phone, evidence=evidence.value,
           before=standing_of(task))  # fmt: skip
    if not task.is_open:
        after_close.heard(task, key, by=by, evidence=evidence, at=at)
        return
    ladder.stop(task, by=by, at=at)
    if task.status is TaskStatus.ON_HOLD and by.kind != "user":
        _keep_for_a_person(task, at=at)
        return
    if task.status is not TaskStatus.ON_HOLD:
        task.status = TaskStatus.IN_PROGRESS
    _take(task, definition, key, _Said(inbound, by, at, evidence, from_shared_phone))


def _take(task: Task, definition: Definition, key: str, said: "_Said") -> None:
    if key == YES and after_close.is_disputed(task, said.evidence):
        _close_questions(task, at=said.at)
        after_close.settle(task, key=key, by=said.by, at=said.at)
    elif key == YES:
        _yes(task, definition, said)
    elif key == NO:
        _no(task, definition, said)
    elif key == NOT_YET:
        _not_yet(task, definition, at=said.at)
    else:
        _barrier(task, definition, key, by=said.by, at=said.at)


def keys_of(task: Task) -> set[str]:
    """Every answer that may be applied to the task."""
    definition = protocols.definition_of(task)
    options = (*definition.question.options, *definition.barrier.options)
    return {option.key for option in options}


def unclear(task: Task, inbound: Message, *, at: datetime) -> None:
    """Somebody answered in words no rule understands: a person reads it before anything else."""
    if task.is_open:
        task_changes.review_reply(task, inbound, by=SYSTEM, at=at)


def _keep_for_a_person(task: Task, *, at: datetime) -> None:
    """What is said while it is on hold stands on the card; nothing goes on or ends by it alone."""
    _close_questions(task, at=at)
    if task.needs not in ladder.HANDS_ON:
        task.need(Needs.REVIEW_REPLY, at=at)


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer with who gave it, how and when."""

    inbound: Message | None
    by: Actor
    at: datetime
    evidence: Evidence
    from_shared_phone: bool

    @property
    def said_at(self) -> datetime | None:
        """When they wrote it, however late it reached the task; None when a person passes it on."""
        return self.inbound.created_at if self.inbound is not None else None


def _yes(task: Task, definition: Definition, said: _Said) -> None:
    _close_questions(task, at=said.at)
    means = definition.yes.means
    if means == "call" and said.inbound is not None:
        _call_them(task, at=said.at)
    elif means == "connected":
        referrals.connect(
            task, evidence=said.evidence, by=said.by, at=said.at,
            from_shared_phone=said.from_shared_phone,
        )  # fmt: skip
    else:
        _complete(task, str(definition.yes.outcome), said)


def _no(task: Task, definition: Definition, said: _Said) -> None:
    """A navigator has something to solve, and the patient is asked what it is, once per occurrence; or what
    else the protocol says."""
    _close_questions(task, at=said.at)
    if definition.no.means == "call":
        return _call_them(task, at=said.at)
    if definition.no.means == "complete":
        return _complete(task, str(definition.no.outcome), said)
    task.need(Needs.SOLVE_BARRIER, at=said.at)
    asked = None
    if said.inbound is not None and task.barrier is None:
        asked = ladder_texts.ask_barrier(task, definition, said.inbound, at=said.at)
    record(task, "task.barrier_asked" if asked else "task.barrier_open", by=said.by, at=said.at,
           message_id=str(asked.id) if asked else None)  # fmt: skip


def _complete(task: Task, outcome: str, said: _Said) -> None:
    tasks.complete(
        task, outcome=outcome, evidence=said.evidence, by=said.by, at=said.at,
        from_shared_phone=said.from_shared_phone, done_at=said.said_at,
    )  # fmt: skip
    referral = referrals.find_of(task)
    if referral is not None:
        referrals.advance(referral, at=said.at)


def _call_them(task: Task, *, at: datetime) -> None:
    """Only a person can go on from here: a call is due now."""
    task.need(Needs.CALL, at=at)
    call_language.hand_over(task, at=at)
    record(task, "task.call_due", by=SYSTEM, at=at, step=None)


def _not_yet(task: Task, definition: Definition, *, at: datetime) -> None:
    """Ask again later, from the step the protocol names; silence climbs from there."""
    _close_questions(task, at=at)
    task.occurrence += 1
    task.step = definition.index_of(definition.not_yet.from_step)
    task.next_step_at = at + timedelta(days=definition.not_yet.after_days)
    if task.needs is not Needs.LEAD_DECISION:
        task.need(None, at=at)
    record(task, "task.ask_again_planned", by=SYSTEM, at=at, next_at=task.next_step_at.isoformat())


def _barrier(task: Task, definition: Definition, key: str, *, by: Actor, at: datetime) -> None:
    """What got in the way is known: the navigator solves it. A word nobody knows is for a person."""
    if key not in {option.key for option in definition.barrier.options}:
        task.need(Needs.REVIEW_REPLY, at=at)
        return
    _close_questions(task, at=at)
    task.barrier = key
    task.need(Needs.SOLVE_BARRIER, at=at)
    record(task, "task.barrier_named", by=by, at=at, barrier=key)


def _close_questions(task: Task, *, at: datetime) -> None:
    """Every question of the task that still waits is answered by this, so that a later number is not
    read as an answer to an older ask."""
    waiting = db.session.scalars(
        select(Message).where(
            Message.practice_id == task.practice_id,
            Message.task_id == task.id,
            Message.direction == Direction.OUTBOUND,
            Message.asked.is_not(None),
            Message.answered_at.is_(None),
        )
    )
    for question in waiting:
        question.answered_at = at
