"""Care after a hospital stay, from plain values: the contact within two business days, and the code of the
visit that follows. Nothing here is a claim; a person reviews it.

Source: CMS, Transitional Care Management Services (MLN908628): interactive contact with patient or
caregiver within two business days after discharge; two or more separate attempts in a timely manner,
documented, suffice when all else is met; visit within 7 or 14 days by decision making (CPT 99496, 99495).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

State = Literal["met", "met_by_attempts", "not_met", "open"]
Complexity = Literal["low", "moderate", "high"]
FIRST_WEEK, LAST_DAY = 7, 14


@dataclass(frozen=True, slots=True)
class Contact:
    """One try to reach somebody. Only a person's counts; `reached` means a two-way exchange took place."""

    at: datetime
    by_person: bool
    reached: bool


def contact_state(
    contacts: Iterable[Contact],
    *,
    deadline: datetime,
    at: datetime,
    attempts: int = 2,
    apart: timedelta = timedelta(hours=1),
) -> State:
    """Where the contact stands at `at`; `deadline` is the first instant at which it is late.

    Attempts count from the last day on: until then somebody may still be reached.
    """
    timely = [each for each in contacts if each.by_person and each.at < deadline]
    if any(each.reached for each in timely):
        return "met"
    if at < deadline:
        return "open"
    return "met_by_attempts" if separate(timely, apart=apart) >= attempts else "not_met"


def separate(contacts: Iterable[Contact], *, apart: timedelta) -> int:
    """How many attempts of a person are separate: each begins at least `apart` after the one before."""
    last, count = None, 0
    for moment in sorted(each.at for each in contacts if each.by_person):
        if last is None or moment - last >= apart:
            last, count = moment, count + 1
    return count


def visit_code(discharged_on: date, visit_on: date, complexity: Complexity) -> str | None:
    """The code a face-to-face visit supports, or None. The day of discharge is day 0."""
    days = (visit_on - discharged_on).days
    if complexity == "low" or not 0 <= days <= LAST_DAY:
        return None
    return "99496" if complexity == "high" and days <= FIRST_WEEK else "99495"
