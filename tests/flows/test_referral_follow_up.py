"""Referral follow-up within one week: a patient's yes is only "connected"; telling the PCP completes it."""

from datetime import datetime

from sqlalchemy import select

from app.actions import referrals
from app.core.db import db, transaction
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from tests.flows.story import Story
from tests.task_records import facts, utc
from tests.world import World

REFERRAL, MEDICATION = TaskType.REFERRAL_FOLLOW_UP, TaskType.MEDICATION_RECEIVED


def receive(story: Story, world: World) -> Task:
    """A referral comes in and its follow-up begins."""
    with transaction():
        referral = referrals.create(
            world.sam, reason="Needs support at home", referred_by="Dr. Imani Okafor",
            by=world.viewer(world.ana).actor, at=story.clock.now,
        )  # fmt: skip
    story.work()
    return db.session.scalars(select(Task).where(Task.referral_id == referral.id)).one()


def tell(story: Story, world: World, task: Task, *, told_at: datetime | None = None) -> Referral:
    referral = referrals.find_of(task)
    assert referral is not None
    with transaction():
        referrals.record_update(
            referral, how="phone", told_to="Dr. Okafor's nurse", body="We are in touch with Sam.",
            told_at=told_at or story.clock.now, by=world.viewer(world.ana), at=story.clock.now,
        )  # fmt: skip
    return referral


def test_it_takes_a_yes_as_connected_and_only_the_update_completes_it(
    story: Story, world: World
) -> None:
    task = receive(story, world)
    assert "Have you been in touch with our team?" in story.phone(world.sam)[0]
    story.text(world.sam, "1")
    assert (task.is_open, task.needs) == (True, Needs.UPDATE_PCP)
    assert task.connected_at == story.clock.now
    story.wait(days=1)
    assert len(story.phone(world.sam)) == 1
    referral = tell(story, world, task)
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "pcp_told")
    assert (task.evidence, task.was_late) == (Evidence.STAFF_ATTESTED, False)
    assert (referral.status, referral.pcp_told_at) == (ReferralStatus.IN_PROGRESS, story.clock.now)
    sent, received, told = story.ledger(task)
    assert [row.contact_party for row in (sent, received, told)] == ["patient", "patient", "pcp"]
    assert (told.actor_id, told.activity_type) == (world.ana.id, "pcp_update")


def test_it_is_overdue_when_the_pcp_was_not_told_though_they_are_connected(
    story: Story, world: World
) -> None:
    task = receive(story, world)
    story.text(world.sam, "We talked yesterday")
    assert task.connected_at is not None
    story.wait_until(utc(2026, 3, 11, 8))
    assert task.overdue_since == utc(2026, 3, 11, 7)
    assert (task.needs, task.escalated_at) == (Needs.UPDATE_PCP, utc(2026, 3, 11, 7))
    tell(story, world, task)
    assert (task.status, task.was_late) == (TaskStatus.COMPLETED, True)


def test_it_opens_what_got_in_the_way_after_a_no(story: Story, world: World) -> None:
    task = receive(story, world)
    story.text(world.sam, "Nobody called me")
    story.text(world.sam, "1")
    assert (task.barrier, task.needs) == ("no_contact", Needs.SOLVE_BARRIER)
    assert task.connected_at is None


def test_it_climbs_through_silence_to_the_teams_leader(story: Story, world: World) -> None:
    task = receive(story, world)
    story.wait(days=3)
    assert len(story.phone(world.sam)) == 2
    assert task.needs is Needs.CALL
    story.wait_until(utc(2026, 3, 11, 8))  # Tuesday the 3rd and seven days
    assert task.needs is Needs.LEAD_DECISION
    assert facts(task, "task.escalated") == [{"leader_id": str(world.lea.id)}]


def test_it_ends_the_ladder_on_stop(story: Story, world: World) -> None:
    task = receive(story, world)
    story.text(world.sam, "STOP")
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)
    before = len(story.phone(world.sam))
    story.wait(days=4)
    assert len(story.phone(world.sam)) == before


def test_it_texts_nobody_who_may_have_meant_stop(story: Story, world: World) -> None:
    task = receive(story, world)
    story.text(world.sam, "please stop texting me")
    before = len(story.phone(world.sam))
    story.wait(days=4)
    assert len(story.phone(world.sam)) == before
    assert task.is_open
    assert task.needs is not None


def test_it_lets_a_late_yes_connect_after_it_climbed(story: Story, world: World) -> None:
    task = receive(story, world)
    story.wait(days=9)
    assert task.needs is Needs.LEAD_DECISION
    story.text(world.sam, "yes")
    assert (task.is_open, task.needs) == (True, Needs.UPDATE_PCP)
    tell(story, world, task)
    assert task.was_late


def test_it_lets_another_protocol_wait_until_they_are_in_touch(story: Story, world: World) -> None:
    referral = receive(story, world)
    medication = story.ask(world.sam, MEDICATION)
    assert medication.waits_for == referral.id
    story.text(world.sam, "I spoke with them")
    assert (referral.needs, medication.is_open) == (Needs.UPDATE_PCP, True)
    story.wait(hours=25)
    assert (medication.needs, len(story.phone(world.sam))) == (None, 2)


def test_it_meets_the_week_when_told_in_time_and_written_down_later(
    story: Story, world: World
) -> None:
    task = receive(story, world)
    story.wait_until(utc(2026, 3, 12, 18))
    assert task.overdue_since is not None
    tell(story, world, task, told_at=utc(2026, 3, 11, 6, 59))
    assert (task.status, task.was_late) == (TaskStatus.COMPLETED, False)
