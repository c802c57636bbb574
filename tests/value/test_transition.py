"""Care after a hospital stay: what counts as contact within two business days, and which visit counts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.value.transition import Contact, contact_state, separate, visit_code
from messaging.calendar_days import business_days_after, end_of_local_day, holidays_of

pytestmark = pytest.mark.pure
ZONE = "America/Los_Angeles"
US = holidays_of("US", None, [2026])


def here(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    local = datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ZONE))
    return local.astimezone(UTC)


def deadline(discharged: date) -> datetime:
    return end_of_local_day(business_days_after(discharged, 2, holidays=US), ZONE)


def reached(at: datetime) -> Contact:
    return Contact(at, by_person=True, reached=True)


def tried(at: datetime) -> Contact:
    return Contact(at, by_person=True, reached=False)


FRIDAY = date(2026, 3, 6)
#: Memorial Day is Monday 25 May.
BEFORE_HOLIDAY = date(2026, 5, 22)
LONG_AFTER = here(6, 30, 12)


@pytest.mark.parametrize(
    ("discharged", "contact", "state"),
    [
        (FRIDAY, here(3, 10, 16, 59), "met"),
        (FRIDAY, here(3, 10, 23, 59), "met"),
        (FRIDAY, here(3, 11, 0), "not_met"),
        (FRIDAY, here(3, 11, 9), "not_met"),
        (BEFORE_HOLIDAY, here(5, 27, 9), "met"),
        (BEFORE_HOLIDAY, here(5, 28, 9), "not_met"),
    ],
)
def test_it_counts_contact_within_two_business_days_of_discharge_t1_5(
    discharged: date, contact: datetime, state: str
) -> None:
    last = deadline(discharged)
    assert contact_state([reached(contact)], deadline=last, at=LONG_AFTER) == state


def test_it_is_met_by_two_separate_attempts_when_nobody_was_reached_t1_5() -> None:
    last = deadline(FRIDAY)
    two = [tried(here(3, 9, 9)), tried(here(3, 10, 9))]
    assert contact_state(two, deadline=last, at=LONG_AFTER) == "met_by_attempts"
    assert contact_state(two, deadline=last, at=here(3, 10, 10)) == "open"
    assert contact_state(two[:1], deadline=last, at=LONG_AFTER) == "not_met"
    late = [two[0], tried(here(3, 11, 9))]
    assert contact_state(late, deadline=last, at=LONG_AFTER) == "not_met"


def test_it_takes_an_automated_text_for_neither_contact_nor_attempt_t1_5() -> None:
    texts = [Contact(here(3, day, 9), by_person=False, reached=True) for day in (6, 9, 10)]
    assert separate(texts, apart=timedelta(hours=1)) == 0
    assert contact_state(texts, deadline=deadline(FRIDAY), at=LONG_AFTER) == "not_met"


def test_it_counts_two_calls_in_a_row_as_one_attempt() -> None:
    calls = [tried(here(3, 9, 9, minute)) for minute in (0, 5, 59)]
    assert separate(calls, apart=timedelta(hours=1)) == 1
    assert separate([*calls, tried(here(3, 9, 10))], apart=timedelta(hours=1)) == 2


@pytest.mark.parametrize(
    ("day", "moderate", "high"),
    [(7, "99495", "99496"), (8, "99495", "99495"), (14, "99495", "99495"), (15, None, None)],
)
def test_it_names_the_visit_by_day_and_decision_making_t1_6(
    day: int, moderate: str | None, high: str | None
) -> None:
    visit = FRIDAY + timedelta(days=day)
    assert visit_code(FRIDAY, visit, "moderate") == moderate
    assert visit_code(FRIDAY, visit, "high") == high
    assert visit_code(FRIDAY, visit, "low") is None
