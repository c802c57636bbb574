"""What a task is about changes while it runs: it takes place at another time, it came in earlier than was
said, it has another name. Its day is counted anew, and asks follow: one always comes after what it asks
about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.actions import due_days, ladder, ladder_texts, protocols, task_wording
from app.core.db import db
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.task import Needs, Task, TaskStatus
from app.models.task_deadline import Moments, first_moment

_MOMENT = "happens_at"


def change(
    task: Task,
    about: Mapping[str, Any],
    *,
    received_at: datetime | None = None,
    not_before: datetime | None = None,
    by: Actor,
    at: datetime,
) -> bool:
    """Bring an open task to what is known now; False when that says nothing new."""
    task.check_open()
    was, came = task_wording.happens_at(task), task.received_at
    merged = {**task.about, **about}
    changed = [name for name in about if name != _MOMENT and task.about.get(name) != merged[name]]
    if _MOMENT in about and was != datetime.fromisoformat(about[_MOMENT]):
        changed.append(_MOMENT)
    if received_at is not None and received_at != came:
        task.received_at = min(received_at, at)
        changed.append("received_at")
    if not changed:
        return False
    task.about, task.updated_at = merged, at
    now = task_wording.happens_at(task)
    before = task.due_on
    _count_anew(task, at=at)
    record(task, "task.changed_at_source", by=by, at=at, fields=sorted(changed),
           happens_at=now.isoformat() if now else None, due_on=task.due_on.isoformat(),
           was=before.isoformat())  # fmt: skip
    if now != was or ladder_texts.waiting_text(task) is not None:
        _ask_again(task, now, not_before=not_before, by=by, at=at)
    ladder.mark_overdue(task, at=at)
    return True


def _count_anew(task: Task, *, at: datetime) -> None:
    """The due moment by the task's own rule; a day still to come lifts what was overdue."""
    practice = db.session.get_one(Practice, task.practice_id)
    due = due_days.due_now(task, practice)
    task.due_on, task.due_at = due.day, due.at
    if task.overdue_since is not None and due.at > at:
        task.overdue_since = task.escalated_at = None
        if task.needs is Needs.LEAD_DECISION:
            task.need(None, at=at)


def _ask_again(
    task: Task,
    happens: datetime | None,
    *,
    not_before: datetime | None,
    by: Actor,
    at: datetime,
) -> None:
    """Take back what waits to leave, and begin the ladder at its new time. An ask that came after the new
    time stands, and what a person has in hand stays with them."""
    asked = task.asked_at
    is_queued = ladder_texts.waiting_text(task) is not None
    if asked is not None and not is_queued and (happens is None or happens <= asked):
        return
    had_steps = ladder.stop(task, by=by, at=at)
    held = task.status is TaskStatus.ON_HOLD
    if held or task.needs in ladder.HANDS_ON or task.due_at <= at:
        return
    if task.needs is not None and not had_steps and asked is None:
        return  # begun with a call: that stays a call
    task.occurrence += 1
    task.asked_at = task.stuck_reason = None
    task.need(None, at=at)
    moments = Moments(task.created_at, happens, task.received_at)
    first = first_moment(protocols.definition_of(task), moments, ladder_texts.zone_of(task.patient))
    ladder.start(task, max(first, not_before or at, at), at=at)
