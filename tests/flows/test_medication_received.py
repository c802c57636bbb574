"""Did the medicine arrive? The whole story: yes, no, not yet, silence, STOP, late, two questions open."""

import pytest

from app.actions import calls
from app.core.db import transaction
from app.models.message import Message
from app.models.task import Evidence, Needs, TaskStatus, TaskType
from app.models.touchpoint import MinutesSource
from tests.flows.story import Story
from tests.task_records import facts, texts, utc
from tests.world import World

MEDICATION, APPOINTMENT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


@pytest.mark.parametrize(
    "words", ["1", "Yes", "yes thanks!", "I picked it up on Tuesday", "👍", "Got it already."]
)
def test_it_closes_on_a_yes_however_it_is_said(story: Story, world: World, words: str) -> None:
    task = story.ask(world.sam, MEDICATION)
    assert len(story.phone(world.sam)) == 1
    story.text(world.sam, words)
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "received")
    assert (task.evidence, task.was_late) == (Evidence.PATIENT_CONFIRMED, False)
    assert (task.completed_by_kind, task.completed_by_id) == ("patient", world.sam.id)


def test_it_leaves_the_whole_exchange_in_the_ledger(story: Story, world: World) -> None:
    task = story.ask(world.rosa, MEDICATION)
    story.wait(hours=1)
    story.text(world.rosa, "Sí")
    sent, received = story.ledger(task)
    assert (sent.direction, sent.actor_kind, sent.seconds) == ("outbound", "system", 0)
    assert (received.direction, received.actor_kind) == ("inbound", "patient")
    assert received.result["key"] == "yes"
    assert task.status is TaskStatus.COMPLETED


