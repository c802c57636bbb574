"""Whether the practice is closed at a moment, when it opens again, and that moment as a person says it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_time

from app.actions.send_places import opening_rule
from app.actions.task_wording import day_in_words
from app.models.practice import Practice
from messaging.errors import NeverAllowed
from messaging.languages import LANGUAGES
from messaging.quiet_hours import is_allowed, next_allowed

_NEAR = {"en": {0: "today", 1: "tomorrow"}, "es": {0: "hoy", 1: "mañana"}}
_AT = {"en": "{} at {}", "es": "{} a las {}"}


@dataclass(frozen=True, slots=True)
class Closed:
    """The practice is closed; `opens` (UTC) is None when no opening is in sight."""

    opens: datetime | None


def closed_at(practice: Practice, *, at: datetime) -> Closed | None:
    """None while the practice is open; one that has named no hours is always open."""
    rule = opening_rule(practice, at=at)
    if rule is None or is_allowed(at, rule):
        return None
    try:
        return Closed(next_allowed(at, rule))
    except NeverAllowed:
        return Closed(None)


def in_words(moment: datetime, practice: Practice, *, at: datetime, language: str) -> str:
    """An opening as said at `at`: "tomorrow at 8:00 AM", "el lunes 9 de marzo a las 8:00 a. m."."""
    zone = ZoneInfo(practice.time_zone)
    if language in LANGUAGES and language not in _AT:
        at_what = format_time(moment, "short", tzinfo=zone, locale=language)
        return f"{day_in_words(moment.astimezone(zone).date(), language)}, {at_what}"
    known = language if language in _AT else "en"
    local, today = moment.astimezone(zone), at.astimezone(zone).date()
    spoken = format_time(local, "h:mm a", tzinfo=zone, locale=known)
    plain = spoken.replace("\u202f", " ").replace("\u00a0", " ")
    words = _AT[known].format(_day(local.date(), today, known), plain)
    return words.replace("a las 1:", "a la 1:")


def _day(day: date, today: date, language: str) -> str:
    near = _NEAR[language].get((day - today) // timedelta(days=1))
    if near:
        return near
    return f"{'on' if language == 'en' else 'el'} {day_in_words(day, language)}"
