"""Rungs a person climbs: caregiver, partner, lead; and the portal's. What is impossible is left out, with
its reason on the task."""

from datetime import timedelta
from typing import Any

import pytest

from app.actions import ladder
from app.core.db import db, transaction
from app.models.message import Channel
from app.models.patient import RelatedPerson
from app.models.task import Needs, TaskType
from tests.conftest import Clock
from tests.own_protocols import put_in_force, step
from tests.task_records import Create, facts, kinds, maker, texts
from tests.world import World

MEDICATION = TaskType.MEDICATION_RECEIVED
AGAIN = {"not_yet": {"after_days": 1, "from_step": "first"}}


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def helper(world: World, clock: Clock, *, hears: list[str], days_left: int = 30) -> None:
    today = clock.now.date()
    with transaction():
        db.session.add(RelatedPerson(
            practice_id=world.practice.id, patient_id=world.sam.id, name="Mia Porter",
            relationship="daughter", may_receive=hears, authorised_by="Sam Porter",
            from_on=today - timedelta(days=60), to_on=today + timedelta(days=days_left),
        ))  # fmt: skip


def climb_people(world: World) -> None:
    put_in_force(
        world, MEDICATION,
        steps=[step("first", "caregiver", wait_days=1), step("second", "partner", wait_days=1),
               step("third", "lead")], **AGAIN,
    )  # fmt: skip


def test_it_asks_for_a_call_to_a_caregiver_who_may_hear(
    create: Create, world: World, clock: Clock
) -> None:
    climb_people(world)
    helper(world, clock, hears=[MEDICATION.value])
    task = create()
    assert task.needs is Needs.CALL_CAREGIVER
    assert kinds(task)[-1] == "task.call_caregiver_due"


@pytest.mark.parametrize(("hears", "days_left"), [(["no_show"], 30), ([MEDICATION.value], -1)])
def test_it_leaves_out_a_caregiver_who_may_not_hear_or_no_longer(
    create: Create, world: World, clock: Clock, hears: list[str], days_left: int
) -> None:
    climb_people(world)
    helper(world, clock, hears=hears, days_left=days_left)
    task = create(about={"pharmacy": "Harbor Pharmacy"})
    assert [each["reason"] for each in facts(task, "task.step_skipped")] == ["no_caregiver"]
    assert task.needs is Needs.ASK_PARTNER


def test_it_ends_with_the_lead_when_nobody_else_can_be_asked(
    create: Create, world: World, clock: Clock
) -> None:
    climb_people(world)
    task = create()
    reasons = [each["reason"] for each in facts(task, "task.step_skipped")]
    assert reasons == ["no_caregiver", "no_partner"]
    assert (task.needs, task.next_step_at) == (Needs.LEAD_DECISION, None)
    assert task.escalated_at == clock.now
    assert facts(task, "task.escalated") == [{"leader_id": str(world.lea.id)}]


def test_it_does_not_take_back_what_somebody_has_to_do(
    create: Create, world: World, clock: Clock
) -> None:
    climb_people(world)
    task = create(about={"pharmacy": "Harbor Pharmacy"})
    with transaction():
        task.need(Needs.SOLVE_BARRIER, at=clock.now)
        clock.set(clock.now + timedelta(days=2))
        ladder.step(task, at=clock.now)
    assert task.needs is Needs.SOLVE_BARRIER
    assert task.escalated_at is not None


def test_it_asks_in_the_portal_whatever_the_patients_channel_is(
    create: Create, world: World
) -> None:
    asked: dict[str, Any] = step("first", "portal", "medication_received.ask", wait_days=1)
    put_in_force(world, MEDICATION, steps=[asked], **AGAIN)
    [text] = texts(create())
    assert (world.sam.preferred_channel, text.channel) == ("sms", Channel.PORTAL)
    assert text.asked is not None
