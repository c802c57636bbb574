"""After the office was told nothing falls between people: while a referral is open there is a card with a day
on it, and it goes by itself when its step is taken."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import referral_steps, referrals, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind
from app.models.task import OPEN_STATUSES, Evidence, Needs, Task, TaskStatus
from tests.flows.story import Story
from tests.flows.test_referral_follow_up import receive, tell
from tests.world import World, look_again
from workers import onward

K = MilestoneKind


def open_cards(referral: Referral) -> list[Task]:
    look_again()
    mine = Task.referral_id == referral.id
    return list(db.session.scalars(select(Task).where(mine, Task.status.in_(OPEN_STATUSES))))


def only(referral: Referral) -> Task:
    (card,) = open_cards(referral)
    return card


def test_it_goes_on_asking_a_patient_nobody_reached_when_the_office_was_told(
    story: Story, world: World
) -> None:
    task = receive(story, world)
    referral = tell(story, world, task)
    card = only(referral)
    assert (task.status, card.needs, card.about["stage"]) == (
        TaskStatus.COMPLETED,
        None,
        "contacted",
    )
    assert (card.due_on, card.owner_id) == (task.due_on, task.owner_id)
    story.wait(days=3)
    assert len(story.phone(world.sam)) == 2  # the reminder, as it would have been
    card = only(referral)
    assert card.needs is Needs.CALL
    story.text(world.sam, "1")
    db.session.refresh(referral)
    assert referral.connected_at == story.clock.now
    card = only(referral)
    assert (card.needs, card.about["stage"]) == (Needs.NEXT_STEP, "scheduled")


def test_it_hears_an_answer_to_what_was_asked_before_the_office_was_told(
    story: Story, world: World
) -> None:
    task = receive(story, world)
    referral = tell(story, world, task)
    story.text(world.sam, "1")
    db.session.refresh(referral)
    assert referral.connected_at == story.clock.now
    assert only(referral).about["stage"] == "scheduled"


def test_it_has_one_card_for_each_step_until_it_is_closed(story: Story, world: World) -> None:
    task = receive(story, world)
    story.text(world.sam, "1")
    referral = tell(story, world, task)
    ana, at = world.viewer(world.ana).actor, story.clock.now
    grade = {"evidence": Evidence.DOCUMENT}
    for stage, kind, more in (
        ("scheduled", K.SCHEDULED, {}), ("kept", K.KEPT, grade),
        ("outcome", K.OUTCOME, {**grade, "note": "Has meals"}),
    ):  # fmt: skip
        card = only(referral)
        assert (card.needs, card.about["stage"], card.due_at > at) == (Needs.NEXT_STEP, stage, True)
        with transaction():
            referral_steps.mark(referral, kind, by=ana, at=at, **more)  # type: ignore[arg-type]
    assert only(referral).about["stage"] == "closed"
    with transaction():
        referral_steps.unmark(referral, K.OUTCOME, by=ana, at=at)
    assert only(referral).about["stage"] == "outcome"
    with transaction():
        referral_steps.mark(
            referral, K.OUTCOME, by=ana, at=at + timedelta(minutes=1), note="Has meals", **grade
        )
        referral_steps.close(referral, by=ana, at=at)
    assert open_cards(referral) == []
    assert onward.run() == 0


def test_it_is_overdue_and_the_leads_when_nobody_takes_the_step(story: Story, world: World) -> None:
    task = receive(story, world)
    story.text(world.sam, "1")
    referral = tell(story, world, task)
    story.wait(days=8)
    card = only(referral)
    assert (card.overdue_since, card.needs) == (card.due_at, Needs.NEXT_STEP)
    assert card.escalated_at is not None


def test_it_opens_what_is_missing_and_leaves_the_rest_alone(story: Story, world: World) -> None:
    task = receive(story, world)
    referral = referrals.find_of(task)
    assert referral is not None
    assert onward.run() == 0
    with transaction():
        tasks.cancel(task, reason="By mistake", by=SYSTEM, at=story.clock.now)
    assert onward.run() == 1
    assert onward.run() == 0
    assert only(referral).needs is Needs.CALL
    with transaction():
        referral_steps.accept(referral, by=SYSTEM, at=story.clock.now)
        until = (story.clock.now + timedelta(days=3)).date()
        referral_steps.hold(referral, "In hospital", by=SYSTEM, at=story.clock.now, until=until)
    card = only(referral)
    with transaction():
        tasks.cancel(card, reason="By mistake", by=SYSTEM, at=story.clock.now)
    assert onward.run() == 0  # it has its day


def test_it_has_the_first_card_alone_when_telling_is_taken_back(
    story: Story, world: World, sign_in: pytest.FixtureRequest
) -> None:
    task = receive(story, world)
    referral = tell(story, world, task)
    ana = sign_in(world.ana)  # type: ignore[operator]
    assert ana.delete(f"/tasks/{task.id}/completion").status_code == 303
    assert only(referral).id == task.id
    story.text(world.sam, "1")
    assert only(referral).needs is Needs.UPDATE_PCP
