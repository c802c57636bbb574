"""How a patient wants to be contacted chooses the rungs: what is not for them is left out with its reason,
and a call goes to somebody who speaks their language."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import calls, contact_preferences
from app.actions.call_language import navigator_for
from app.core.db import db, transaction
from app.models.absence import Absence
from app.models.contact_preference import Preferences
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Needs, TaskType
from app.models.touchpoint import MinutesSource
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.own_protocols import put_in_force, step
from tests.task_records import Create, facts, kinds, maker, texts, utc
from tests.world import World

MEDICATION = TaskType.MEDICATION_RECEIVED


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def prefer(patient: Patient, clock: Clock, **wishes: Any) -> None:
    with transaction():
        row = db.session.merge(patient)
        contact_preferences.change(
            row, Preferences(**wishes), language=row.language, channel=row.preferred_channel,
            by=SYSTEM, at=clock.now,
        )  # fmt: skip
    db.session.refresh(patient)


def skipped(task: Any) -> list[str]:
    return [each["reason"] for each in facts(task, "task.step_skipped")]


def test_it_leaves_every_text_out_for_who_wants_calls_only(
    create: Create, world: World, clock: Clock
) -> None:
    prefer(world.sam, clock, call_only=True)
    task = create()
    assert skipped(task) == ["call_only", "call_only"]
    assert (task.needs, texts(task)) == (Needs.CALL, [])


@pytest.mark.parametrize("wish", ["no_links", "flip_phone"])
def test_it_texts_without_links_and_leaves_the_portal_out(
    create: Create, world: World, clock: Clock, wish: str
) -> None:
    prefer(world.sam, clock, **{wish: True})
    put_in_force(
        world, MEDICATION, not_yet={"after_days": 1, "from_step": "portal"},
        steps=[step("portal", "portal", "medication_received.ask"),
               step("link", "text", "portal.sign_in"),
               step("ask", "text", "medication_received.ask", wait_days=1)],
    )  # fmt: skip
    task = create()
    assert skipped(task) == [wish, wish]
    assert [text.template_key for text in texts(task)] == ["medication_received.ask"]


def test_it_takes_back_what_waits_when_they_come_to_want_calls_only(
    create: Create, world: World, clock: Clock
) -> None:
    clock.set(utc(2026, 3, 4, 6))  # 10 p.m. where Sam lives: the text waits for the morning
    task = create()
    [waiting] = texts(task)
    assert waiting.status is MessageStatus.QUEUED
    prefer(world.sam, clock, call_only=True)
    db.session.refresh(task)
    assert texts(task)[0].status is MessageStatus.CANCELLED
    assert task.next_step_at == clock.now


def test_it_keeps_the_part_of_the_day_the_patient_chose(world: World, clock: Clock) -> None:
    with transaction():
        db.session.merge(world.sam).preferences = {"best_time": "evening", "of_tomorrow": 1}
    prefer(world.sam, clock, flip_phone=True, best_time="evening")
    stored = world.sam.preferences
    assert (stored["best_time"], stored["of_tomorrow"]) == ("evening", 1)
    assert Preferences.of(stored).flags == ["flip_phone"]


@pytest.mark.pure
def test_it_reads_odd_stored_values_as_not_set() -> None:
    odd = Preferences.of({"call_only": "yes", "best_time": 7, "interpreter": 1})
    assert odd == Preferences()


def speak(user: User, *languages: str) -> None:
    with transaction():
        db.session.merge(user).languages = list(languages)


def rosas_call(create: Create, world: World, clock: Clock, **details: Any) -> Any:
    prefer(world.rosa, clock, call_only=True)
    task = create(world.rosa, **details)
    assert task.needs is Needs.CALL
    return task


def test_it_gives_the_call_to_a_navigator_who_speaks_spanish(
    create: Create, world: World, clock: Clock
) -> None:
    speak(world.ana, "en", "es")
    speak(world.ben, "en", "es")  # on another team: Rosa is not his to see
    task = rosas_call(create, world, clock)
    assert task.owner_id == world.ana.id
    assert facts(task, "task.assigned") == [
        {"owner_id": str(world.ana.id), "why": "language", "language": "es"}
    ]
    assert "task.interpreter_needed" not in kinds(task)


def test_it_leaves_the_call_with_an_owner_who_speaks_spanish(
    create: Create, world: World, clock: Clock
) -> None:
    speak(world.ana, "en", "es")
    speak(world.lea, "en", "es")
    assert rosas_call(create, world, clock, owner_id=world.lea.id).owner_id == world.lea.id


def leave_today(user: User, clock: Clock) -> None:
    with transaction():
        db.session.add(Absence(
            practice_id=user.practice_id, user_id=user.id, from_on=clock.now.date(),
            to_on=clock.now.date(), starts_at=clock.now - timedelta(hours=1),
            ends_at=clock.now + timedelta(days=1), created_at=clock.now,
        ))  # fmt: skip


def test_it_gives_the_call_to_nobody_who_is_away(
    create: Create, world: World, clock: Clock
) -> None:
    speak(world.ana, "en", "es")
    assert navigator_for(world.rosa, at=clock.now) is not None  # else this proves nothing
    leave_today(world.ana, clock)
    task = rosas_call(create, world, clock, owner_id=world.lea.id)
    assert task.owner_id == world.lea.id
    assert facts(task, "task.interpreter_needed") == [{"language": "es"}]


def test_it_takes_the_call_from_an_owner_who_speaks_it_but_is_away(
    create: Create, world: World, clock: Clock
) -> None:
    speak(world.ana, "en", "es")
    speak(world.lea, "en", "es")
    leave_today(world.lea, clock)
    assert rosas_call(create, world, clock, owner_id=world.lea.id).owner_id == world.ana.id


def test_it_asks_for_an_interpreter_when_nobody_speaks_it(
    create: Create, world: World, clock: Clock
) -> None:
    assert navigator_for(world.rosa, at=clock.now) is None  # else this proves nothing
    task = rosas_call(create, world, clock, owner_id=world.ana.id)
    assert task.owner_id == world.ana.id
    assert facts(task, "task.interpreter_needed") == [{"language": "es"}]


def test_it_asks_for_an_interpreter_for_who_said_so(
    create: Create, world: World, clock: Clock
) -> None:
    prefer(world.sam, clock, call_only=True, interpreter=True)
    assert "task.interpreter_needed" in kinds(create())


def test_it_keeps_in_the_ledger_who_interpreted(create: Create, world: World, clock: Clock) -> None:
    task = rosas_call(create, world, clock)
    with transaction():
        row = calls.log_call(
            db.session.merge(world.rosa), by=world.viewer(world.ana), at=clock.now,
            task_ids=[task.id], outcome="reached", started_at=clock.now - timedelta(minutes=5),
            seconds=0, minutes_source=MinutesSource.NONE, interpreter=" Lingua line 7 ",
        )  # fmt: skip
    assert row is not None
    assert row.result["interpreter"] == "Lingua line 7"


def test_it_writes_nothing_to_a_person_who_wants_calls_only(
    create: Create, world: World, clock: Clock
) -> None:
    prefer(world.sam, clock, call_only=True)
    create()
    assert db.session.scalars(select(Message)).all() == []
