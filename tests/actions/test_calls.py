"""Logging calls: one row of the ledger, minutes once, every task it served stepped."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.actions import calls
from app.core.db import db, transaction
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.models.contact_point import NumberState
from app.models.task import Evidence, Needs, Task, TaskClosed, TaskStatus, TaskType
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointTask, TouchpointText
from tests.conftest import Clock
from tests.task_records import Create, facts, maker
from tests.world import World


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def call(world: World, clock: Clock, *served: Task, **details: Any) -> Touchpoint | None:
    said: dict[str, Any] = {
        "task_ids": [task.id for task in served],
        "outcome": "reached",
        "started_at": clock.now - timedelta(minutes=6),
        "seconds": 300,
        "minutes_source": MinutesSource.TIMER,
    }
    with transaction():
        return calls.log_call(
            world.sam, by=world.viewer(world.ana), at=clock.now, **(said | details)
        )


def rows() -> int:
    return db.session.scalar(select(func.count()).select_from(Touchpoint)) or 0


def test_it_steps_every_task_one_call_served_and_counts_its_minutes_once(
    create: Create, world: World, clock: Clock
) -> None:
    medication = create()
    appointment = create(type=TaskType.APPOINTMENT_KEPT)
    referral = create(type=TaskType.REFERRAL_FOLLOW_UP)
    results = {medication.id: "yes", appointment.id: "no", referral.id: "not_yet"}
    row = call(world, clock, medication, appointment, referral, results=results)
    assert row is not None
    assert rows() == 1
    assert (row.seconds, row.minutes_source, row.channel) == (300, MinutesSource.TIMER, "phone")
    assert (row.is_synchronous, row.is_interactive, row.attempt_number) == (True, True, 1)
    assert row.contact_outcome == "reached"
    served = db.session.scalars(select(TouchpointTask.task_id)).all()
    assert set(served) == {medication.id, appointment.id, referral.id}
    assert (medication.status, medication.evidence) == (
        TaskStatus.COMPLETED, Evidence.PATIENT_CONFIRMED
    )  # fmt: skip
    assert medication.completed_by_id == world.ana.id
    assert appointment.needs is Needs.SOLVE_BARRIER
    assert referral.is_open
    assert referral.next_step_at is not None
    assert {each["answer"] for each in row.result["answers"]} == {"yes", "no", "not_yet"}


def test_it_keeps_the_note_out_of_the_row_and_the_events(
    create: Create, world: World, clock: Clock
) -> None:
    row = call(world, clock, create(), note="Talked about the price.")
    assert row is not None
    text = db.session.get_one(TouchpointText, (row.practice_id, row.id))
    assert text.summary == "Talked about the price."
    assert "price" not in str(row.result)


def test_it_numbers_attempts_and_leaves_the_call_to_be_made(
    create: Create, world: World, clock: Clock
) -> None:
    task = create(ask_first=False)
    numbers = []
    for outcome in ("no_answer", "left_message", "reached"):
        clock.advance(hours=1)
        row = call(world, clock, task, outcome=outcome)
        assert row is not None
        numbers.append(row.attempt_number)
    assert numbers == [1, 2, 3]
    assert (task.needs, task.is_open) == (Needs.CALL, True)
    assert [fact["outcome"] for fact in facts(task, "task.called")] == [
        "no_answer", "left_message", "reached"
    ]  # fmt: skip


def test_it_hears_what_got_in_the_way(create: Create, world: World, clock: Clock) -> None:
    task = create()
    call(world, clock, task, results={task.id: "transport"})
    assert (task.barrier, task.needs, task.next_step_at) == (
        "transport", Needs.SOLVE_BARRIER, None
    )  # fmt: skip


def test_it_believes_a_pharmacy_more_than_it_believes_us(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    call(world, clock, task, results={task.id: "yes"}, contact_party="pharmacy")
    assert task.evidence is Evidence.PARTNER_CONFIRMED


def test_it_texts_a_wrong_number_no_more(create: Create, world: World, clock: Clock) -> None:
    task = create()
    call(world, clock, task, outcome="wrong_number")
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)
    assert world.number(world.sam).state is NumberState.BAD


def test_it_lets_a_lead_decide_when_the_patient_declines(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    call(world, clock, task, outcome="declined")
    assert (task.needs, task.next_step_at) == (Needs.LEAD_DECISION, None)


def test_it_takes_a_form_sent_twice_once(create: Create, world: World, clock: Clock) -> None:
    task, call_id = create(), new_id()
    assert call(world, clock, task, outcome="no_answer", call_id=call_id) is not None
    assert call(world, clock, task, outcome="no_answer", call_id=call_id) is None
    assert rows() == 1
    assert len(facts(task, "task.called")) == 1


def test_it_records_a_call_about_no_task(world: World, clock: Clock) -> None:
    row = call(world, clock)
    assert row is not None
    assert row.activity_type == "call"


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "reached_voicemail"},
        {"contact_party": "neighbour"},
        {"seconds": -1},
        {"seconds": 5 * 3600},
        {"minutes_source": MinutesSource.IMPORTED},
    ],
)
def test_it_refuses_what_cannot_be_true(
    create: Create, world: World, clock: Clock, wrong: dict[str, Any]
) -> None:
    task = create()
    with pytest.raises(Invalid):
        call(world, clock, task, **wrong)
    assert rows() == 0


def test_it_refuses_answers_of_a_call_that_reached_nobody(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    with pytest.raises(Invalid):
        call(world, clock, task, outcome="no_answer", results={task.id: "yes"})
    with pytest.raises(Invalid):
        call(world, clock, task, results={task.id: "perhaps"})
    assert task.is_open


def test_it_refuses_tasks_of_somebody_else(create: Create, world: World, clock: Clock) -> None:
    others: list[UUID] = [create(world.rosa).id, create(world.zoe).id, new_id()]
    for task_id in others:
        with pytest.raises(NotFound):
            call(world, clock, task_ids=[task_id])
    assert rows() == 0


def test_it_refuses_a_result_for_a_closed_task(create: Create, world: World, clock: Clock) -> None:
    task = create()
    call(world, clock, task, results={task.id: "yes"})
    with pytest.raises(TaskClosed):
        call(world, clock, task, results={task.id: "no"})
    assert rows() == 1
