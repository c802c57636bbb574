"""Zones by name: what is refused, and what a person is told."""

from datetime import UTC, datetime, time

import pytest

from messaging.errors import MessagingError, UnknownZone
from messaging.quiet_hours import DayWindow, QuietRule
from messaging.zones import WIDEST_US_ZONES, jump_between, zone_named

pytestmark = pytest.mark.pure

NOT_ZONES = ["", "America", "EST", "localtime", '"America/New_York"', "Mars/Base", "../x", "a/\0"]


@pytest.mark.parametrize("name", NOT_ZONES)
def test_it_refuses_a_zone_it_does_not_know(name: str) -> None:
    with pytest.raises(UnknownZone, match="America/Los_Angeles"):
        zone_named(name)
    with pytest.raises(UnknownZone):
        QuietRule(DayWindow(time(8), time(21)), (name,))


@pytest.mark.parametrize("name", [*WIDEST_US_ZONES, "UTC", "Pacific/Guam"])
def test_it_knows_the_zones_people_live_in(name: str) -> None:
    assert zone_named(name).key == name


def test_it_finds_the_instant_of_a_clock_change_to_the_second() -> None:
    zone = zone_named("America/New_York")
    start = datetime(2026, 3, 8, 0, 17, 3, 250, tzinfo=UTC)
    assert jump_between(start, start.replace(day=9), zone) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    assert jump_between(start.replace(day=9), start.replace(day=10), zone) is None


def test_it_speaks_with_its_docstring_when_there_is_nothing_more_exact_to_say() -> None:
    class LineBusy(MessagingError):
        """The line is busy.

        We will try again.
        """

        retryable = True

    assert LineBusy().person_text == "The line is busy.\n\nWe will try again."
    assert LineBusy("Later.").person_text == str(LineBusy("Later.")) == "Later."
    assert (LineBusy.retryable, MessagingError.retryable, LineBusy.our_fault) == (
        True,
        False,
        False,
    )
