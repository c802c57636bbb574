"""Facts for tests of the send gate: an ordinary automated text, and the hours of one practice."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from messaging.gate import Facts, Purpose
from messaging.quiet_hours import DayWindow, QuietRule

PACIFIC = "America/Los_Angeles"
EIGHT_TO_NINE = DayWindow(time(8), time(21))
QUIET = QuietRule(EIGHT_TO_NINE, (PACIFIC,))
OFFICE = QuietRule(DayWindow(time(9), time(17)), (PACIFIC,), days=frozenset(range(5)))


def local(text: str, zone: str = PACIFIC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NOON = local("2026-03-03 12:00")  # a Tuesday
NIGHT = local("2026-03-03 22:00")
MORNING = local("2026-03-04 08:00")


def facts(**changed: Any) -> Facts:
    """An automated text that nothing stands against."""
    usual: dict[str, Any] = {
        "channel": "sms",
        "purpose": Purpose.CARE_NAVIGATION,
        "automated": True,
        "quiet": QUIET,
        "consent": "given",
    }
    return Facts(**(usual | changed))
