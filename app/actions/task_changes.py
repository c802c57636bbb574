"""What happens to an open task on its way: somebody takes it, it is held and resumed, its day changes,
its ladder begins anew. Others reach these as `tasks.assign`, `tasks.hold`, …"""

from datetime import date, datetime

from sqlalchemy import Select, select

from app.actions import ladder, protocols, task_wording
from app.actions.task_standing import standing_of
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message
from app.models.sensitivity import label_named
from app.models.task import Needs, Task, TaskStatus
from app.models.task_deadline import due_moment, waking
from app.models.user import User


def assign(task: Task, owner: User | None, *, by: Actor, at: datetime) -> None:
    """Give the task to a member of staff, or back to the team (None)."""
    task.check_open()
    owner_id = owner.id if owner else None
    if task.owner_id == owner_id:
        return
    task.owner_id = owner_id
    task.covering_for_id = task.covered_since = None
    if owner_id and task.status is TaskStatus.REQUESTED:
        task.status = TaskStatus.ACCEPTED
    task.updated_at = at
    record(task, "task.assigned", by=by, at=at, owner_id=str(owner_id) if owner_id else None)


def hold(
    task: Task,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    until: date | None = None,
    with_referral: bool = False,
) -> None:
    """Nothing automatic happens and no deadline bites until it is resumed, or until a day.

    Raises Invalid for a day that is not still to come.
    """
    task.check_open()
    if task.status is TaskStatus.ON_HOLD:
        return
    task.wakes_at = waking(until, task.due_zone, at=at)
    ladder.stop(task, by=by, at=at)
    task.status, task.status_reason, task.updated_at = TaskStatus.ON_HOLD, reason.strip(), at
    record(task, "task.held", by=by, at=at, until=until.isoformat() if until else None,
           with_referral=with_referral)  # fmt: skip


def resume(task: Task, *, by: Actor, at: datetime) -> None:
    """Go on where it was held: the next rung comes now, unless a person has something to do."""
    if task.status is not TaskStatus.ON_HOLD:
        raise Conflict("This task is not on hold.")
    _go_on(task, "task.resumed", by=by, at=at)


def waking_due(at: datetime) -> Select[Task]:
    """Tasks on hold whose day has come."""
    return (
        select(Task)
        .where(Task.wakes_at <= at, Task.status == TaskStatus.ON_HOLD)
        .order_by(Task.wakes_at, Task.id)
    )


def wake(task: Task, *, at: datetime) -> None:
    """Its day has come. Does it once; leaves alone what is not due."""
    held = task.status is TaskStatus.ON_HOLD
    if held and task.wakes_at is not None and task.wakes_at <= at:
        _go_on(task, "task.woken", by=SYSTEM, at=at)


def _go_on(task: Task, kind: str, *, by: Actor, at: datetime) -> None:
    task.status, task.status_reason, task.updated_at = TaskStatus.IN_PROGRESS, None, at
    task.wakes_at = None
    record(task, kind, by=by, at=at)
    if task.due_at <= at:  # its day went by meanwhile
        ladder.mark_overdue(task, at=at)
    elif task.needs is None and task.step < len(protocols.definition_of(task).steps):
        task.next_step_at = _soonest(task, at=at)
        ladder.step(task, at=at)


def reschedule(task: Task, due_on: date, *, by: Actor, at: datetime) -> None:
    """Another day. One still to come lifts overdue and escalation; who has to act next stays clear.

    Raises Invalid for a day that is over.
    """
    task.check_open()
    due_at = due_moment(due_on, task.due_zone)
    if due_at <= at:
        raise Invalid("Choose today or a day still to come.", field="due_on")
    before = task.due_on
    task.due_on, task.due_at, task.due_rule, task.updated_at = due_on, due_at, "given", at
    if task.overdue_since is not None:
        task.overdue_since = task.escalated_at = None
        if task.needs is Needs.LEAD_DECISION:
            task.need(Needs.CALL if task.next_step_at is None else None, at=at)
    record(
        task, "task.rescheduled", by=by, at=at, due_on=due_on.isoformat(), was=before.isoformat()
    )


def label(
    task: Task, *, goal: str | None, sensitivity: str | None, by: Actor, at: datetime
) -> bool:
    """Say what goal it serves and how it must be handled; also of a closed one. False when nothing changes.

    Contacts of before keep what they were written with; what is under Part 2 now stays here all the same.
    """
    new = ((goal or "").strip()[:200] or None, label_named(sensitivity))
    old = (task.goal, task.sensitivity)
    if new == old:
        return False
    (task.goal, task.sensitivity), task.updated_at = new, at
    record(
        task,
        "task.labelled",
        by=by,
        at=at,
        sensitivity=new[1],
        was=old[1],
        goal_changed=new[0] != old[0],
    )
    return True


def restart(task: Task, *, by: Actor, at: datetime) -> None:
    """Ask again from the first rung; texts still waiting are taken back first."""
    task.check_open()
    ladder.stop(task, by=by, at=at)
    task.occurrence += 1
    task.asked_at = task.stuck_reason = None
    if task.status is TaskStatus.ON_HOLD:
        task.status, task.status_reason = TaskStatus.IN_PROGRESS, None
        task.wakes_at = None
    task.need(None, at=at)
    record(task, "task.restarted", by=by, at=at, occurrence=task.occurrence)
    ladder.start(task, _soonest(task, at=at), at=at)


def _soonest(task: Task, *, at: datetime) -> datetime:
    """Now; what is still to come is asked about when it is over."""
    return max(at, task_wording.happens_at(task) or at)


def review_reply(task: Task, inbound: Message, *, by: Actor, at: datetime) -> None:
    """A person reads the reply before anything else happens by itself."""
    task.check_open()
    before = standing_of(task)
    ladder.stop(task, by=by, at=at)
    task.need(Needs.REVIEW_REPLY, at=at)
    record(task, "task.reply_unclear", by=by, at=at, message_id=str(inbound.id), before=before)
