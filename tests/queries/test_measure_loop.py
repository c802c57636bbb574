"""Closing the Referral Loop over a practice's own rows: the first referral of the year, a visit, and the
report on that referral, with the edges of the year where the practice is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.actions import calls, referral_steps, referrals
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.touchpoint import MinutesSource
from app.queries.measure_filter import Span
from app.queries.measures import narrowed, result
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World

ZONE = "America/Los_Angeles"


def counts(world: World, clock: Clock, first: date, last: date) -> tuple[int, int, int, int]:
    """Numerator, denominator, unknown, exclusions."""
    db.session.expire_all()
    found = result(world.system, Span(first, last, ZONE, clock.now), "closing-referral-loop")
    rate = found.rate
    assert len(narrowed(found, by="", group="", verdict="denominator")) == rate.denominator
    assert sum(each.rate.denominator for each in found.by("team").values()) == rate.denominator
    return rate.numerator, rate.denominator, rate.unknown, rate.excluded


def year(world: World, clock: Clock) -> tuple[int, int, int, int]:
    return counts(world, clock, date(2026, 1, 1), date(2026, 12, 31))


def referred(patient: Patient, at: datetime) -> Referral:
    with transaction():
        return referrals.create(db.session.merge(patient), reason="Heart", by=SYSTEM, at=at)


def reported(referral: Referral, at: datetime) -> None:
    """The report came back then; written down at the same moment."""
    with transaction():
        row = db.session.get_one(Referral, (referral.practice_id, referral.id))
        if row.status == "requested":
            referral_steps.accept(row, by=SYSTEM, at=at)
        referral_steps.mark(row, MilestoneKind.REPORT_RECEIVED, by=SYSTEM, at=at)


def spoke(world: World, patient: Patient, at: datetime, outcome: str = "reached") -> None:
    with transaction():
        calls.log_call(
            db.session.merge(patient), by=world.viewer(world.ana), at=at, task_ids=[], seconds=60,
            outcome=outcome, started_at=at - timedelta(minutes=1), minutes_source=MinutesSource.TIMER,
        )  # fmt: skip


def there(month: int, day: int, hour: int, minute: int = 0, *, of: int = 2026) -> datetime:
    """A moment on Pacific standard time."""
    return datetime(of, month, day, hour, minute, tzinfo=UTC) + timedelta(hours=8)


def test_T3_1_only_the_report_on_the_first_referral_of_the_year_closes_it(
    world: World, clock: Clock
) -> None:
    first = referred(world.sam, clock.now)
    assert year(world, clock) == (0, 1, 1, 0)  # a visit and the report may still come
    second = referred(world.sam, clock.now + timedelta(days=1))
    spoke(world, world.sam, clock.now + timedelta(days=2))
    reported(second, clock.now + timedelta(days=3))
    assert year(world, clock) == (0, 1, 1, 0)
    reported(first, clock.now + timedelta(days=4))
    assert year(world, clock) == (1, 1, 0, 0)
    march = (date(2026, 3, 1), date(2026, 3, 31))
    assert counts(world, clock, *march) == (1, 1, 0, 0)  # the month it came in, and no other
    assert counts(world, clock, date(2026, 4, 1), date(2026, 12, 31)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("asked", "came", "expected"),
    [
        (
            there(10, 31, 22, 59),
            there(12, 31, 23, 59),
            (1, 1, 0, 0),
        ),  # the last of October is summer time
        (there(10, 31, 22, 59), there(1, 1, 0, 0, of=2027), (0, 1, 0, 0)),
        (there(11, 1, 0, 0), there(12, 1, 12), (0, 0, 0, 0)),
    ],
)
def test_T3_1_the_edges_of_the_year_are_the_practices(
    world: World, clock: Clock, asked: datetime, came: datetime, expected: tuple[int, ...]
) -> None:
    referral = referred(world.sam, asked)
    spoke(world, world.sam, there(12, 1, 12))
    reported(referral, came)
    clock.set(there(1, 2, 12, of=2027))
    assert year(world, clock) == expected


def test_T3_4_nobody_seen_and_what_was_taken_back_are_exclusions(
    world: World, clock: Clock
) -> None:
    at = clock.now
    gone = referred(world.sam, at)
    with transaction():
        end = ReferralStatus.CANCELLED
        referral_steps.end(db.session.merge(gone), end, "twice", by=SYSTEM, at=at)
    referred(world.rosa, at)
    spoke(world, world.rosa, at, "no_answer")
    clock.set(there(1, 2, 12, of=2027))
    assert year(world, clock) == (0, 0, 0, 2)
    again: Any = referred(world.sam, at + timedelta(days=1))
    spoke(world, world.sam, at + timedelta(days=1))
    reported(again, at + timedelta(days=2))
    with reads() as few:
        assert year(world, clock) == (1, 1, 0, 1)
    referred(world.kim, at)
    with reads() as more:
        assert year(world, clock) == (1, 1, 0, 2)
    assert len(more) == len(few)
