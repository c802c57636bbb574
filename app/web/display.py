"""Template filters: days and times in the practice's zone, how long something has waited, numbers as
people write them, words for codes. Nothing here reads the database."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, request
from flask_login import current_user
from markupsafe import Markup

from app.web import words
from app.web.moment import now, today
from messaging import phone
from messaging.gate_facts import Reason
from messaging.gate_words import rule_of


def register(app: Flask) -> None:
    for filter_ in (
        when, stamp, left, how_long, clock, on_day, day_of, waited, iso, word_of, colour, minutes, rule_words,
    ):  # fmt: skip
        app.add_template_filter(filter_)
    app.add_template_filter(phone.show, "phone")
    app.add_template_filter(phone.mask, "masked")
    app.add_template_filter(words.icon, "icon_of")
    app.add_template_filter(words.about_line)
    app.add_template_global(is_fragment)
    app.add_template_global(now, "moment")
    app.add_template_global(words.kinds)
    app.add_template_global(words.pairs)


def zone_here() -> str:
    """The practice's zone while somebody is signed in, else UTC."""
    if current_user and current_user.is_authenticated:
        return str(current_user.signed_in.practice.time_zone)
    return "UTC"


def is_fragment() -> bool:
    """Whether htmx asked, so that only the part it swaps is wanted."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")


def _day_name(day: date, here: date) -> str:
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - here).days)
    if near:
        return near
    year = "" if day.year == here.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def on_day(value: date, zone: str | None = None) -> str:
    """today, tomorrow, Tue 3 Mar."""
    return _day_name(value, today(zone or zone_here()))


def day_of(value: datetime, zone: str | None = None) -> date:
    """The calendar day of a moment, in the practice's zone."""
    return value.astimezone(ZoneInfo(zone or zone_here())).date()


def clock(value: datetime, zone: str | None = None) -> str:
    """9:05 am, in the practice's zone."""
    local = value.astimezone(ZoneInfo(zone or zone_here()))
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def when(value: datetime | None, zone: str | None = None) -> str | Markup:
    """A <time> with the day and the local time; "" for None."""
    if value is None:
        return ""
    here = ZoneInfo(zone or zone_here())
    words_ = f"{_day_name(value.astimezone(here).date(), today(here.key))} {clock(value, here.key)}"
    return Markup('<time datetime="{}">{}</time>').format(iso(value), words_)


def stamp(value: datetime) -> str:
    """2026-03-31 9:05 am: for paper, which is read in other years."""
    return f"{day_of(value)} {clock(value)}"


def left(moment: datetime) -> str:
    """How far off a moment is: "40 min left", "5 h left", "3 days late"."""
    seconds = (moment - now()).total_seconds()
    return f"{how_long(abs(seconds))} {'left' if seconds > 0 else 'late'}"


def how_long(seconds: float) -> str:
    """A stretch of time in its largest fitting unit, rounded down: 40 min, 5 h, 3 days."""
    minutes_ = int(seconds // 60)
    if minutes_ < 60:
        return f"{minutes_} min"
    if minutes_ < 48 * 60:
        return f"{minutes_ // 60} h"
    return f"{minutes_ // (24 * 60)} days"


def iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


def waited(since: datetime | None) -> str:
    """How long ago: 40 s → "just now", 5 min, 3 h, 2 days."""
    if since is None:
        return ""
    gone = max(now() - since, timedelta())
    minutes_ = int(gone.total_seconds() // 60)
    if minutes_ < 1:
        return "just now"
    return how_long(minutes_ * 60)


def minutes(seconds: int) -> str:
    """Seconds as 4:05 min."""
    return f"{seconds // 60}:{seconds % 60:02d} min"


def word_of(value: object, kind: str) -> str:
    return words.word(value, kind)


def rule_words(reason: str) -> str:
    """Why a text did not leave, as a sentence; another code as its own words."""
    known = reason in Reason.__members__.values()
    if known:
        return rule_of(Reason(reason))
    ours = words.WORDS.get("step_reason", {})
    return ours.get(reason) or words.word(reason, "delivery")


def colour(name: str) -> int:
    """A steady number 0–7 for an avatar's colour."""
    return sum(ord(char) for char in name) % 8
