"""The request's moment: the database's time, read once at the edge and passed down as `at`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import g

from app.core.clock import db_now
from app.core.errors import Invalid


def now() -> datetime:
    """The time of this request, aware, UTC; the same however often it is asked."""
    if "now" not in g:
        g.now = db_now()
    found: datetime = g.now
    return found


def moment_in(zone: str, wall: datetime) -> datetime:
    """The moment of a wall time there, in UTC: what is counted on from it passes, also over a clock change.
    Raises Invalid for one that no calendar holds."""
    try:
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        raise Invalid("Check the year.") from None


def today(zone: str) -> date:
    """The calendar day in an IANA zone at this request's moment."""
    return now().astimezone(ZoneInfo(zone)).date()
