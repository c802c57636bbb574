"""A message given to the right person means there what it would have meant had it come to them:
tasks, ledger, timelines, once and with its own time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import (
    answer_undo,
    filing_trail,
    inbound,
    misfiled,
    questions,
    refile_plan,
)
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Event
from app.models.message import Channel, Message
from app.models.task import Needs, TaskStatus
from messaging.delivery import MessageStatus
from tests.actions.misfiles import MEDICINE, card, counting, give, heard, two_tasks
from tests.phones import Phones
from tests.world import World


def test_it_counts_as_said_when_it_was_said(phones: Phones, world: World) -> None:
    phones.ask(world.sam, MEDICINE)
    right = phones.ask(world.tom, MEDICINE)
    message = heard(phones, world.sam, "1")
    phones.clock.set(right.due_at + timedelta(hours=1))
    give(phones, message, world.tom)
    assert card(right)["status"] is TaskStatus.COMPLETED
    assert right.was_late is False


def test_it_has_staff_choose_among_several_tasks(phones: Phones, world: World) -> None:
    medicine, visit = two_tasks(phones, world.tom)
    message = heard(phones, world.sam, "1")
    with pytest.raises(Invalid):
        give(phones, message, world.tom)
    db.session.refresh(message)
    assert message.patient_id == world.sam.id
    plan = refile_plan.plan(message, world.tom)
    assert {task.id for task in plan.choices} == {medicine.id, visit.id}
    give(phones, message, world.tom, chosen=str(medicine.id))
    assert card(medicine)["status"] is TaskStatus.COMPLETED
    assert card(visit)["outcome"] is None


def test_it_answers_none_of_them_when_staff_say_so(phones: Phones, world: World) -> None:
    both = two_tasks(phones, world.tom)
    message = heard(phones, world.sam, "1")
    give(phones, message, world.tom, chosen=refile_plan.NO_TASK)
    assert [card(task)["outcome"] for task in both] == [None, None]
    assert phones.thread(world.tom).waiting_since == message.created_at


def test_it_is_a_plain_message_without_a_question(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    message = heard(phones, world.sam, "1")
    give(phones, message, world.tom)
    assert message.understood == {"kind": "free_text"}
    assert phones.thread(world.tom).waiting_since == message.created_at
    assert card(task)["status"] is TaskStatus.IN_PROGRESS


def test_it_writes_the_ledger_anew_with_the_first_time(phones: Phones, world: World) -> None:
    phones.ask(world.sam, MEDICINE)
    right = phones.ask(world.tom, MEDICINE)
    message = heard(phones, world.sam, "1")
    (first,) = counting(message)
    give(phones, message, world.tom)
    (row,) = counting(message)
    assert (row.patient_id, row.started_at) == (world.tom.id, message.created_at)
    assert row.recorded_at == phones.clock.now
    voids = [each for each in misfiled.ledger_rows(message) if each.supersedes_id == first.id]
    assert [each.void_reason for each in voids] == [misfiled.WHY]
    assert right.id  # its task is served by the new row alone


def test_it_says_on_both_stories_that_it_was_disclosed(phones: Phones, world: World) -> None:
    message = heard(phones, world.sam, "My test was positive")
    give(phones, message, world.tom)
    found = phones.events("disclosure.found")
    assert {(each.patient_id, each.facts["side"]) for each in found} == {
        (world.sam.id, "shown_to"),
        (world.tom.id, "about"),
    }
    assert all(each.facts["portal_of"] == str(world.sam.id) for each in found)
    assert all("positive" not in str(each.facts) for each in found)


def test_it_goes_back_the_way_it_came(phones: Phones, world: World) -> None:
    wrong, right = phones.ask(world.sam, MEDICINE), phones.ask(world.tom, MEDICINE)
    untouched = card(right)
    message = heard(phones, world.sam, "1")
    answered = card(wrong)
    give(phones, message, world.tom)
    phones.clock.advance(minutes=1)
    with transaction():
        assert misfiled.came_from(message) == world.sam.id
        misfiled.move_back(message, world.sam, by=SYSTEM, at=phones.clock.now)
    assert card(right) == untouched
    again = card(wrong)
    later = ("completed_at", "from_shared_phone")
    assert {k: v for k, v in again.items() if k not in later} == {
        k: v for k, v in answered.items() if k not in later
    }
    trail = filing_trail.moves_of(message)
    assert [each.facts["to_patient"] for each in trail] == [str(world.tom.id), str(world.sam.id)]
    assert len(counting(message)) == 1
    with pytest.raises(Conflict), transaction():
        misfiled.move_back(message, world.rosa, by=SYSTEM, at=phones.clock.now)


def test_it_moves_once_however_often_it_is_asked(phones: Phones, world: World) -> None:
    message = heard(phones, world.sam, "Hello")
    stood = message.conversation_id
    for _ in range(2):
        with transaction():
            message = db.session.merge(message)
            misfiled.refile(message, world.tom, by=SYSTEM, at=phones.clock.now, seen=stood)
    with pytest.raises(Conflict), transaction():
        misfiled.refile(message, world.rosa, by=SYSTEM, at=phones.clock.now, seen=stood)
    assert len(phones.events("message.refiled")) == 1


def test_it_leaves_stop_with_the_number(phones: Phones, world: World) -> None:
    message = heard(phones, world.sam, "STOP")
    give(phones, message, world.tom)
    assert world.number(world.sam).opted_out_at is not None
    assert world.number(world.tom).opted_out_at is None
    assert len(phones.events("consent.withdrawn")) == 2  # Olga's, long ago, and this one
    assert phones.thread(world.tom).waiting_since is None


def test_it_moves_what_was_said_in_the_portal(phones: Phones, world: World) -> None:
    wrong, right = phones.ask(world.sam, MEDICINE), phones.ask(world.tom, MEDICINE)
    before = card(wrong)
    phones.clock.advance(minutes=30)
    (asked,) = questions.open_questions(
        world.practice.id, patient_ids=[world.sam.id], at=phones.clock.now
    )
    with transaction():
        message = inbound.receive_portal(
            world.sam, "No", at=phones.clock.now, answers=asked, key="no"
        )
    give(phones, message, world.tom)
    assert card(wrong) == before
    assert card(right)["needs"] is Needs.SOLVE_BARRIER
    texts = [each for each in db.session.scalars(select(Message)) if each.channel is Channel.PORTAL]
    assert {each.patient_id for each in texts if each.status is not MessageStatus.CANCELLED} >= {
        world.tom.id
    }


def test_it_asks_on_her_own_phone_and_by_day(phones: Phones, world: World) -> None:
    phones.ask(world.tom, MEDICINE)
    message = heard(phones, world.sam, "2")
    phones.clock.advance(hours=12)  # 9:30 pm where they are
    give(phones, message, world.tom)
    (question,) = phones.outbox()
    assert question.phone_number_id == world.number(world.tom).id
    assert question.solicited is False
    assert question.due_at is not None
    assert question.due_at > phones.clock.now


@pytest.mark.parametrize("body", ["1", "2", "3", "Hello"])
def test_it_promises_what_it_does(phones: Phones, world: World, body: str) -> None:
    phones.ask(world.sam, MEDICINE)
    phones.ask(world.tom, MEDICINE)
    message = heard(phones, world.sam, body)
    plan = refile_plan.plan(message, world.tom)
    ways = [(str(each.task.id), each.way.value) for each in plan.effects]
    give(phones, message, world.tom)
    done = [(str(each.subject_id), each.facts["became"]) for each in _taken_back()]
    assert done == ways
    assert message.understood is not None
    assert message.understood["kind"] == plan.reading.kind.value


def _taken_back() -> list[Event]:
    rows = select(Event).where(Event.kind == answer_undo.TAKEN_BACK)
    return list(db.session.scalars(rows.order_by(Event.at, Event.id)))


def test_it_moves_nothing_nobody_has_placed(phones: Phones, world: World) -> None:
    stranger = phones.text("+15035550177", "Hello")
    assert stranger is not None
    with pytest.raises(Invalid), transaction():
        misfiled.refile(stranger, world.tom, by=SYSTEM, at=phones.clock.now)
