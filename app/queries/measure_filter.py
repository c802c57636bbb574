"""What measures are run over: inclusive days of the practice, how a week is counted, and by what the result
is broken down; read from an address or given by a command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

from app.value.own_measures import Week
from messaging.quiet_hours import end_of_local_day

DIMENSIONS = ("team", "subgroup", "payer", "month", "language", "zone")


@dataclass(frozen=True, slots=True)
class Span:
    """The period, and the moment it is judged at: what is due later than that is not known yet."""

    from_on: date
    to_on: date
    time_zone: str
    at: datetime
    week: Week = Week.CALENDAR

    @classmethod
    def read(cls, args: Mapping[str, str], *, zone: str, at: datetime) -> "Span":
        """From the address; odd values count as not chosen, a period the wrong way round is turned."""
        today = at.astimezone(ZoneInfo(zone)).date()
        first = _day(args.get("from")) or today.replace(day=1)
        last = _day(args.get("to")) or today
        week = Week.HOURS if args.get("week") == Week.HOURS else Week.CALENDAR
        return cls(min(first, last), max(first, last), zone, at, week)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def as_args(self) -> dict[str, str]:
        return {"from": str(self.from_on), "to": str(self.to_on), "week": self.week.value}

    def holds(self, column: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        starts = end_of_local_day(self.from_on - timedelta(days=1), self.time_zone)
        return and_(column >= starts, column < end_of_local_day(self.to_on, self.time_zone))

    def month_of(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m")


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 < day.year < 9999 else None
