"""The send gate: until when a message waits, and when waiting is of no use."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.gate import Decision, Reason, judge
from messaging.quiet_hours import WIDEST_US_ZONES, DayWindow, QuietRule
from tests.messaging.gate_cases import (
    EIGHT_TO_NINE,
    MORNING,
    NIGHT,
    NOON,
    OFFICE,
    PACIFIC,
    facts,
    local,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("moment", "decision"),
    [
        ("2026-03-03 07:59", Decision.WAIT),
        ("2026-03-03 08:00", Decision.ALLOWED),
        ("2026-03-03 20:59", Decision.ALLOWED),
        ("2026-03-03 21:00", Decision.WAIT),
    ],
)
def test_it_keeps_quiet_hours_to_the_minute(moment: str, decision: Decision) -> None:
    verdict = judge(facts(), at=local(moment))
    assert verdict.decision is decision
    if decision is Decision.WAIT:
        assert verdict.reason is Reason.QUIET_HOURS
        assert verdict.until is not None
        assert verdict.until.astimezone(ZoneInfo(PACIFIC)).time() == time(8)


def test_it_takes_the_narrowest_hours_when_nobody_knows_where_the_person_is() -> None:
    unknown = facts(quiet=QuietRule(EIGHT_TO_NINE, WIDEST_US_ZONES))
    east_evening = local("2026-03-03 21:30", "America/New_York")  # still afternoon in Hawaii
    verdict = judge(unknown, at=east_evening)
    assert verdict.decision is Decision.WAIT
    assert "16:30 (America/Adak)" in verdict.local_time
    assert "22:30 (America/Puerto_Rico)" in verdict.local_time


def test_it_holds_automatic_texts_until_the_practice_opens() -> None:
    friday_evening = local("2026-03-06 18:00")
    verdict = judge(facts(practice_open=OFFICE), at=friday_evening)
    assert (verdict.decision, verdict.reason) == (Decision.WAIT, Reason.PRACTICE_CLOSED)
    assert verdict.until == local("2026-03-09 09:00")  # Monday, after the clocks changed


@pytest.mark.parametrize(
    ("day", "week", "decision"),
    [(0, 0, "allowed"), (0, 2, "allowed"), (1, 1, "wait"), (0, 3, "wait"), (2, 5, "wait")],
)
def test_it_holds_the_second_in_a_day_and_the_fourth_in_a_week(
    day: int, week: int, decision: str
) -> None:
    clears = NOON + timedelta(hours=20)  # 08:00 the next day
    capped = facts(sent_last_24h=day, sent_last_7d=week, cap_clears_at=clears)
    verdict = judge(capped, at=NOON)
    assert verdict.decision == decision
    if decision == "wait":
        assert (verdict.reason, verdict.until) == (Reason.FREQUENCY_CAP, clears)


def test_it_moves_the_end_of_a_cap_out_of_quiet_hours() -> None:
    capped = facts(sent_last_24h=1, cap_clears_at=local("2026-03-03 23:30"))
    assert judge(capped, at=NOON).until == MORNING


@pytest.mark.parametrize("clears", [None, NOON, NOON - timedelta(days=1)])
def test_it_looks_again_in_a_day_when_nobody_knows_when_the_cap_clears(
    clears: datetime | None,
) -> None:
    verdict = judge(facts(sent_last_24h=1, cap_clears_at=clears), at=NOON)
    assert verdict.until == NOON + timedelta(days=1)


def test_it_waits_for_a_planned_moment_and_then_for_the_morning() -> None:
    soon = NOON + timedelta(hours=1)
    verdict = judge(facts(send_after=soon), at=NOON)
    assert (verdict.reason, verdict.until) == (Reason.NOT_YET, soon)
    assert judge(facts(send_after=NIGHT), at=NOON).until == MORNING
    assert judge(facts(send_after=NOON), at=NOON).allowed


def test_it_withholds_what_would_leave_too_late() -> None:
    until_midnight = facts(not_after=local("2026-03-04 00:00"))
    assert judge(until_midnight, at=local("2026-03-03 20:59")).allowed
    verdict = judge(until_midnight, at=local("2026-03-03 21:00"))
    assert (verdict.decision, verdict.reason) == (Decision.WITHHELD, Reason.EXPIRED)
    just_in_time = facts(not_after=MORNING)
    assert judge(just_in_time, at=NIGHT).until == MORNING
    assert judge(just_in_time, at=MORNING).allowed


def test_it_keeps_everything_while_sending_is_off_and_lets_go_only_of_what_is_late() -> None:
    off = facts(practice_sending=False, not_after=NOON + timedelta(seconds=30))
    verdict = judge(off, at=NOON)
    assert (verdict.decision, verdict.reason) == (Decision.WAIT, Reason.SENDING_OFF)
    assert verdict.until is not None
    assert verdict.until > NOON
    assert judge(off, at=NOON + timedelta(minutes=1)).reason is Reason.EXPIRED
    assert judge(facts(channel="portal", practice_sending=False), at=NOON).reason is (
        Reason.SENDING_OFF
    )


def test_it_withholds_when_no_hour_will_ever_do() -> None:
    never = facts(quiet=QuietRule(DayWindow(time(8), time(9)), ("Asia/Tokyo", "America/New_York")))
    verdict = judge(never, at=NOON)
    assert (verdict.decision, verdict.reason) == (Decision.WITHHELD, Reason.QUIET_HOURS)
    apart = facts(
        quiet=QuietRule(DayWindow(time(8), time(12)), (PACIFIC,)),
        practice_open=QuietRule(DayWindow(time(13), time(17)), (PACIFIC,)),
    )
    assert judge(apart, at=NOON).decision is Decision.WITHHELD
