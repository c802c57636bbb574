"""They did not come: a new day is offered, and only a person who found one closes it as found."""

from app.actions import calls
from app.core.db import db, transaction
from app.models.task import Evidence, Needs, TaskStatus, TaskType
from app.models.touchpoint import MinutesSource
from tests.flows.story import Story
from tests.task_records import facts, utc
from tests.world import World

NO_SHOW, MEDICATION = TaskType.NO_SHOW, TaskType.MEDICATION_RECEIVED


def test_it_makes_a_call_due_on_a_yes_and_closes_on_the_call(story: Story, world: World) -> None:
    task = story.ask(world.sam, NO_SHOW)
    assert "May we find a new day" in story.phone(world.sam)[0]
    story.text(world.sam, "yes please")
    assert (task.is_open, task.needs, task.next_step_at) == (True, Needs.CALL, None)
    with transaction():
        calls.log_call(
            db.session.merge(world.sam), by=world.viewer(world.ana), at=story.clock.now,
            task_ids=[task.id], outcome="reached", started_at=story.clock.now, seconds=0,
            minutes_source=MinutesSource.NONE, results={task.id: "yes"},
        )  # fmt: skip
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "rebooked")
    assert task.evidence is Evidence.PATIENT_CONFIRMED


def test_it_learns_why_they_did_not_come(story: Story, world: World) -> None:
    task = story.ask(world.rosa, NO_SHOW)
    story.text(world.rosa, "no")
    assert "¿Qué lo impidió?" in story.phone(world.rosa)[-1]
    story.text(world.rosa, "1")
    assert (task.barrier, task.needs) == ("transport", Needs.SOLVE_BARRIER)


def test_it_asks_again_when_they_say_later(story: Story, world: World) -> None:
    task = story.ask(world.sam, NO_SHOW)
    story.text(world.sam, "3")
    assert (task.is_open, task.needs) == (True, None)
    story.wait(days=2, hours=2)
    assert len(story.phone(world.sam)) == 2


def test_it_climbs_through_silence_to_the_lead(story: Story, world: World) -> None:
    task = story.ask(world.sam, NO_SHOW)
    story.wait_until(utc(2026, 3, 5, 18))
    assert (len(story.phone(world.sam)), task.needs) == (2, Needs.CALL)
    story.wait_until(utc(2026, 3, 7, 9))
    assert (task.overdue_since, task.needs) == (utc(2026, 3, 7, 8), Needs.LEAD_DECISION)
    assert len(story.phone(world.sam)) == 2


def test_it_ends_on_stop_and_proposes_another_way(story: Story, world: World) -> None:
    task = story.ask(world.sam, NO_SHOW)
    story.text(world.sam, "stop")
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)


def test_it_lets_a_late_answer_count(story: Story, world: World) -> None:
    task = story.ask(world.sam, NO_SHOW)
    story.wait(days=5)
    story.text(world.sam, "1")
    assert task.needs is Needs.CALL
    assert facts(task, "task.answered")[0]["is_late"]


def test_it_waits_while_another_question_is_open(story: Story, world: World) -> None:
    medication = story.ask(world.sam, MEDICATION)
    visit = story.ask(world.sam, NO_SHOW)
    assert visit.waits_for == medication.id
    story.text(world.sam, "1")
    assert (medication.outcome, visit.needs) == ("received", None)
    story.wait(hours=25)
    story.text(world.sam, "1")
    assert visit.needs is Needs.CALL
