"""How fast a line may send: each text takes the next free moment of its line, as long as its segments need.
One stored moment says all of it, so that nothing is lost with a process and several can share it."""

from datetime import datetime, timedelta
from typing import Final

#: How far ahead moments are given out. More than the second between two looks, so none stays unused;
#: little enough that an urgent text waits no longer than this behind those that were given one.
AHEAD: Final = timedelta(seconds=1.5)
#: A line that was slowed down never goes slower than this share of its pace.
LEAST_SHARE: Final = 1 / 16
#: From standing still to its whole pace, while nobody complains.
RECOVERY: Final = timedelta(minutes=4)
#: Requests that are out together hear the same complaint: it counts once.
ONE_COMPLAINT: Final = timedelta(seconds=1)


def next_slot(free_at: datetime | None, *, at: datetime) -> datetime | None:
    """When the line's next text may leave; None when that is too far ahead to promise now.

    Time that passed unused is gone: a line that rested never bursts.
    """
    slot = at if free_at is None else max(free_at, at)
    return slot if slot <= at + AHEAD else None


def free_after(slot: datetime, segments: int, per_second: float) -> datetime:
    """When the line is free again after a text of so many segments that leaves at `slot`."""
    return slot + timedelta(seconds=max(segments, 1) / per_second)


def share_of(share: float, since: datetime | None, *, at: datetime) -> float:
    """What part of its pace a line may use now: `share` at `since`, and steadily more from then on."""
    if since is None:
        return 1.0
    recovered = max(at - since, timedelta(0)) / RECOVERY
    return min(1.0, share + recovered)


def halved(share: float) -> float:
    """Half of what it may use now, and never nothing."""
    return max(LEAST_SHARE, share / 2)
