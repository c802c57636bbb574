"""FHIR dates and times as CQL compares them: part by part, so that what a partial date leaves open is
*not known* rather than guessed. A day is the day as it was written, in the record's own offset, unless a
zone is given to judge all of them in. Sources: FHIR R4 datatypes (dateTime, Period); CQL 1.5, Author's
Guide, "Comparing dates and times", and Appendix B, "during"."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cached_property

_PATTERN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


class NotATime(ValueError):
    """The text is no FHIR date or dateTime."""


@dataclass(frozen=True)
class FhirTime:
    """A year, a month, a day, or a moment: what the record says and no more."""

    #: Year, month, day, as far as they are given.
    parts: tuple[int, ...]
    #: The moment, when a time of day is given.
    moment: datetime | None = None

    @cached_property
    def instant(self) -> datetime | None:
        return self.moment.astimezone(UTC) if self.moment else None


def parse(text: str, zone: tzinfo | None = None) -> FhirTime:
    """Read a FHIR date, dateTime or instant. With `zone`, moments are judged by the day there; a time
    without an offset (not allowed in FHIR, yet met) is taken to be there, else in UTC. Raises NotATime."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise NotATime(text)
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        if day is None:
            date(int(year), int(month or 1), 1)
            return FhirTime(tuple(int(part) for part in (year, month) if part))
        whole = date(int(year), int(month), int(day))
        if hour is None:
            return FhirTime((whole.year, whole.month, whole.day))
        moment = datetime(
            whole.year, whole.month, whole.day, int(hour), int(minute),
            *_seconds(second, fraction), tzinfo=_zone(offset, zone),
        )  # fmt: skip
        moment = moment.astimezone(zone) if zone else moment
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotATime(text) from error
    return FhirTime((moment.year, moment.month, moment.day), moment)


def _seconds(second: str | None, fraction: str | None) -> tuple[int, int]:
    """FHIR allows a leap second; it is the last moment of its minute."""
    if second == "60":
        return 59, 999_999
    return int(second or 0), int((fraction or "")[:6].ljust(6, "0"))


def _zone(offset: str | None, zone: tzinfo | None) -> tzinfo:
    if offset is None:
        return zone or UTC
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if minutes > 59:
        raise ValueError(offset)
    apart = timedelta(hours=hours, minutes=minutes)
    return timezone(-apart if offset[0] == "-" else apart)


def _compare(one: tuple[int, ...], other: tuple[int, ...]) -> int | None:
    """-1, 0 or 1, decided by the first part that differs; None when a part is missing before that."""
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0 if len(one) == len(other) else None


def is_after(one: FhirTime, other: FhirTime) -> bool:
    """Whether `one` is certainly later: by the moment where both have one, else by the parts given."""
    if one.instant and other.instant:
        return one.instant > other.instant
    # A day and a moment on it: the day's time is missing, so an equal day decides nothing.
    return _compare(one.parts, other.parts) == 1


def is_within(time: FhirTime, first: date, last: date) -> bool:
    """Whether `time` certainly falls on one of the days `first` to `last` (both counted)."""
    start = _compare(time.parts, (first.year, first.month, first.day))
    end = _compare(time.parts, (last.year, last.month, last.day))
    return start in (0, 1) and end in (0, -1)
