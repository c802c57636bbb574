"""A patient's status: dated, with its history, and with what it stops. Nothing stopped is ever replayed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.actions import conversations, messages, patient_changes, tasks, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import PatientStatus
from app.models.task import Needs, Task, TaskType
from app.models.touchpoint import ActorKind, MinutesSource
from app.web.patients import STATUSES
from messaging.delivery import MessageStatus
from messaging.gate import Purpose
from tests.conftest import Clock
from tests.world import World, look_again

#: Nobody chooses that a patient was entered in error: only an import that is taken back says so.
STOPPING = [each for each in STATUSES if each is not PatientStatus.ACTIVE]


def set_status(client: FlaskClient, world: World, status: PatientStatus, since: str = "") -> int:
    data = {"status": status.value, "since": since}
    return client.post(f"/patients/{world.sam.id}/status", data=data).status_code


def under_way(world: World, clock: Clock) -> tuple[Task, Message]:
    """A ladder that has asked, and a staff text for later."""
    with transaction():
        task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
        task.owner_id = world.ana.id
        later = messages.queue(
            messages.Draft(
                practice_id=world.practice.id, patient=world.sam, body="See you on Friday.",
                purpose=Purpose.STAFF_REPLY, send_key="later", author_id=world.ana.id,
                conversation=conversations.thread_of(world.sam, at=clock.now),
                send_after=clock.now + timedelta(days=1),
            ), by=SYSTEM, at=clock.now,
        )  # fmt: skip
    assert task.next_step_at is not None  # else this proves nothing
    assert later.status is MessageStatus.QUEUED
    return task, later


@pytest.mark.parametrize("status", STOPPING)
def test_everything_under_way_stops_and_the_owner_gets_a_card(
    ana: FlaskClient, world: World, clock: Clock, status: PatientStatus
) -> None:
    task, later = under_way(world, clock)
    assert set_status(ana, world, status) == 303
    look_again()
    for message in (later, *messages_of(task)):
        assert fresh(message).status is MessageStatus.CANCELLED
    card = fresh(task)
    assert (card.next_step_at, card.needs, card.owner_id) == (
        None, Needs.LEAD_DECISION, world.ana.id)  # fmt: skip


def test_back_to_active_starts_nothing_by_itself(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    task, later = under_way(world, clock)
    set_status(ana, world, PatientStatus.ADMITTED)
    clock.set(clock.now + timedelta(days=2))
    set_status(ana, world, PatientStatus.ACTIVE)
    look_again()
    assert fresh(task).next_step_at is None
    assert fresh(later).status is MessageStatus.CANCELLED


def test_the_page_says_what_each_stops_and_keeps_the_history(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    set_status(ana, world, PatientStatus.ADMITTED, "2026-02-27")
    set_status(ana, world, PatientStatus.HOSPICE, "2026-03-01")
    page = ana.get(f"/patients/{world.sam.id}").text
    for words in ("since 2026-02-27", "since 2026-03-01", "by Ana Alvarez", "people call."):
        assert words in page, words
    assert set_status(ana, world, PatientStatus.ACTIVE, "2027-01-01") == 422


def test_a_contact_entered_late_keeps_the_status_of_its_own_day(world: World, clock: Clock) -> None:
    clock.set(datetime(2026, 3, 10, 20, tzinfo=UTC))
    with transaction():
        sam = db.session.merge(world.sam)
        patient_changes.set_status(
            sam, PatientStatus.HOSPICE, since=date(2026, 3, 5), today=date(2026, 3, 10), by=SYSTEM,
            at=clock.now,
        )  # fmt: skip
    days = {day: on_hospice(world, clock, datetime(2026, 3, day, 20, tzinfo=UTC)) for day in (4, 6)}
    assert days == {4: False, 6: True}


def on_hospice(world: World, clock: Clock, moment: datetime) -> bool:
    contact = Contact(
        patient=world.sam, source_kind="call", source_id=moment.isoformat(), activity_type="call",
        channel="phone", direction="outbound", actor_kind=ActorKind.HUMAN, actor_id=world.ana.id,
        started_at=moment, ended_at=moment + timedelta(minutes=3), seconds=180,
        minutes_source=MinutesSource.MANUAL,
    )  # fmt: skip
    with transaction():
        row = touchpoints.write(contact, by=world.viewer(world.ana).actor, at=clock.now)
    assert row is not None
    return bool(row.is_hospice)


def messages_of(task: Task) -> list[Message]:
    found = db.session.query(Message).filter(Message.task_id == task.id).all()
    assert found
    return found


def fresh(row: Any) -> Any:
    return db.session.get_one(type(row), (row.practice_id, row.id))
