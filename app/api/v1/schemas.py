"""Words every model of the API shares: strict reading, one-line texts, plausible days and moments."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    StringConstraints,
)

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
#: No control characters: nothing that breaks a line, a log or a database.
_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"


class Strict(BaseModel):
    """What is read: unknown fields are refused, and nothing is converted but dates and ids."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shown(BaseModel):
    """What is given."""

    model_config = ConfigDict(from_attributes=True)


class WarningOut(Shown):
    """Something to know about what was taken in, or was not: a stable code and what it means for people."""

    field: str
    code: str
    message: str


def _plausible_day(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"the year must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


def _plausible_moment(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"the year must lie between {_FIRST_YEAR} and {_LAST_YEAR}")
    return moment.astimezone(UTC)


def line(longest: int) -> StringConstraints:
    """Text of one line, up to `longest` characters."""
    return StringConstraints(min_length=1, max_length=longest, pattern=_PRINTABLE)


Short = Annotated[str, line(100)]
Long = Annotated[str, line(2000)]
Day = Annotated[date, AfterValidator(_plausible_day)]
#: With its zone; kept in UTC.
Moment = Annotated[AwareDatetime, AfterValidator(_plausible_moment)]
#: Several lines are fine; a zero byte is not.
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=r"^[^\x00]*$")]
