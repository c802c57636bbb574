"""Our own measures' arithmetic: the week, what confirms, waiting times, and small cells."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.value.own_measures import MEASURES, Week, confirmed, measure_for, within_days
from app.value.rates import Case, Verdict, grouped, tally
from app.value.small_cells import hidden, is_small
from app.value.waits import percentile, summary

pytestmark = pytest.mark.pure
ZONE = ZoneInfo("America/Los_Angeles")
MET, NOT_MET, UNKNOWN, EXCLUDED = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.EXCLUDED


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc, arg-type]


def week(
    start: datetime, done: datetime | None, at: datetime, rule: Week = Week.CALENDAR
) -> Verdict:
    return within_days(start, done, at=at, zone=ZONE, days=7, week=rule)


@pytest.mark.parametrize(("told", "calendar", "hours"), [
    (here(2026, 3, 8, 14, 59), MET, MET), (here(2026, 3, 8, 23, 59, 59), MET, NOT_MET),
    (here(2026, 3, 9, 0, 0), NOT_MET, NOT_MET), (here(2026, 3, 8, 16, 0), MET, MET),
    (here(2026, 3, 8, 16, 1), MET, NOT_MET),
])  # fmt: skip
def test_t3_3_a_week_ends_with_its_last_day_or_after_its_hours(
    told: datetime, calendar: Verdict, hours: Verdict
) -> None:
    """The clocks go forward on 8 March 2026: seven days of 24 hours end at 4 p.m."""
    start, later = here(2026, 3, 1, 15, 0), here(2026, 4, 1)
    assert (week(start, told, later), week(start, told, later, Week.HOURS)) == (calendar, hours)


def test_t3_3_a_week_that_is_not_over_is_unknown() -> None:
    start = here(2026, 3, 1, 15, 0)
    assert week(start, None, here(2026, 3, 8, 23, 59)) is UNKNOWN
    assert week(start, None, here(2026, 3, 9)) is NOT_MET
    assert week(start, here(2026, 3, 5), here(2026, 3, 4)) is UNKNOWN  # not told yet at that moment


@pytest.mark.parametrize(("status", "outcome", "evidence", "expected"), [
    ("completed", "received", "patient_confirmed", MET), ("completed", "kept", "partner_confirmed", MET),
    ("completed", "kept", "caregiver_confirmed", MET), ("completed", "received", "document", MET),
    ("completed", "received", "staff_attested", UNKNOWN), ("completed", "kept", "not_verified", UNKNOWN),
    ("completed", "received", None, UNKNOWN), ("completed", "unreachable", "not_verified", UNKNOWN),
    ("completed", "missed", "not_verified", NOT_MET), ("completed", "not_received", None, NOT_MET),
    ("completed", "not_needed", "patient_confirmed", EXCLUDED), ("cancelled", "cancelled", None, EXCLUDED),
    ("entered_in_error", None, None, EXCLUDED), ("rejected", None, None, EXCLUDED),
    ("failed", None, None, UNKNOWN), ("in_progress", None, None, UNKNOWN),
    ("in_progress", "received", "patient_confirmed", UNKNOWN),
])  # fmt: skip
def test_t3_2_only_a_confirming_source_makes_a_success(
    status: str, outcome: str | None, evidence: str | None, expected: Verdict
) -> None:
    assert confirmed(status, outcome, evidence) is expected


def case(verdict: Verdict, days: float | None = None, **context: str | None) -> Case:
    return Case("task", "t", "p", datetime(2026, 3, 3, tzinfo=UTC), verdict, context, days)


def test_t3_4_unknown_stays_in_the_denominator_and_exclusions_do_not() -> None:
    rate = tally([case(MET), case(MET), case(NOT_MET), case(UNKNOWN), case(EXCLUDED)])
    assert (rate.numerator, rate.denominator, rate.unknown, rate.excluded, rate.share) == (
        2,
        4,
        1,
        1,
        0.5,
    )
    assert tally([]).share is None


def test_it_groups_in_order_with_what_nobody_recorded_last() -> None:
    cases = [case(MET, team=None), case(MET, team="Pier"), case(NOT_MET, team="Harbor")]
    assert list(grouped(cases, "team")) == ["Harbor", "Pier", None]


def test_t5_4_waits_show_who_still_waits_and_guess_nothing() -> None:
    cases = [case(MET, float(day)) for day in range(1, 11)]
    cases += [case(UNKNOWN, 40.04), case(UNKNOWN, 3.0), case(NOT_MET), case(MET), case(EXCLUDED)]
    found = summary(cases)
    assert (found.finished, found.untimed, found.censored, found.ended_without) == (10, 1, 2, 1)
    assert (found.median, found.p90, found.longest_open) == (5.0, 9.0, 40.0)
    assert summary([]).median is None


@given(st.lists(st.floats(0, 1000), min_size=1), st.sampled_from([0.5, 0.9]))
def test_t5_4_a_percentile_is_what_that_share_does_not_exceed(
    days: list[float], share: float
) -> None:
    found = percentile(days, share)
    assert found is not None
    assert sum(round(day, 1) <= found for day in days) >= share * len(days)


@pytest.mark.parametrize(("counts", "expected"), [
    ({"a": (30, 20), "b": (40, 15)}, set()),
    ({"a": (30, 20), "b": (3, 15)}, {"a", "b"}),
    ({"a": (30, 20), "b": (3, 15), "c": (12, 11)}, {"b", "c"}),
    ({"a": (0, 20), "b": (0, 15)}, set()),
    ({"a": (4, 0), "b": (5, 0), "c": (11, 0), "d": (90, 0)}, {"a", "b", "c"}),
    ({"a": (4, 0), "b": (9, 0), "c": (50, 0)}, {"a", "b"}),
    ({"a": (0, 0), "b": (3, 30), "c": (50, 50)}, {"a", "b", "c"}),
    ({"a": (3,)}, {"a"}), ({}, set()),
])  # fmt: skip
def test_t3_4_it_hides_small_cells_and_what_gives_them_away(
    counts: dict[str, tuple[int, ...]], expected: set[str]
) -> None:
    assert hidden(counts) == expected


@given(st.dictionaries(st.integers(0, 9), st.tuples(*[st.integers(0, 40)] * 3), max_size=8))
def test_t3_4_nothing_small_can_be_worked_out_from_the_total(
    counts: dict[int, tuple[int, ...]],
) -> None:
    gone = hidden(counts)
    shown = [counts[key] for key in counts if key not in gone]
    assert not any(is_small(each) for each in shown)
    total = [sum(column) for column in zip(*counts.values(), strict=True)]
    left = tuple(t - sum(each[i] for each in shown) for i, t in enumerate(total))
    if gone and shown:
        assert not is_small(left)
        assert len(gone) > 1


def test_t3_8_definitions_belong_to_years() -> None:
    assert measure_for("reach", 2027).from_year == 2026
    assert len({(m.key, m.from_year) for m in MEASURES}) == len(MEASURES)
    with pytest.raises(KeyError):
        measure_for("hope", 2026)


def test_it_judges_a_moment_the_same_in_any_zone_it_is_written_in() -> None:
    start, told = here(2026, 3, 1, 15, 0), here(2026, 3, 8, 23, 30)
    later = start + timedelta(days=30)
    assert week(start.astimezone(UTC), told.astimezone(UTC), later.astimezone(UTC)) is MET
