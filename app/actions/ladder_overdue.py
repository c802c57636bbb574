"""Marking many tasks overdue at once: what waits with them and who stands in for their leaders is read for
all of them together, so that each one is left with its own rows to write."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from app.actions import cover, ladder, ladder_stops
from app.models.task import Task


def marking(tasks: Sequence[Task], *, at: datetime) -> Callable[[Task], None]:
    """What marks one of these tasks (of one practice, locked) overdue. A handful of statements for all."""
    busy = ladder_stops.busy_among(tasks)
    leaders = {task.care_team.leader_id for task in tasks if task.care_team is not None}
    leaders.discard(None)
    stand_ins: dict[UUID, UUID | None] = {
        leader: cover.stand_in(tasks[0].practice_id, leader, at=at)
        for leader in leaders
        if leader is not None
    }

    def act(task: Task) -> None:
        ladder.mark_overdue(task, at=at, is_idle=task.id not in busy, stand_ins=stand_ins)

    return act
