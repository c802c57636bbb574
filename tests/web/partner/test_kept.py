"""A day with an organization that was kept is the referral's *kept*: from whoever says so first, once, and
not while two sides disagree."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import answers
from app.core.db import db, transaction
from app.models.event import Actor
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Needs, TaskStatus, TaskType
from tests.web.partner.conftest import LinkFor
from tests.web.partner.test_ask import ComeIn, day, say, tasks_of
from tests.world import World, look_again

TheySay = Callable[[str], Any]


def kept() -> list[ReferralMilestone]:
    look_again()
    rows = select(ReferralMilestone).where(
        ReferralMilestone.kind == MilestoneKind.KEPT, ReferralMilestone.taken_back_at.is_(None)
    )
    return list(db.session.scalars(rows))


def patient_says(key: str, world: World, clock: Any) -> None:
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    with transaction():
        answers.apply(
            visit, key=key, inbound=None, by=Actor("patient", world.sam.id), at=clock.now,
            evidence=Evidence.PATIENT_CONFIRMED,
        )  # fmt: skip


@pytest.fixture
def they_say(ask: OrganizationAsk, link_for: LinkFor, come_in: ComeIn, clock: Any) -> TheySay:
    """A day with the organization is over, and it says what came of it."""
    path = link_for(LinkScope.ASK, ask.id)
    partner = come_in(path)
    say(partner, path, "scheduled", day=day(clock))
    clock.advance(days=2, hours=1)
    return lambda outcome: say(partner, path, "done", outcome=outcome)


def test_it_is_kept_by_the_patients_yes_and_not_twice(
    they_say: TheySay, world: World, clock: Any
) -> None:
    patient_says("yes", world, clock)
    (found,) = kept()
    assert (found.evidence, found.by_kind) == (Evidence.PATIENT_CONFIRMED, "patient")
    assert found.happened_at == clock.now - timedelta(hours=1)
    they_say("got_help")
    assert [each.id for each in kept()] == [found.id]


def test_it_is_kept_by_the_organizations_word(they_say: TheySay) -> None:
    they_say("got_help")
    assert [(each.evidence, each.by_kind) for each in kept()] == [
        (Evidence.PARTNER_CONFIRMED, "partner")
    ]
    assert tasks_of(TaskType.APPOINTMENT_KEPT)[0].status is TaskStatus.COMPLETED


def test_it_is_not_kept_while_they_disagree(they_say: TheySay, world: World, clock: Any) -> None:
    patient_says("yes", world, clock)
    they_say("could_not_contact")
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.needs, kept()) == (Needs.SETTLE, [])


def test_it_is_not_kept_by_the_organization_against_the_patients_no(
    they_say: TheySay, world: World, clock: Any
) -> None:
    patient_says("no", world, clock)
    they_say("got_help")
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.needs, kept()) == (Needs.SETTLE, [])