def test_it_asks_nothing_more_once_it_is_answered(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.text(world.sam, "1")
    story.wait(days=5)
    assert len(story.phone(world.sam)) == 1
    assert "task.overdue" not in story.kinds(task)


def test_it_learns_what_got_in_the_way_after_a_no(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.text(world.sam, "2")
    _, why = story.phone(world.sam)
    assert "What got in the way?" in why
    assert "3 no way to get there" in why
    story.text(world.sam, "3")
    assert (task.barrier, task.needs, task.is_open) == ("transport", Needs.SOLVE_BARRIER, True)
    story.wait(days=2)
    assert len(story.phone(world.sam)) == 2  # the ladder ended with the no


def test_it_asks_what_got_in_the_way_at_once_even_at_night(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.wait_until(utc(2026, 3, 4, 7))  # 11 p.m.
    story.text(world.sam, "no")
    assert len(story.phone(world.sam)) == 2
    assert task.needs is Needs.SOLVE_BARRIER


def test_it_asks_again_after_not_yet(story: Story, world: World) -> None:
    task = story.ask(world.rosa, MEDICATION)
    story.text(world.rosa, "todavía no")
    assert task.is_open
    story.wait(hours=25)
    assert len(story.phone(world.rosa)) == 2
    assert "¿ya le llegó su medicamento?" in story.phone(world.rosa)[1]
    story.text(world.rosa, "1")
    assert task.status is TaskStatus.COMPLETED


def test_it_climbs_through_silence_to_the_teams_leader(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.wait_until(utc(2026, 3, 5, 4))  # Wednesday evening
    assert len(story.phone(world.sam)) == 2
    assert task.needs is None
    story.wait_until(utc(2026, 3, 5, 18))  # Thursday morning
    assert task.needs is Needs.CALL
    story.wait_until(utc(2026, 3, 7, 6))  # Friday, late
    assert task.overdue_since is None
    story.wait_until(utc(2026, 3, 7, 10))
    assert (task.overdue_since, task.needs) == (utc(2026, 3, 7, 8), Needs.LEAD_DECISION)
    assert facts(task, "task.escalated") == [{"leader_id": str(world.lea.id)}]
    story.wait(days=4)
    assert story.kinds(task).count("task.overdue") == 1
    assert len(story.phone(world.sam)) == 2


def test_it_ends_the_ladder_on_stop_and_proposes_another_way(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.text(world.sam, "STOP")
    assert (task.needs, task.next_step_at, task.is_open) == (Needs.OTHER_CHANNEL, None, True)
    assert facts(task, "task.ladder_stopped")[0]["proposes"] == ["portal", "call"]
    before = len(story.phone(world.sam))
    story.wait(days=2)
    assert len(story.phone(world.sam)) == before


def test_it_lets_a_late_answer_count_after_it_climbed(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.wait_until(utc(2026, 3, 8, 20))
    assert task.needs is Needs.LEAD_DECISION
    story.text(world.sam, "yes")
    assert (task.status, task.was_late) == (TaskStatus.COMPLETED, True)
    assert (task.needs, task.evidence) == (None, Evidence.PATIENT_CONFIRMED)


def test_it_hands_what_it_does_not_understand_to_a_person(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.text(world.sam, "The pharmacist said something about my insurance?")
    assert (task.needs, task.is_open) == (Needs.REVIEW_REPLY, True)
    story.wait(days=2)
    assert len(story.phone(world.sam)) == 1  # nobody is reminded of what they answered


def test_it_asks_about_one_thing_at_a_time(story: Story, world: World) -> None:
    medication = story.ask(world.sam, MEDICATION)
    appointment = story.ask(world.sam, APPOINTMENT)
    assert (appointment.waits_for, appointment.asked_at) == (medication.id, None)
    assert facts(appointment, "task.step_waits")[0]["reason"] == "question_open"
    story.wait(hours=2)
    story.text(world.sam, "yes")
    assert (medication.outcome, appointment.is_open) == ("received", True)
    story.wait(hours=25)  # one automated text a day
    assert "your appointment" in story.phone(world.sam)[-1]
    story.text(world.sam, "yes")
    assert appointment.outcome == "kept"


def test_it_asks_about_the_second_medicine_once_nobody_answers_about_the_first(
    story: Story, world: World
) -> None:
    first, second = story.ask(world.sam, MEDICATION), story.ask(world.sam, MEDICATION)
    story.wait_until(utc(2026, 3, 5, 20))  # two texts about the first, then its call
    assert (first.needs, second.waits_for) == (Needs.CALL, None)
    story.wait_until(utc(2026, 3, 6, 23))
    assert len(story.phone(world.sam)) == 3
    story.text(world.sam, "2")  # means what was asked last, and nothing else
    assert (first.needs, second.needs) == (Needs.CALL, Needs.SOLVE_BARRIER)


def test_it_closes_the_right_one_when_the_words_can_only_mean_one(
    story: Story, world: World
) -> None:
    medication = story.ask(world.sam, MEDICATION)
    appointment = story.ask(world.sam, APPOINTMENT)
    story.wait(hours=25)
    story.text(world.sam, "I picked it up")
    assert (medication.outcome, appointment.is_open) == ("received", True)


def test_it_marks_an_answer_from_a_shared_phone(story: Story, world: World) -> None:
    task = story.ask(world.kim, MEDICATION)
    story.text(world.kim, "1")
    assert (task.outcome, task.from_shared_phone) == ("received", True)


def test_it_is_settled_by_one_call_when_texts_reach_nobody(story: Story, world: World) -> None:
    task = story.ask(world.olga, MEDICATION)
    assert story.phone(world.olga) == []
    assert task.needs is Needs.CALL
    with transaction():
        calls.log_call(
            world.olga, by=world.viewer(world.ana), at=story.clock.now, task_ids=[task.id],
            outcome="reached", started_at=story.clock.now, seconds=0,
            minutes_source=MinutesSource.NONE, results={task.id: "yes"},
        )  # fmt: skip
    assert (task.status, task.evidence) == (TaskStatus.COMPLETED, Evidence.PATIENT_CONFIRMED)
    [row] = story.ledger(task)
    assert (row.channel, row.contact_outcome) == ("phone", "reached")


def test_it_writes_each_text_of_the_ladder_once(story: Story, world: World) -> None:
    task = story.ask(world.sam, MEDICATION)
    story.wait(days=2)
    for _ in range(3):
        story.work()
    keys = [text.send_key for text in texts(task) if isinstance(text, Message)]
    assert sorted(keys) == [f"task:{task.id}:ask:0", f"task:{task.id}:remind:0"]
