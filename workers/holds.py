"""The sweep of what is on hold until a day: referrals first, whose tasks wait with them, then tasks held by
themselves."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app import access
from app.actions import referral_holds, task_changes
from app.models.referral import Referral
from app.models.task import Task
from workers import sweep
from workers.sweep import Sweep


def run() -> int:
    """Let go on what has its day. Returns how many."""
    return sweep.run(REFERRALS) + sweep.run(TASKS)


def _referrals(_rows: Sequence[Referral], at: datetime) -> Callable[[Referral], None]:
    return lambda referral: referral_holds.wake(referral, at=at)


def _tasks(_rows: Sequence[Task], at: datetime) -> Callable[[Task], None]:
    return lambda task: task_changes.wake(task, at=at)


REFERRALS = Sweep(
    noun="referral", table=Referral, due=referral_holds.due,
    visible=access.visible_referrals, acting=_referrals,
)  # fmt: skip
TASKS = Sweep(
    noun="task", table=Task, due=task_changes.waking_due,
    visible=access.visible_tasks, acting=_tasks,
)  # fmt: skip
