"""Changing what a practice has set about itself: name, zone, phone, hours, caps, quiet hours, and whether
texts leave at all. Every change keeps what stood there before."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, TypedDict, Unpack, cast

from app.actions.practices import check_hours, check_name, check_zone
from app.core.columns import Row
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.practice import DayRule, Practice, SharedPhones
from messaging import phone as phones
from messaging.errors import BadNumber

MOST_PER_DAY, MOST_PER_WEEK = 10, 30
#: What a number may be, from and to.
RANGES = {
    "cap_day": (0, MOST_PER_DAY),
    "cap_week": (0, MOST_PER_WEEK),
    "timer_idle_minutes": (1, 60),
    "late_entry_days": (0, 60),
    "longest_entry_minutes": (15, 720),
}
_DAY, _WEEK = 24 * 60, 7 * 24 * 60
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: No text earlier or later than this where the person is: 47 CFR 64.1200(c)(1).
EARLIEST, LATEST = time(8), time(21)


class PracticeChanges(TypedDict, total=False):
    """What may be changed; what is left out stays as it is."""

    name: str
    time_zone: str
    phone: str | None
    hours: Mapping[str, list[list[str]]]
    closed_on: list[str]
    closed_names: Mapping[str, str]
    open_on: list[str]
    subdivision: str | None
    day_rule: DayRule
    shared_phones: SharedPhones
    quiet_from: str
    quiet_until: str
    cap_day: int
    cap_week: int
    is_sending: bool
    timer_idle_minutes: int
    late_entry_days: int
    longest_entry_minutes: int
    counts_together_once: bool
    baa_with: str | None
    baa_on: date | None


def update(
    practice: Practice, *, by: Actor, at: datetime, **changes: Unpack[PracticeChanges]
) -> list[str]:
    """Change what differs and return the names of it. Raises Invalid; then nothing is changed."""
    wanted: dict[str, Any] = dict(changes)
    _check(wanted)
    if not practice.is_invented:
        _check_law(wanted)
    differing = {name: value for name, value in wanted.items() if getattr(practice, name) != value}
    if not differing:
        return []
    before = {name: getattr(practice, name) for name in differing}
    for name, value in differing.items():
        setattr(practice, name, value)
    subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
    record(
        subject, "practice.changed", by=by, at=at, before=_facts(before), after=_facts(differing)
    )
    return sorted(differing)


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    """As an event keeps them: days as they are written."""
    return {
        name: each.isoformat() if isinstance(each, date) else each for name, each in values.items()
    }


def _check(wanted: dict[str, Any]) -> None:
    if "name" in wanted:
        check_name(wanted["name"], field="name")
        wanted["name"] = wanted["name"].strip()
    if "time_zone" in wanted:
        check_zone(wanted["time_zone"])
    if wanted.get("phone"):
        wanted["phone"] = _number(wanted["phone"])
    check_hours(wanted.get("hours", {}))
    check_apart(wanted.get("hours", {}))
    _check_days(wanted.get("closed_on", []))
    _check_quiet(wanted)
    for name, (least, most) in RANGES.items():
        if name in wanted and not least <= wanted[name] <= most:
            raise Invalid(f"Choose a number from {least} to {most}.", field=name)


def check_apart(hours: Mapping[str, list[list[str]]]) -> None:
    """Raise Invalid for windows that meet. One that ends before it begins runs over midnight into the next
    day; equal times last 24 hours."""
    spans = sorted(
        (begins, begins + (_minute(closes) - _minute(opens) - 1) % _DAY + 1)
        for day, windows in hours.items()
        for opens, closes in windows
        for begins in [int(day) * _DAY + _minute(opens)]
    )
    following = [*spans[1:], *((first + _WEEK, last) for first, last in spans[:1])]
    for (_begins, ends), (later, _) in zip(spans, following, strict=True):
        if ends > later:
            raise Invalid(
                f"The hours of {_NAMES[later // _DAY % 7]} begin before those before them end.",
                field="hours",
            )


def _minute(wall: str) -> int:
    moment = time.fromisoformat(wall)
    return moment.hour * 60 + moment.minute


def _check_days(days: list[str]) -> None:
    for day in days:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Invalid(
                f"{day[:20]} is not a day. Write it like 2026-12-24.", field="closed_on"
            ) from None


def _check_quiet(wanted: dict[str, Any]) -> None:
    """Texts may leave from `quiet_until` to `quiet_from`; equal times last all day."""
    for name in ("quiet_until", "quiet_from"):
        if name in wanted:
            try:
                wanted[name] = f"{time.fromisoformat(wanted[name]):%H:%M}"
            except ValueError:
                raise Invalid("Write the time like 21:00.", field=name) from None


def _check_law(wanted: dict[str, Any]) -> None:
    """Real people are not texted outside what the law allows."""
    opens, closes = (
        time.fromisoformat(wanted.get(name, f"{legal:%H:%M}"))
        for name, legal in (("quiet_until", EARLIEST), ("quiet_from", LATEST))
    )
    if opens < EARLIEST:
        raise Invalid(
            "The law allows texts from 8:00 on. Choose 8:00 or later.", field="quiet_until"
        )
    if closes > LATEST:
        raise Invalid(
            "The law allows texts until 21:00. Choose 21:00 or earlier.", field="quiet_from"
        )
    if opens >= closes:
        raise Invalid("That leaves no hour in which a text may leave.", field="quiet_from")


def _number(text: str) -> str:
    try:
        return phones.parse(text)
    except BadNumber as error:
        raise Invalid(error.person_text, field="phone") from error
