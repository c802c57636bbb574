"""The days of an export: inclusive, local to the practice, up to a place in the chain."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.columns import EARLIEST, LATEST, OutOfCalendar
from app.core.errors import Invalid
from messaging.quiet_hours import end_of_local_day


def check_period(from_on: date, to_on: date) -> None:
    """Raise Invalid for a period that ends before it begins, or with a day no one can count from."""
    if to_on < from_on:
        raise Invalid("The period ends before it begins.", field="to")
    for field, day in (("from", from_on), ("to", to_on)):
        if not EARLIEST.date() <= day < LATEST.date():
            raise OutOfCalendar(field=field)


@dataclass(frozen=True, slots=True)
class Period:
    """Inclusive local days of the practice, up to `as_of_seq` of its chain."""

    from_on: date
    to_on: date
    time_zone: str
    as_of_seq: int

    def __post_init__(self) -> None:
        check_period(self.from_on, self.to_on)

    @property
    def starts_at(self) -> datetime:
        return end_of_local_day(self.from_on - timedelta(days=1), self.time_zone)

    @property
    def ends_at(self) -> datetime:
        """First moment after the period."""
        return end_of_local_day(self.to_on, self.time_zone)
