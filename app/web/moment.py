"""The request's moment: the database's time, read once at the edge and passed down as `at`."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import g

from app.core.clock import db_now


def now() -> datetime:
    """The time of this request, aware, UTC; the same however often it is asked."""
    if "now" not in g:
        g.now = db_now()
    found: datetime = g.now
    return found


def today(zone: str) -> date:
    """The calendar day in an IANA zone at this request's moment."""
    return now().astimezone(ZoneInfo(zone)).date()
