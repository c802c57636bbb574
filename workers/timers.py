"""The sweep of timers: those nobody did anything with for the practice's idle minutes end with the last
activity, so that a forgotten one credits nothing more."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app.actions import timers
from app.models.event import SYSTEM
from app.models.work_timer import WorkTimer
from app.queries.timers import visible_timers
from workers import sweep
from workers.sweep import Sweep


def run() -> int:
    """End what ran out of activity. Returns how many ended."""
    return sweep.run(IDLE)


def _stopping(_timers: Sequence[WorkTimer], at: datetime) -> Callable[[WorkTimer], object]:
    return lambda timer: timers.stop(timer, by=SYSTEM, at=at)


IDLE = Sweep(
    noun="timer", table=WorkTimer, due=timers.idle_ones, visible=visible_timers, acting=_stopping
)
