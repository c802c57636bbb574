"""S2: every clock change of every zone of the world, 2024 to 2034, against an oracle that knows only the
offset of each minute. No text outside its hours, none held too long, no day that ends twice or never."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from messaging.quiet_hours import DayWindow, QuietRule, end_of_local_day, is_allowed, next_allowed
from tests.faults.figures import FULL, Figure, size

pytestmark = pytest.mark.pure

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
YEARS = range(2024, 2035) if FULL else range(2026, 2027)
AROUND = 2 * DAY
#: Local times at which windows open, some inside the hour that a change leaves out; each lasts 13 hours.
HALF_PAST = [time(0, 30), time(2, 30)]
OPENS = HALF_PAST + [time(hour) for hour in (range(24) if FULL else (8,))]
STEP = size(79, 37)  # minutes between the moments asked about; coprime to the hour


@dataclass(frozen=True)
class Change:
    """A zone's clock around one change: what each minute's wall says, from offsets alone."""

    zone: str
    at: datetime

    @property
    def start(self) -> datetime:
        return self.at.replace(second=0) - AROUND

    def walls(self) -> list[datetime]:
        """Naive wall time of each minute, from 2 days before to 4 days after."""
        zone = ZoneInfo(self.zone)
        found = []
        for n in range(6 * 24 * 60):
            moment = self.start + n * MINUTE
            offset = moment.astimezone(zone).utcoffset()
            assert offset is not None
            found.append((moment + offset).replace(tzinfo=None))
        return found


def offset_of(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def changes_of(name: str) -> list[datetime]:
    """Every change of the offset in `YEARS`, to the minute, found by looking every day and halving."""
    zone, found = ZoneInfo(name), []
    day, end = datetime(YEARS[0], 1, 1, tzinfo=UTC), datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while day < end:
        low, high = 0, 24 * 60
        if offset_of(zone, day) != offset_of(zone, day + DAY):
            while high - low > 1:
                middle = (low + high) // 2
                same = offset_of(zone, day + middle * MINUTE) == offset_of(zone, day)
                low, high = (middle, high) if same else (low, middle)
            found.append(day + high * MINUTE)
        day += DAY
    return found


def every_change() -> Iterator[Change]:
    """Each zone's; two names for the same clock are looked at once."""
    seen = set()
    for name in sorted(zone for zone in available_timezones() if "/" in zone):
        changes = changes_of(name)
        first = offset_of(ZoneInfo(name), datetime(YEARS[0], 1, 1, tzinfo=UTC))
        clock = (first, *changes)
        if changes and clock not in seen:
            seen.add(clock)
            yield from (Change(name, at) for at in changes)


@pytest.fixture(scope="module")
def changes() -> list[Change]:
    found = list(every_change())
    assert len({change.zone for change in found}) > 20
    return found


def test_no_text_leaves_outside_its_hours_and_none_waits_too_long(
    changes: list[Change], figure: Figure
) -> None:
    asked = outside = late = 0
    for change in changes:
        walls = change.walls()
        for opens in OPENS:
            closes = time((opens.hour + 13) % 24, opens.minute)
            rule = QuietRule(DayWindow(opens, closes), (change.zone,))
            allowed = [n for n, wall in enumerate(walls) if holds(wall.time(), opens, closes)]
            for n in range(0, 4 * 24 * 60, STEP):
                moment = change.start + n * MINUTE
                expected = change.start + allowed[bisect_left(allowed, n)] * MINUTE
                given = next_allowed(moment, rule)
                asked += 1
                outside += not is_allowed(given, rule) or given < expected
                late += given > expected
    figure(
        "S2 quiet hours at clock changes", n=asked, changes=len(changes), outside=outside, late=late
    )
    assert (outside, late) == (0, 0)


def test_no_day_ends_twice_or_never(changes: list[Change], figure: Figure) -> None:
    asked = skipped = doubled = 0
    for change in changes:
        walls = change.walls()
        days = sorted({wall.date() for wall in walls})[1:-1]
        ends = []
        for day in days:
            last = max(n for n, wall in enumerate(walls) if wall.date() == day)
            ends.append(end_of_local_day(day, change.zone))
            asked += 1
            wrong = ends[-1] != change.start + (last + 1) * MINUTE
            skipped, doubled = skipped + wrong, doubled + (len(set(ends)) != len(ends))
    figure("S2 ends of days at clock changes", n=asked, skipped=skipped, doubled=doubled)
    assert (skipped, doubled) == (0, 0)


def holds(now: time, opens: time, closes: time) -> bool:
    """Windows open every day, so only the time of day counts."""
    return opens <= now < closes if opens < closes else now >= opens or now < closes
