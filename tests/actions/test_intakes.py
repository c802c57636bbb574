"""What offices send by their link: kept as written, bounded, and a referral once somebody knows whose."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import intakes, referrers
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Actor
from app.models.referral import Referral, Referrer
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.task import Task
from app.queries.offices import waiting_count, waiting_intakes
from tests.conftest import Clock
from tests.world import World

SAM = intakes.Written("Sam", "Porter", "1957-03-09", "Falls at home", "(503) 555-0102", "Dr. Lee")
OFFICE = Actor("partner")


@pytest.fixture
def office(world: World, clock: Clock) -> Referrer:
    with transaction():
        return referrers.find_or_add(world.practice.id, "Riverside", by=SYSTEM, at=clock.now)


def submit(office: Referrer, clock: Clock, written: intakes.Written = SAM) -> ReferralIntake:
    with transaction():
        return intakes.submit(office, written, by=OFFICE, at=clock.now)


def test_it_becomes_a_referral_received_when_it_was_sent(
    world: World, office: Referrer, clock: Clock
) -> None:
    intake = submit(office, clock)
    sent_at = clock.now
    ana, ben = world.viewer(world.ana), world.viewer(world.ben)
    found = waiting_intakes(ana)
    assert [patient.id for patient in found[0].matches] == [world.sam.id]
    assert waiting_intakes(ben)[0].matches == []  # another team's patient stays unknown to him
    assert waiting_intakes(world.viewer(world.cara)) == []
    clock.advance(days=2)
    with transaction():
        referral = intakes.accept(intake, world.sam, by=ana, at=clock.now)
    assert (referral.received_at, referral.referrer_id) == (sent_at, office.id)
    assert (referral.referred_by, referral.reason) == ("Dr. Lee", "Falls at home")
    assert (intake.status, intake.referral_id) == (IntakeStatus.ACCEPTED, referral.id)
    assert db.session.scalars(select(Task).where(Task.referral_id == referral.id)).one()
    with pytest.raises(Conflict), transaction():
        intakes.accept(intake, world.sam, by=ana, at=clock.now)
    assert len(db.session.scalars(select(Referral)).all()) == 1


@pytest.mark.parametrize(
    ("written", "matches"),
    [
        (replace(SAM, phone=""), 1),
        (replace(SAM, given_name="Samuel", phone=""), 1),
        (replace(SAM, birth_date="1950-01-01"), 1),
        (replace(SAM, family_name="Other", given_name="Olaf", phone=""), 0),  # a birth date alone
    ],
)
def test_it_offers_who_it_may_be(
    world: World, office: Referrer, clock: Clock, written: intakes.Written, matches: int
) -> None:
    submit(office, clock, written)
    found = waiting_intakes(world.viewer(world.ana))[0].matches
    assert [patient.id for patient in found] == [world.sam.id] * matches


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", " "), ("family_name", ""), ("reason", "\0 "), ("birth_date", "yesterday"),
        ("birth_date", "2031-01-01"), ("birth_date", "1812-01-01"), ("phone", "555"),
    ],
)  # fmt: skip
def test_it_says_what_is_missing(office: Referrer, clock: Clock, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        submit(office, clock, replace(SAM, **{field: value}))
    assert refused.value.field == field


def test_it_takes_no_more_than_somebody_can_look_at(office: Referrer, clock: Clock) -> None:
    for _ in range(intakes.MOST_WAITING):
        submit(office, clock)
    with pytest.raises(Conflict, match="call us"):
        submit(office, clock)


def test_it_is_put_aside_with_a_reason_and_put_back(
    world: World, office: Referrer, clock: Clock
) -> None:
    intake, ana = submit(office, clock), world.viewer(world.ana)
    with pytest.raises(Invalid), transaction():
        intakes.dismiss(intake, " ", by=ana, at=clock.now)
    with transaction():
        intakes.dismiss(intake, "Sent twice", by=ana, at=clock.advance(hours=1))
    assert (waiting_count(ana), intake.settled_by_id) == (0, world.ana.id)
    with transaction():
        intakes.put_back(intake, by=ana, at=clock.now)
    assert (waiting_count(ana), intake.settled_at, intake.dismissed_why) == (1, None, None)
    assert intake.received_at == clock.now - timedelta(hours=1)
