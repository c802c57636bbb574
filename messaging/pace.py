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

#: The carrier's own queue holds at most what a line sends in this time. The carrier would keep hours of it,
#: where nothing can be taken back and an urgent text stands at the end.
MOST_AT_CARRIER: Final = timedelta(minutes=10)
#: A text counts so long when the carrier reports nothing: a queue kept that short has sent it by then.
SILENT: Final = MOST_AT_CARRIER
#: And so long when it does report and only this text's report stays out: a slow queue is still counted whole.
REPORTING: Final = timedelta(hours=1)


def room(waiting: int, per_second: float) -> float:
    """How many more segments the carrier's queue may take of a line, with so many waiting there."""
    return MOST_AT_CARRIER.total_seconds() * per_second - waiting


def fits(segments: int, waiting: int, per_second: float) -> bool:
    """Whether a text may be handed over. One longer than the whole queue may when it is alone."""
    return waiting == 0 or segments <= room(waiting, per_second)


def counts_until(reported_at: datetime | None, *, at: datetime) -> datetime:
    """Until when a text handed over at `at` counts as waiting at the carrier, if nothing is heard of it;
    `reported_at`: when the carrier last reported on any text of the line."""
    reports = reported_at is not None and at - reported_at <= REPORTING
    return at + (REPORTING if reports else SILENT)


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
