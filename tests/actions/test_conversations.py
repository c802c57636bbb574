"""Threads, what staff do with them, and messages that find the right person afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import conversations, misfiled, refiling
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.contact_point import ContactPoint
from app.models.conversation import Conversation, Note
from app.models.message import Message
from app.models.task import Evidence, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

STRANGER = "+15035550177"


def reload(row: Conversation | Message) -> None:
    db.session.refresh(row)


def test_it_has_one_thread_per_patient(phones: Phones, world: World) -> None:
    with transaction():
        first = conversations.thread_of(world.sam, at=phones.clock.now)
        again = conversations.thread_of(world.sam, at=phones.clock.now)
    assert first.id == again.id
    assert conversations.thread_of(world.tom, at=phones.clock.now).id != first.id


def test_it_has_one_open_intake_per_number(phones: Phones, world: World) -> None:
    number = world.number(world.kim)
    with transaction():
        first = conversations.intake_of(number, at=phones.clock.now)
        assert conversations.intake_of(number, at=phones.clock.now).id == first.id
        first.resolved_at = phones.clock.now
    with transaction():
        assert conversations.intake_of(number, at=phones.clock.now).id != first.id


def test_it_assigns_and_gives_back(phones: Phones, world: World) -> None:
    phones.text(world.sam, "Hello")
    with transaction():
        thread = phones.thread(world.sam)
        by = world.viewer(world.lea).actor
        conversations.assign(thread, world.ana, by=by, at=phones.clock.now)
        conversations.assign(thread, world.ana, by=by, at=phones.clock.now)
        assert thread.owner_id == world.ana.id
        conversations.assign(thread, None, by=by, at=phones.clock.now)
    assert phones.thread(world.sam).owner_id is None
    assert len(phones.events("conversation.assigned")) == 2


def test_it_keeps_a_note_out_of_the_events(phones: Phones, world: World) -> None:
    phones.text(world.sam, "Hello")
    with transaction():
        conversations.add_note(
            phones.thread(world.sam), " Daughter helps him ", by=world.viewer(world.ana),
            at=phones.clock.now,
        )  # fmt: skip
    note = db.session.scalars(select(Note)).one()
    assert (note.body, note.author_id) == ("Daughter helps him", world.ana.id)
    (event,) = phones.events("conversation.noted")
    assert "Daughter" not in str(event.facts)


@pytest.mark.parametrize("body", ["", "  \n", "x" * 4001])
def test_it_refuses_notes_without_words_or_end(phones: Phones, world: World, body: str) -> None:
    phones.text(world.sam, "Hello")
    thread = phones.thread(world.sam)
    with pytest.raises(Invalid), transaction():
        conversations.add_note(thread, body, by=world.viewer(world.ana), at=phones.clock.now)
    assert db.session.scalars(select(Note)).all() == []


def test_it_snoozes_until_a_time_to_come(phones: Phones, world: World, clock: Clock) -> None:
    phones.text(world.sam, "Hello")
    by = world.viewer(world.ana).actor
    with transaction():
        thread = phones.thread(world.sam)
        conversations.snooze(thread, clock.now + timedelta(hours=4), by=by, at=clock.now)
    assert phones.thread(world.sam).snoozed_until == clock.now + timedelta(hours=4)
    with pytest.raises(Invalid), transaction():
        conversations.snooze(thread, clock.now, by=by, at=clock.now)


def test_it_settles_once(phones: Phones, world: World) -> None:
    phones.text(world.sam, "Thank you")
    by = world.viewer(world.ana).actor
    for _ in range(2):
        with transaction():
            conversations.settle(phones.thread(world.sam), by=by, at=phones.clock.now)
    assert phones.thread(world.sam).waiting_since is None
    assert len(phones.events("conversation.settled")) == 1


def test_it_gives_an_unknown_writer_a_name(phones: Phones, world: World, clock: Clock) -> None:
    heard = clock.now
    first = phones.text(STRANGER, "This is Sam, I have a new phone")
    clock.advance(hours=5)
    assert first is not None
    (intake,) = phones.intakes()
    with transaction():
        intake = db.session.scalars(select(Conversation).where(Conversation.id == intake.id)).one()
        by = world.viewer(world.ana).actor
        thread = refiling.resolve_intake(intake, world.sam, by=by, at=clock.now)
    reload(first)
    assert (first.conversation_id, first.patient_id) == (thread.id, world.sam.id)
    assert thread.waiting_since == heard
    assert phones.intakes() == []
    row = db.session.scalars(select(Touchpoint)).one()
    assert (row.started_at, row.recorded_at, row.patient_id) == (heard, clock.now, world.sam.id)
    later = phones.text(STRANGER, "Did you get this?")
    assert later is not None
    assert later.patient_id == world.sam.id  # the number is known now
    points = select(ContactPoint.rank).where(ContactPoint.patient_id == world.sam.id)
    assert sorted(db.session.scalars(points)) == [1, 2]


def test_it_lets_an_answer_count_once_it_has_a_name(phones: Phones, world: World) -> None:
    mine, other = (phones.ask(p, TaskType.MEDICATION_RECEIVED) for p in (world.kim, world.lee))
    phones.clock.advance(hours=1)
    phones.text(world.kim, "1")
    (intake,) = phones.intakes()
    by = world.viewer(world.ana).actor
    with transaction():
        thread = refiling.resolve_intake(intake, world.kim, by=by, at=phones.clock.now)
    for task in (mine, other):
        db.session.refresh(task)
    assert (mine.status, mine.evidence) == (TaskStatus.COMPLETED, Evidence.PATIENT_CONFIRMED)
    assert mine.from_shared_phone is True
    assert other.is_open
    assert thread.waiting_since is None


def test_it_resolves_an_intake_once(phones: Phones, world: World) -> None:
    phones.text(STRANGER, "Hello")
    (intake,) = phones.intakes()
    by = world.viewer(world.ana).actor
    with transaction():
        refiling.resolve_intake(intake, world.sam, by=by, at=phones.clock.now)
    with pytest.raises(Conflict), transaction():
        refiling.resolve_intake(intake, world.tom, by=by, at=phones.clock.now)


def test_it_moves_a_message_to_the_right_person_and_reverses_the_ledger(
    phones: Phones, world: World
) -> None:
    message = phones.text(world.sam, "This is about my wife")
    assert message is not None
    by = world.viewer(world.ana).actor
    for patient in (world.tom, world.sam, world.tom):
        with transaction():
            db.session.add(message)
            misfiled.refile(message, patient, by=by, at=phones.clock.now)
    rows = db.session.scalars(select(Touchpoint)).all()
    taken = {row.supersedes_id for row in rows}
    counting = [r for r in rows if r.supersedes_id is None and r.id not in taken]
    assert [row.patient_id for row in counting] == [world.tom.id]
    assert len(rows) == 7  # four written, three reversed
    assert phones.thread(world.tom).waiting_since is not None


def test_it_takes_no_task_along_to_another_patient(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    message = phones.text(world.sam, "1")
    assert message is not None
    assert message.task_id == task.id
    with transaction():
        db.session.add(message)
        misfiled.refile(message, world.tom, by=world.viewer(world.ana).actor, at=phones.clock.now)
    assert message.task_id is None
    toms = select(Touchpoint.id).where(Touchpoint.patient_id == world.tom.id)
    served = select(TouchpointTask).where(TouchpointTask.touchpoint_id.in_(toms))
    assert db.session.scalars(toms).all()
    assert db.session.scalars(served).all() == []


def test_it_refuses_to_move_what_did_not_come_in(phones: Phones, world: World) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    question = db.session.scalars(select(Message)).one()
    with pytest.raises(Invalid), transaction():
        misfiled.refile(question, world.tom, by=world.viewer(world.ana).actor, at=phones.clock.now)
