"""The ladder: ask, ask again at another time of day, a call, overdue and escalation; what skips a rung."""

import pytest

from app.actions import ladder
from app.core.db import db, transaction
from app.models.contact_point import NumberState
from app.models.event import SYSTEM
from app.models.message import Message, MessageTemplate
from app.models.patient import PatientStatus
from app.models.task import Needs, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
from tests.task_records import Create, climb, facts, kinds, maker, texts, utc
from tests.world import World


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def test_it_climbs_from_text_to_text_to_call(create: Create, clock: Clock, phones: Phones) -> None:
    task = create()
    phones.deliver_all()
    assert task.next_step_at == utc(2026, 3, 5, 0)  # asked at 9 a.m.: the next day at 4 p.m.
    climb(task, clock)
    assert [text.template_key for text in texts(task)] == [
        "medication_received.ask", "medication_received.remind"
    ]  # fmt: skip
    phones.deliver_all()
    assert task.needs is None
    assert task.next_step_at == utc(2026, 3, 5, 17)  # the next morning
    climb(task, clock)
    assert (task.needs, task.next_step_at) == (Needs.CALL, None)
    assert kinds(task) == ["task.created", "task.asked", "task.reminded", "task.call_due"]


def test_it_steps_once_however_often_it_is_asked_to(create: Create, clock: Clock) -> None:
    task = create()
    for _ in range(3):
        with transaction():
            ladder.step(task, at=clock.now)
    assert len(texts(task)) == 1
    assert task.step == 1


def test_it_waits_while_the_last_text_has_not_left(create: Create, clock: Clock) -> None:
    task = create()
    [asked] = texts(task)
    climb(task, clock)
    assert asked.status is MessageStatus.QUEUED
    assert texts(task) == [asked]
    assert task.next_step_at is not None
    assert task.next_step_at > clock.now


def test_it_counts_from_when_a_text_leaves_in_the_morning(create: Create, clock: Clock) -> None:
    clock.set(utc(2026, 3, 4, 6))  # 10 p.m. where Sam lives
    task = create()
    [text] = texts(task)
    assert text.due_at == utc(2026, 3, 4, 16)  # 8 a.m.
    assert task.next_step_at == utc(2026, 3, 6, 0)  # a day later, in the late afternoon


def test_it_skips_texts_nobody_may_send_and_asks_for_a_call_at_once(
    create: Create, world: World
) -> None:
    task = create(world.olga)
    assert [text.status for text in texts(task)] == [MessageStatus.WITHHELD] * 2
    assert [fact["step"] for fact in facts(task, "task.step_skipped")] == ["ask", "remind"]
    assert {fact["reason"] for fact in facts(task, "task.step_skipped")} == {"opted_out"}
    assert (task.needs, task.next_step_at) == (Needs.CALL, None)


def test_it_skips_texts_to_a_landline(create: Create, world: World) -> None:
    with transaction():
        world.number(world.sam).state = NumberState.LANDLINE
    task = create()
    assert {fact["reason"] for fact in facts(task, "task.step_skipped")} == {"landline"}
    assert task.needs is Needs.CALL


def test_it_lets_a_lead_decide_about_a_patient_who_is_not_active(
    create: Create, world: World
) -> None:
    with transaction():
        world.sam.status = PatientStatus.HOSPICE
    task = create()
    assert (task.needs, task.next_step_at) == (Needs.LEAD_DECISION, None)
    assert "task.call_due" not in kinds(task)


def test_it_calls_when_the_practices_own_wording_cannot_be_filled_in(
    create: Create, world: World, clock: Clock
) -> None:
    with transaction() as session:
        for step in ("ask", "remind"):
            session.add(
                MessageTemplate(
                    practice_id=world.practice.id, key=f"medication_received.{step}", language="en",
                    title="Ours", body="Did {community_organization} bring it?", updated_at=clock.now,
                )
            )  # fmt: skip
    task = create()
    assert {fact["reason"] for fact in facts(task, "task.step_skipped")} == {"wording"}
    assert task.needs is Needs.CALL


def test_it_takes_the_next_rung_now_when_a_text_is_lost_after_all(
    create: Create, clock: Clock, phones: Phones
) -> None:
    task = create()
    [text] = phones.deliver_all()
    clock.advance(minutes=5)
    with transaction():
        ladder.text_lost(text, at=clock.now)
    assert task.next_step_at == clock.now
    assert [fact["step"] for fact in facts(task, "task.step_skipped")] == ["ask"]
    climb(task, clock)
    assert texts(task)[-1].template_key == "medication_received.remind"


