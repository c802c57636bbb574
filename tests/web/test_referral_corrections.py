"""A referral that was written down wrong: its office, day and reason corrected, the clocks with it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import referral_clocks
from app.core.db import db, transaction
from app.models.event import Event
from app.models.mail import Mail, MailStatus
from app.models.partner_link import LinkScope
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.task import Task
from app.models.user import User
from tests.actions.test_letters import approve, mailing, receive  # noqa: F401 - a fixture
from tests.conftest import Clock
from tests.web.partner.conftest import LinkFor, link_for  # noqa: F401 - fixtures
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def referral(world: World, clock: Clock) -> Referral:
    return receive(world, clock)


def local(moment: datetime) -> str:
    here = moment.astimezone(ZoneInfo("America/Los_Angeles"))
    return here.replace(tzinfo=None).isoformat(timespec="minutes")


def correct(ana: FlaskClient, referral: Referral, **form: str) -> Any:
    known = {"office": "Riverside", "reason": "Falls", "received_at": local(referral.received_at)}
    return ana.post(f"/referrals/{referral.id}/correction", data=known | form)


def again() -> Referral:
    look_again()
    return db.session.scalars(select(Referral)).one()


def test_it_runs_both_clocks_from_the_corrected_day(
    ana: FlaskClient, referral: Referral, clock: Clock, sign_in: SignInAs, world: World
) -> None:
    week, task = referral.week_ends_at, db.session.scalars(select(Task)).one()
    due, day = task.due_at, task.due_on
    assert week is not None
    assert (
        correct(ana, referral, received_at=local(clock.now + timedelta(days=1))).status_code == 422
    )
    earlier = referral.received_at - timedelta(days=3)
    assert correct(ana, referral, received_at=local(earlier)).status_code == 303
    found, task = again(), db.session.scalars(select(Task)).one()
    assert (task.due_on, found.week_ends_at) == (day - timedelta(days=3), task.due_at)
    clock.advance(days=6)
    with transaction():
        referral_clocks.mark_overdue(again(), at=clock.now)
    assert again().pcp_overdue_since is not None
    correct(sign_in(world.ana), referral, received_at=local(earlier + timedelta(days=3)))
    found, task = again(), db.session.scalars(select(Task)).one()
    assert (found.week_ends_at, found.pcp_overdue_since) == (week, None)
    assert (task.due_at, task.overdue_since, task.escalated_at) == (due, None, None)
    rows = db.session.scalars(select(ReferralMilestone.taken_back_at)).all()
    assert sum(each is None for each in rows) == 1


def test_it_keeps_before_and_after_and_leaves_what_was_not_touched(
    ana: FlaskClient, referral: Referral
) -> None:
    assert correct(ana, referral, reason=" ").status_code == 422
    correct(ana, referral, reason="Falls on stairs", referred_by="Dr. Ito")
    found = again()
    event = db.session.scalars(select(Event).where(Event.kind == "referral.corrected")).one()
    assert event.facts == {
        "before": {"referred_by": None}, "after": {"referred_by": "Dr. Ito"}, "reworded": True,
    }  # fmt: skip
    assert (found.reason, found.received_at) == ("Falls on stairs", referral.received_at)
    page = ana.get(f"/referrals/{referral.id}").text
    assert "The reason was: Falls" in page
    assert "referred by Dr. Ito, was nobody named" in ana.get(f"/patients/{found.patient_id}").text


def test_it_ends_what_waits_for_the_wrong_office(
    ana: FlaskClient,
    world: World,
    clock: Clock,
    mailing: Any,  # noqa: F811
    link_for: LinkFor,  # noqa: F811
) -> None:
    referral = receive(world, clock)
    approve(referral, world, clock)
    path = link_for(LinkScope.REFERRAL, referral.id)
    assert correct(ana, referral, office="Hill Clinic").status_code == 303
    found = again()
    assert found.referrer is not None
    assert found.referrer.name == "Hill Clinic"
    assert db.session.scalars(select(Mail.status)).all() == [MailStatus.CANCELLED]
    assert ana.get(path).status_code == 410
    assert db.session.scalars(select(Task)).one().about["referrer"] == "Hill Clinic"
    with transaction():
        again().pcp_told_at = clock.now
    assert "told already" in correct(ana, referral, office="Riverside").text
