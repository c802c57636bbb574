"""Was the community appointment kept? Asked the day after it, and closed by the right answer."""

from app.actions import patient_changes
from app.core.db import transaction
from app.models.patient import PatientStatus
from app.models.task import Evidence, Needs, TaskStatus, TaskType
from tests.flows.story import Story
from tests.task_records import facts, utc
from tests.world import World

APPOINTMENT = TaskType.APPOINTMENT_KEPT
#: Thursday 5 March, 2 p.m. where the practice is.
THURSDAY = {"happens_at": "2026-03-05T22:00:00+00:00", "appointment_place": "Harbor food pantry"}


def test_it_asks_the_day_after_and_closes_as_kept(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT, about=THURSDAY)
    story.wait_until(utc(2026, 3, 6, 16))
    assert story.phone(world.sam) == []
    story.wait_until(utc(2026, 3, 6, 19))
    [asked] = story.phone(world.sam)
    assert "your appointment on Thursday, March 5?" in asked
    story.text(world.sam, "1")
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "kept")
    assert task.evidence is Evidence.PATIENT_CONFIRMED


def test_it_understands_spanish_words(story: Story, world: World) -> None:
    task = story.ask(world.rosa, APPOINTMENT, about=THURSDAY)
    story.wait_until(utc(2026, 3, 6, 19))
    assert "¿Pudo ir a su cita del jueves 5 de marzo?" in story.phone(world.rosa)[0]
    story.text(world.rosa, "¡Sí fui, gracias!")
    assert task.outcome == "kept"


def test_it_learns_why_an_appointment_was_missed(story: Story, world: World) -> None:
    task = story.ask(world.rosa, APPOINTMENT)
    story.text(world.rosa, "No pude ir")
    assert "¿Qué lo impidió?" in story.phone(world.rosa)[-1]
    story.text(world.rosa, "1")
    assert (task.barrier, task.needs) == ("transport", Needs.SOLVE_BARRIER)
    assert [row.direction for row in story.ledger(task)].count("inbound") == 2


def test_it_climbs_through_silence_to_the_teams_leader(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT, about=THURSDAY)
    story.wait_until(utc(2026, 3, 9, 20))  # Monday; the clocks went forward on Sunday
    assert len(story.phone(world.sam)) == 2
    assert task.needs is Needs.CALL
    story.wait_until(utc(2026, 3, 11, 6, 30))  # Tuesday, just before midnight
    assert task.overdue_since is None
    story.wait_until(utc(2026, 3, 11, 7))
    assert (task.overdue_since, task.needs) == (utc(2026, 3, 11, 7), Needs.LEAD_DECISION)
    assert facts(task, "task.escalated") == [{"leader_id": str(world.lea.id)}]


def test_it_ends_on_stop_before_anything_was_asked(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT, about=THURSDAY)
    story.text(world.sam, "stop")
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)
    before = len(story.phone(world.sam))
    story.wait_until(utc(2026, 3, 8, 19))
    assert len(story.phone(world.sam)) == before


def test_it_asks_again_when_the_appointment_was_moved(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT)
    story.text(world.sam, "It was rescheduled")
    assert (task.is_open, task.needs) == (True, None)
    story.wait(days=2, hours=2)
    assert len(story.phone(world.sam)) == 2
    story.text(world.sam, "I went")
    assert task.outcome == "kept"


def test_it_lets_a_late_answer_count(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT)
    story.wait(days=5)
    assert task.overdue_since is not None
    story.text(world.sam, "2")
    assert (task.needs, task.is_open) == (Needs.SOLVE_BARRIER, True)
    assert facts(task, "task.answered")[0]["is_late"]


def test_it_asks_about_two_appointments_one_after_the_other(story: Story, world: World) -> None:
    first = story.ask(world.sam, APPOINTMENT, about={"happens_at": "2026-02-26T20:00:00+00:00"})
    second = story.ask(world.sam, APPOINTMENT, about={"happens_at": "2026-02-27T20:00:00+00:00"})
    story.text(world.sam, "1")
    assert (first.outcome, second.outcome) == ("kept", None)
    story.wait(hours=25)
    assert "Friday, February 27" in story.phone(world.sam)[-1]
    story.text(world.sam, "2")
    assert second.needs is Needs.SOLVE_BARRIER


def test_it_leaves_an_inactive_patient_alone(story: Story, world: World) -> None:
    task = story.ask(world.sam, APPOINTMENT, about=THURSDAY)
    with transaction():
        patient_changes.set_status(
            world.sam, PatientStatus.ADMITTED, since=story.clock.now.date(),
            today=story.clock.now.date(), by=world.viewer(world.ana).actor, at=story.clock.now,
        )  # fmt: skip
    story.wait_until(utc(2026, 3, 8, 19))
    assert story.phone(world.sam) == []
    assert task.needs is Needs.LEAD_DECISION
