"""Time zones by name, and where their wall clocks jump.

Python keeps a zone's jumps to itself; quiet hours and "end of day" have to land exactly on them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from messaging.errors import UnknownZone

WIDEST_US_ZONES: tuple[str, ...] = (
    "America/Puerto_Rico",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
)
"""Used when nothing is known about where a person is: hours that suit Puerto Rico and Hawaii alike.

Guam and Samoa are left out: with them 8:00-21:00 everywhere would shrink to three hours a day.
"""

_SECOND = timedelta(seconds=1)


def zone_named(name: str) -> ZoneInfo:
    """Return the zone called `name` ("Area/City" or "UTC"), or raise `UnknownZone`.

    Names without an area (EST, localtime, posixrules) are refused: they are
    offsets, or the server's own zone.
    """
    if name != "UTC" and "/" not in name:
        raise UnknownZone(_unknown(name))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(_unknown(name)) from error


def as_utc(at: datetime) -> datetime:
    """Return an aware moment in UTC; a naive one is a mistake of ours and raises `ValueError`."""
    if at.tzinfo is None:
        raise ValueError("A moment needs its zone: naive times are refused.")
    return at.astimezone(UTC)


def moments_of(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return both UTC readings of a naive wall time: equal, except inside a clock's jump."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def jump_between(start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the UTC instant in (start, end] at which the zone's offset changes, or None."""
    before = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    low, high = start.astimezone(UTC), end.astimezone(UTC)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def end_of_day(wall_midnight: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which the day before this naive midnight is over for good."""
    first, second = moments_of(wall_midnight, zone)
    if first > second:  # midnight falls in a gap: the day ends where the clock jumps
        jump = jump_between(second, first, zone)
        return jump if jump is not None else first
    came_back = (second - _SECOND).astimezone(zone).date() < wall_midnight.date()
    return (
        second if came_back else first
    )  # a clock set back over midnight gives the day its hour again


def _unknown(name: str) -> str:
    return f'"{name[:60]}" is not a time zone we know. Use a name like America/Los_Angeles.'
