"""Timers: one a person, on every page until they end, cut off when nothing happens, and their minutes in the
ledger or in the call that is written down."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import conversations, tasks
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.conversation import Conversation
from app.models.practice import Practice
from app.models.task import Task, TaskType
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointTask
from app.models.user import User
from app.models.work_timer import TimerEnd, WorkTimer
from tests.conftest import Clock
from tests.world import World
from workers import timers as sweep

HTMX = {"HX-Request": "true"}
SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def task(world: World, clock: Clock) -> Task:
    with transaction():
        return tasks.create(
            world.rosa, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now
        )


def start(client: FlaskClient, **data: object) -> Any:
    return client.post("/timers", data=data, headers=HTMX)


def timers() -> list[WorkTimer]:
    db.session.rollback()
    return list(db.session.scalars(select(WorkTimer).order_by(WorkTimer.started_at, WorkTimer.id)))


def timed() -> list[Touchpoint]:
    db.session.rollback()
    rows = select(Touchpoint).where(Touchpoint.source_kind.in_(("timer", "call")))
    return list(db.session.scalars(rows.order_by(Touchpoint.recorded_at, Touchpoint.id)))


def stop(client: FlaskClient, timer: WorkTimer) -> Any:
    return client.post(f"/timers/{timer.id}/stop", headers=HTMX)


def test_it_times_a_task_into_one_row_that_is_taken_back_by_a_new_one(
    ana: FlaskClient, world: World, clock: Clock, task: Task
) -> None:
    began = clock.now
    assert start(ana, task_id=task.id).status_code == 204
    clock.advance(seconds=125)
    text = ana.get("/timer").text
    assert "2:05 min" in text
    assert "Task of Rosa Jimenez" in text
    answer = stop(ana, timers()[0])
    assert '"url": "/timers/' in answer.headers["HX-Trigger"]
    (row,) = timed()
    assert (row.seconds, row.minutes_source) == (125, MinutesSource.TIMER)
    assert (row.started_at, row.ended_at) == (began, clock.now)
    assert (row.actor_id, row.activity_type) == (world.ana.id, "medication_follow_up")
    assert db.session.scalars(select(TouchpointTask.task_id)).all() == [task.id]
    assert "Timer" not in ana.get("/timer").text
    assert stop(ana, timers()[0]).status_code == 409
    assert ana.delete(f"/timers/{timers()[0].id}", headers=HTMX).status_code == 204
    db.session.rollback()
    rows = db.session.scalars(select(Touchpoint).where(Touchpoint.channel == "internal"))
    first, reversing = sorted(rows, key=lambda each: each.supersedes_id is not None)
    assert (reversing.supersedes_id, reversing.seconds) == (first.id, 0)


def test_it_runs_one_timer_a_person_and_starting_another_ends_the_first(
    ana: FlaskClient, sign_in: SignInAs, world: World, clock: Clock, task: Task
) -> None:
    start(ana, task_id=task.id)
    start(sign_in(world.lea), task_id=task.id)
    clock.advance(seconds=60)
    with transaction():
        thread = conversations.thread_of(db.session.merge(world.sam), at=clock.now)
    start(ana, conversation_id=thread.id)
    mine = [each for each in timers() if each.user_id == world.ana.id]
    assert [each.ended_by for each in mine] == [TimerEnd.ANOTHER, None]
    assert sum(each.stopped_at is None for each in timers()) == 2  # lea's goes on
    assert [row.seconds for row in timed()] == [60]
    clock.advance(seconds=30)
    stop(ana, mine[1])
    assert [(row.seconds, row.activity_type) for row in timed()][1:] == [(30, "care_coordination")]


def test_it_ends_with_the_last_activity_and_says_so(
    ana: FlaskClient, world: World, clock: Clock, task: Task
) -> None:
    start(ana, task_id=task.id)
    clock.advance(minutes=4)
    assert ana.post(f"/timers/{timers()[0].id}/activity").headers.get("HX-Trigger") is None
    clock.advance(minutes=10)
    assert sweep.run() == 0
    clock.advance(seconds=1)
    assert "nothing happened for 10 minutes" in ana.get("/timer").text
    assert sweep.run() == 1
    assert sweep.run() == 0
    (timer,), (row,) = timers(), timed()
    assert timer.ended_by is TimerEnd.IDLE
    assert row.seconds == 240
    assert "Those minutes are in the ledger" in ana.get("/timer").text
    assert ana.post(f"/timers/{timer.id}/activity").headers["HX-Trigger"] == "refresh"
    ana.post(f"/timers/{timer.id}/reading", headers=HTMX)
    assert "Timer" not in ana.get("/timer").text


def test_it_stops_a_forgotten_one_at_the_last_activity_even_when_the_person_comes_back_first(
    ana: FlaskClient, clock: Clock, task: Task
) -> None:
    start(ana, task_id=task.id)
    clock.advance(seconds=70)
    ana.post(f"/timers/{timers()[0].id}/activity")
    clock.advance(minutes=13)
    stop(ana, timers()[0])
    assert [row.seconds for row in timed()] == [70]


def test_it_gives_a_calls_seconds_to_the_call_that_is_written_down_once(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    start(ana, patient_id=world.rosa.id)
    clock.advance(seconds=90)
    stop(ana, timers()[0])
    assert timed() == []
    clock.advance(minutes=3)
    form = ana.get(f"/patients/{world.rosa.id}/calls/new").text
    assert str(timers()[0].id) in form
    assert "Write the call down" in ana.get("/timer").text
    assert str(timers()[0].id) not in ana.get(f"/patients/{world.sam.id}/calls/new").text
    url = f"/patients/{world.rosa.id}/calls"
    data = {"outcome": "reached", "timer_id": timers()[0].id, "call_id": new_id()}
    for _ in range(2):
        assert ana.post(url, data=data, headers=HTMX).status_code == 204
    (row,) = timed()
    assert (row.seconds, row.minutes_source) == (90, MinutesSource.TIMER)
    again = ana.post(url, data=data | {"call_id": new_id()}, headers=HTMX)
    assert again.status_code == 409
    wrong = {"outcome": "reached", "timer_id": timers()[0].id}
    assert ana.post(f"/patients/{world.sam.id}/calls", data=wrong, headers=HTMX).status_code == 404
    assert "Timer" not in ana.get("/timer").text


def test_it_drops_what_was_measured_when_minutes_are_typed_instead(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    start(ana, patient_id=world.rosa.id)
    clock.advance(seconds=90)
    data = {"outcome": "reached", "timer_id": timers()[0].id, "minutes": "7",
            "minutes_reason": "Forgot to start"}  # fmt: skip
    ana.post(f"/patients/{world.rosa.id}/calls", data=data, headers=HTMX)
    (row,) = timed()
    assert (row.seconds, row.minutes_source) == (420, MinutesSource.MANUAL)
    assert timers()[0].dropped_at is not None


def test_T0_2_it_writes_no_row_longer_than_the_practice_allows(
    ana: FlaskClient, world: World, clock: Clock, task: Task
) -> None:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice.longest_entry_minutes, practice.timer_idle_minutes = 15, 60
    start(ana, task_id=task.id)
    clock.advance(minutes=14, seconds=30)
    ana.get("/")  # keeps the session
    clock.advance(minutes=1)
    answer = stop(ana, timers()[0])
    assert "enter them in parts" in answer.headers["HX-Trigger"]
    assert timed() == []
    assert "15:30 min" in ana.get("/timer").text


@pytest.mark.parametrize("what", ["task_id", "conversation_id", "patient_id"])
def test_it_times_nothing_of_people_somebody_may_not_see(
    sign_in: SignInAs, world: World, clock: Clock, task: Task, what: str
) -> None:
    with transaction():
        thread = conversations.thread_of(db.session.merge(world.rosa), at=clock.now)
    ids = {"task_id": task.id, "conversation_id": thread.id, "patient_id": world.rosa.id}
    assert start(sign_in(world.ana), **{what: ids[what]}).status_code == 204
    for outsider in (world.ben, world.cara):
        assert start(sign_in(outsider), **{what: ids[what]}).status_code == 404
        assert "Rosa" not in sign_in(outsider).get("/timer").text
    assert len(timers()) == 1


def test_it_asks_who_a_thread_is_about_before_it_is_timed(
    ana: FlaskClient, world: World, phones: Any
) -> None:
    phones.text("+15035550177", "Hello, who is this?")
    unknown = select(Conversation.id).where(
        Conversation.practice_id == world.practice.id, Conversation.patient_id.is_(None)
    )
    db.session.rollback()
    thread = db.session.scalars(unknown).one()
    assert start(ana, conversation_id=thread).status_code == 422


def test_it_lets_nobody_take_back_the_minutes_of_somebody_else(
    ana: FlaskClient, sign_in: SignInAs, world: World, clock: Clock, task: Task
) -> None:
    start(ana, task_id=task.id)
    clock.advance(seconds=30)
    assert sign_in(world.lea).delete(f"/timers/{timers()[0].id}", headers=HTMX).status_code == 403
    assert timers()[0].stopped_at is None


def test_it_survives_one_broken_timer_in_the_sweep(
    ana: FlaskClient, sign_in: SignInAs, world: World, clock: Clock, task: Task,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    start(ana, task_id=task.id)
    clock.advance(seconds=5)
    start(sign_in(world.lea), task_id=task.id)
    first = timers()[0].id
    whole = sweep.timers.stop

    def breaks(timer: WorkTimer, **more: Any) -> Any:
        if timer.id == first:
            raise ValueError("broken")
        return whole(timer, **more)

    monkeypatch.setattr(sweep.timers, "stop", breaks)
    clock.advance(minutes=11)
    assert sweep.run() == 1
    assert [each.stopped_at is None for each in timers()] == [True, False]
