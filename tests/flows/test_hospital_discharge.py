"""Home from the hospital: a person reaches them within two business days, or has tried twice; whatever a
patient texts, only a call closes it."""

from datetime import timedelta

import pytest

from app.actions import calls, tasks
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import MinutesSource
from tests.flows.story import Story
from tests.task_records import facts, utc
from tests.world import World

DISCHARGE, MEDICATION = TaskType.HOSPITAL_DISCHARGE, TaskType.MEDICATION_RECEIVED
#: Tuesday 3 March at noon, where the practice is; the stories begin that morning.
HOME = {"happens_at": "2026-03-03T20:00:00+00:00", "hospital": "Bay General"}


def call(story: Story, task: Task, outcome: str, **more: object) -> None:
    with transaction():
        calls.log_call(
            db.session.merge(story.world.sam), by=story.world.viewer(story.world.ana),
            at=story.clock.now, task_ids=[task.id], outcome=outcome, started_at=story.clock.now,
            seconds=0, minutes_source=MinutesSource.NONE, **more,
        )  # fmt: skip


def close(story: Story, task: Task, outcome: str, evidence: Evidence | None = None) -> None:
    by = story.world.viewer(story.world.ana).actor
    with transaction():
        tasks.complete(task, outcome=outcome, evidence=evidence, by=by, at=story.clock.now)


def test_it_asks_at_once_and_puts_the_call_on_the_card(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    assert task.due_on.isoformat() == "2026-03-05"
    [asked] = story.phone(world.sam)
    assert "since you came home" in asked
    assert task.needs is Needs.CALL


def test_it_counts_from_the_discharge_however_late_it_is_written_down(
    story: Story, world: World
) -> None:
    early = {"happens_at": "2026-02-27T20:00:00+00:00"}  # Friday; due on Tuesday
    task = story.ask(world.sam, DISCHARGE, about=early)
    assert task.due_on.isoformat() == "2026-03-03"


def test_it_takes_a_text_for_no_contact_and_a_yes_for_no_closing_t1_5(
    story: Story, world: World
) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    story.text(world.sam, "I'm doing well")
    assert (task.is_open, task.needs) == (True, Needs.CALL)
    with pytest.raises(Conflict, match="no contact"):
        close(story, task, "contacted", Evidence.PATIENT_CONFIRMED)
    with pytest.raises(Conflict, match="2 separate attempts"):
        close(story, task, "attempted")
    assert task.is_open


def test_it_closes_with_the_call_that_reached_them_t1_5(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    call(story, task, "reached", results={task.id: "yes"})
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "contacted")
    assert (task.evidence, task.was_late) == (Evidence.PATIENT_CONFIRMED, False)


def test_it_does_not_take_the_hospitals_word_for_the_patients(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    with pytest.raises(Invalid, match="patient confirmed or caregiver confirmed"):
        call(story, task, "reached", results={task.id: "yes"}, contact_party="hospital")


def test_it_closes_after_two_separate_attempts_on_record_t1_5(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    call(story, task, "no_answer")
    story.clock.set(story.clock.now + timedelta(minutes=5))
    call(story, task, "no_answer")
    with pytest.raises(Conflict, match="2 separate attempts"):
        close(story, task, "attempted")
    story.wait(hours=24)
    call(story, task, "left_message")
    close(story, task, "attempted")
    assert (task.outcome, task.was_late) == ("attempted", False)


def test_it_does_not_count_an_attempt_after_the_day_is_over_t1_5(
    story: Story, world: World
) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    call(story, task, "no_answer")
    story.wait(days=4)
    call(story, task, "no_answer")
    with pytest.raises(Conflict, match="2 separate attempts"):
        close(story, task, "attempted")


def test_it_judges_in_time_by_the_contact_not_by_who_closes_when(
    story: Story, world: World
) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    call(story, task, "reached")
    story.wait(days=4)
    assert task.overdue_since is not None
    close(story, task, "contacted", Evidence.PATIENT_CONFIRMED)
    assert not task.was_late


def test_it_asks_what_they_need_when_they_are_not_well(story: Story, world: World) -> None:
    task = story.ask(world.rosa, DISCHARGE, about=HOME)
    story.text(world.rosa, "Necesito ayuda")
    assert "llame al 911" in story.phone(world.rosa)[-1]
    story.text(world.rosa, "3")
    assert (task.barrier, task.needs) == ("transport", Needs.SOLVE_BARRIER)


def test_it_climbs_through_silence_past_a_missing_caregiver_to_the_lead(
    story: Story, world: World
) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    story.wait_until(utc(2026, 3, 4, 20))
    assert story.kinds(task).count("task.call_due") == 2
    assert [each["reason"] for each in facts(task, "task.step_skipped")] == ["no_caregiver"]
    story.wait_until(utc(2026, 3, 6, 9))
    assert (task.overdue_since, task.needs) == (utc(2026, 3, 6, 8), Needs.LEAD_DECISION)
    assert len(story.phone(world.sam)) == 1


def test_it_keeps_the_call_due_after_stop(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    story.text(world.sam, "STOP")
    assert (task.is_open, task.next_step_at) == (True, None)
    assert task.needs is Needs.CALL


def test_it_lets_a_late_answer_count(story: Story, world: World) -> None:
    task = story.ask(world.sam, DISCHARGE, about=HOME)
    story.wait(days=4)
    story.text(world.sam, "1")
    assert (task.is_open, task.needs) == (True, Needs.CALL)
    assert facts(task, "task.answered")[0]["is_late"]


def test_it_does_not_let_the_call_wait_for_another_open_question(
    story: Story, world: World
) -> None:
    medication = story.ask(world.sam, MEDICATION)
    discharge = story.ask(world.sam, DISCHARGE, about=HOME)
    assert (discharge.needs, discharge.waits_for) == (Needs.CALL, None)
    assert [each["reason"] for each in facts(discharge, "task.step_skipped")] == ["question_open"]
    story.text(world.sam, "1")
    assert (medication.outcome, discharge.is_open) == ("received", True)