def test_it_does_not_mind_a_lost_text_of_an_earlier_rung(
    create: Create, clock: Clock, phones: Phones
) -> None:
    task = create()
    [first] = phones.deliver_all()
    climb(task, clock)
    before = task.next_step_at
    with transaction():
        ladder.text_lost(first, at=clock.now)
    assert (task.next_step_at, facts(task, "task.step_skipped")) == (before, [])


def test_it_becomes_overdue_when_its_day_is_over_and_climbs_to_the_leader(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        ladder.mark_overdue(task, at=clock.now)
        ladder.mark_overdue(task, at=clock.now)
    assert (task.overdue_since, task.escalated_at) == (task.due_at, clock.now)
    assert (task.needs, task.next_step_at) == (Needs.LEAD_DECISION, None)
    assert kinds(task)[-2:] == ["task.overdue", "task.escalated"]
    assert facts(task, "task.escalated") == [{"leader_id": str(world.lea.id)}]
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]


def test_it_keeps_what_a_person_has_to_do_when_it_is_overdue(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        task.need(Needs.SOLVE_BARRIER, at=clock.now)
        ladder.mark_overdue(task, at=clock.now)
    assert task.needs is Needs.SOLVE_BARRIER
    assert task.escalated_at == clock.now


def test_it_is_not_overdue_a_moment_before(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    clock.advance(seconds=-1)
    with transaction():
        ladder.mark_overdue(task, at=clock.now)
    assert task.overdue_since is None


def test_it_finds_only_what_is_due(create: Create, world: World, clock: Clock) -> None:
    climbing, held, done = create(), create(world.rosa), create(world.kim)
    other = create(world.zoe)  # another practice: the sweep serves them all
    with transaction():
        held.status = TaskStatus.ON_HOLD
        ladder.stop(done, by=SYSTEM, at=clock.now)
        done.status = TaskStatus.CANCELLED
    due = set(db.session.scalars(ladder.due_steps(utc(2026, 3, 20, 0))))
    assert due == {climbing, other}
    assert db.session.scalars(ladder.due_steps(clock.now)).all() == []
    late = set(db.session.scalars(ladder.overdue(utc(2026, 3, 20, 0))))
    assert late == {climbing, other}
    assert db.session.scalars(ladder.overdue(clock.now)).all() == []


def test_it_stops_for_everybody_who_shares_a_number(
    create: Create, world: World, clock: Clock
) -> None:
    assert world.phone(world.kim) == world.phone(world.lee)
    kims, lees, sams = create(world.kim), create(world.lee), create(world.sam)
    with transaction():
        ladder.stop_for_number(world.number(world.kim), at=clock.now)
    for task in (kims, lees):
        assert (task.next_step_at, task.needs) == (None, Needs.OTHER_CHANNEL)
        [stopped] = facts(task, "task.ladder_stopped")
        assert stopped["proposes"] == ["portal", "call"]
        assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    assert sams.next_step_at is not None
    assert sams.needs is None


def test_it_stops_once_and_leaves_a_call_that_is_due_alone(
    create: Create, world: World, clock: Clock
) -> None:
    task, calling = create(), create(ask_first=False)
    for _ in range(2):
        with transaction():
            ladder.stop_for_patient(world.sam, at=clock.now)
    assert len(facts(task, "task.ladder_stopped")) == 1
    assert calling.needs is Needs.CALL


def test_it_sets_a_broken_task_aside_for_a_lead(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        ladder.set_aside(task, reason="a step failed", at=clock.now)
    assert (task.stuck_reason, task.needs) == ("a step failed", Needs.LEAD_DECISION)
    assert task not in set(db.session.scalars(ladder.due_steps(utc(2026, 3, 20, 0))))


def test_it_does_not_climb_for_a_message_without_a_task(
    phones: Phones, world: World, clock: Clock
) -> None:
    message = phones.text(world.sam, "Hello")
    assert isinstance(message, Message)
    with transaction():
        ladder.text_lost(message, at=clock.now)
    assert phones.events("task.step_skipped") == []


def test_it_asks_about_a_referral_too(create: Create, world: World) -> None:
    task = create(world.rosa, TaskType.REFERRAL_FOLLOW_UP)
    [text] = texts(task)
    assert "¿Ya está en contacto con nuestro equipo?" in text.body
    assert text.purpose == "referral"
