"""`flask doctor --reconcile`: what the carrier has since the backup is filled in once, in order; what
left does not leave again; and a practice sends only when that is done."""

import contextvars
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.lease import SandboxMessage
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.task import Task, TaskStatus
from app.models.touchpoint import Touchpoint
from app.web.event_words import EVENTS
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.conftest import Clock
from tests.task_records import climb, facts, maker, texts
from tests.world import World, look_again
from workers import deadlines, outbox, reconciler

FOUND = "conversation.text_found"


@pytest.fixture
def reconcile(app) -> Callable[..., Any]:
    def run(*args: str) -> Any:
        words = ["doctor", "--reconcile", "--lag", "0", *args]
        done = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
        look_again()
        return done

    return run


def restore(clock: Clock, *, hours_later: float = 1) -> datetime:
    """The database is a backup of now, and it is later."""
    of = clock.now
    clock.advance(hours=hours_later)
    with transaction() as session:
        for practice in session.scalars(select(Practice)):
            practice.restored_from, practice.restored_at = of, clock.now
    return of


def carried(world: World, patient: Patient, body: str, at: datetime, *, came: bool = False) -> str:
    """A text the carrier has on record; our side of it was lost."""
    line, phone = world.line.number, world.phone(patient)
    row = SandboxMessage(
        practice_id=world.practice.id, provider_id=new_provider_id(), body=body, at=at,
        sender=phone if came else line, recipient=line if came else phone,
        direction="inbound" if came else "outbound",
    )  # fmt: skip
    with transaction() as session:
        session.add(row)
    return row.provider_id


def times_carried(body: str) -> int:
    return [row.body for row in db.session.scalars(select(SandboxMessage))].count(body)


def practice(world: World) -> Practice:
    look_again()
    return db.session.get_one(Practice, world.practice.id)


def heard() -> list[Message]:
    found = select(Message).where(Message.direction == Direction.INBOUND).order_by(Message.id)
    return list(db.session.scalars(found))


def thread_of(patient: Patient) -> Conversation:
    mine = Conversation.patient_id == patient.id
    return db.session.scalars(select(Conversation).where(mine)).one()


def found_events() -> list[Event]:
    look_again()
    return list(db.session.scalars(select(Event).where(Event.kind == FOUND).order_by(Event.id)))


def test_it_sends_nothing_before(world: World, clock: Clock, sign_in, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    restore(clock, hours_later=0.1)
    assert outbox.deliver_due() == 0
    row = fresh(message)
    assert (row.status, row.verdict["reason"]) == (MessageStatus.QUEUED, "sending_off")
    lea = sign_in(world.lea)
    refused = lea.post("/settings/sending")
    assert refused.status_code == 409
    assert "restored from a backup" in refused.text
    page = lea.get("/settings").text
    assert "doctor --reconcile" in page
    assert "Resume" not in page
    assert "No texts leave" in lea.get("/").text
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 0
    said = reconcile()
    assert said.exit_code == 0, said.output
    assert "harbor: texts leave again" in said.output
    clock.advance(minutes=5)
    assert outbox.deliver_due() == 1
    assert "doctor --reconcile" not in lea.get("/settings").text


def test_it_settles_what_waited_and_had_left(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True, body="Your ride is booked")
    restore(clock)
    left = clock.now - timedelta(minutes=50)
    provider_id = carried(world, world.sam, "Your ride is booked", left)
    said = reconcile()
    assert "     1 had left and matched" in said.output
    row = fresh(message)
    assert (row.status, row.provider_id, row.sent_at) == (
        MessageStatus.DELIVERED,
        provider_id,
        left,
    )
    contact = db.session.scalars(select(Touchpoint).where(Touchpoint.message_id == row.id)).one()
    assert contact.started_at == left
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 0
    assert times_carried("Your ride is booked") == 1
    assert found_events() == []


def test_it_takes_one_of_two_equal_texts_for_each_that_left(
    world: World, clock: Clock, reconcile
) -> None:
    first, second = (
        queue_to(world.sam, clock.now, solicited=True, body="On our way", send_key=f"k{n}")
        for n in range(2)
    )
    restore(clock)
    carried(world, world.sam, "On our way", clock.now - timedelta(minutes=50))
    reconcile()
    assert fresh(first).status is MessageStatus.DELIVERED
    assert fresh(second).status is MessageStatus.QUEUED
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 1
    assert times_carried("On our way") == 2


def test_it_settles_what_was_just_leaving(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True, body="Just now")
    from app.actions.outbox import claim_due

    with transaction():
        (claim,), _ = claim_due(world.practice.id, at=clock.now, limit=1)
    assert claim.message_id == message.id
    restore(clock)
    provider_id = carried(world, world.sam, "Just now", clock.now - timedelta(minutes=59))
    reconcile()
    assert fresh(message).provider_id == provider_id
    outbox.release_lapsed()
    outbox.deliver_due()
    assert times_carried("Just now") == 1


def test_it_leaves_a_text_written_later_alone(world: World, clock: Clock, reconcile) -> None:
    restore(clock)
    carried(world, world.sam, "Thanks!", clock.now - timedelta(minutes=30))
    later = queue_to(world.sam, clock.now, solicited=True, body="Thanks!", is_automated=False)
    reconcile()
    assert fresh(later).status is MessageStatus.QUEUED
    assert len(found_events()) == 1


def test_it_keeps_what_it_does_not_know_and_tells_somebody(
    world: World, clock: Clock, reconcile, sign_in
) -> None:
    restore(clock)
    left = clock.now - timedelta(minutes=30)
    provider_id = carried(world, world.sam, "Words only the carrier has", left)
    said = reconcile()
    assert "     1 had left and not on record" in said.output
    (event,) = found_events()
    assert event.facts["provider_id"] == provider_id
    assert "Words only" not in str(event.facts)
    assert event.patient_id == world.sam.id
    thread = thread_of(world.sam)
    assert thread.waiting_since == clock.now
    page = sign_in(world.ana).get(f"/inbox/{thread.id}").text
    assert "that is not on record here" in page
    assert callable(EVENTS[FOUND])


def test_it_does_nothing_the_second_time(world: World, clock: Clock, reconcile) -> None:
    queue_to(world.sam, clock.now, solicited=True, body="Your ride is booked")
    of = restore(clock)
    carried(world, world.sam, "Your ride is booked", clock.now - timedelta(minutes=50))
    carried(world, world.rosa, "Nobody knows", clock.now - timedelta(minutes=40))
    carried(world, world.sam, "thank you", clock.now - timedelta(minutes=30), came=True)
    first = reconcile()
    assert first.exit_code == 0
    before = len(list(db.session.scalars(select(Event.id))))
    assert "No practice waits for this" in reconcile().output
    with transaction() as session:  # as if it had been killed just before the end
        session.get_one(Practice, world.practice.id).restored_from = of
    again = reconcile()
    for name in ("came in", "had left and matched", "had left and not on record"):
        assert f"     0 {name}" in again.output
    kinds = list(db.session.scalars(select(Event.kind).order_by(Event.id)))
    assert len(kinds) == before + 1  # practice.reconciled
    assert len(heard()) == len(found_events()) == 1


def test_it_takes_in_what_came_in_and_heeds_a_stop(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now + timedelta(hours=5), body="See you tomorrow")
    restore(clock)
    carried(world, world.sam, "STOP", clock.now - timedelta(minutes=20), came=True)
    assert reconciler.take_in_missed() == 0  # not before what left is known too
    said = reconcile()
    assert "     1 came in and filled in" in said.output
    number = db.session.scalars(
        select(PhoneNumber).where(PhoneNumber.e164 == world.phone(world.sam))
    ).one()
    assert number.opted_out_at is not None
    clock.advance(hours=6)
    outbox.deliver_due()
    assert fresh(message).status in (MessageStatus.CANCELLED, MessageStatus.WITHHELD)
    assert times_carried("See you tomorrow") == 0


def test_it_understands_the_answer_to_a_question_that_left_after_the_backup(
    world: World, clock: Clock, reconcile
) -> None:
    task = maker(world, clock)()
    db.session.rollback()
    (asked,) = texts(task)
    question = asked.body
    restore(clock, hours_later=3)
    carried(world, world.sam, question, clock.now - timedelta(hours=2))
    carried(world, world.sam, "1", clock.now - timedelta(hours=1), came=True)
    said = reconcile()
    assert said.exit_code == 0, said.output
    done = db.session.get_one(Task, (task.practice_id, task.id))
    assert done.status is TaskStatus.COMPLETED, (said.output, done.needs, kinds_of(heard()[0]))
    outbox.deliver_due()
    assert times_carried(question) == 1


def test_it_understands_the_answer_to_a_step_that_came_due_after_the_backup(
    world: World, clock: Clock, reconcile
) -> None:
    task = maker(world, clock)()
    outbox.deliver_due()
    look_again()
    of, reminder, reminded_at = clock.now, *_reminder(world, clock)
    clock.set(of)
    restore(clock, hours_later=(reminded_at - of).total_seconds() / 3600 + 2)
    provider_id = carried(world, world.sam, reminder, reminded_at)
    carried(world, world.sam, "1", reminded_at + timedelta(hours=1), came=True)
    said = reconcile()
    assert "     1 had left and matched" in said.output
    done = db.session.get_one(Task, (task.practice_id, task.id))
    assert done.status is TaskStatus.COMPLETED
    (row,) = (each for each in texts(task) if each.body == reminder)
    assert (row.provider_id, row.sent_at, row.created_at) == (provider_id, reminded_at, reminded_at)
    deadlines.run()
    outbox.deliver_due()
    assert times_carried(reminder) == 1
    assert found_events() == []


def _reminder(world: World, clock: Clock) -> tuple[str, datetime]:
    """The words of Sam's second text and when it is due, learnt from Tom's; moves the clock there."""
    twin = maker(world, clock)(world.tom)
    outbox.deliver_due()
    look_again()
    twin = db.session.get_one(Task, (twin.practice_id, twin.id))
    climb(twin, clock)
    return texts(twin)[-1].body.replace("Tom", "Sam"), clock.now


def test_it_knows_a_step_again_that_comes_due_later(world: World, clock: Clock, reconcile) -> None:
    task = maker(world, clock)()
    outbox.deliver_due()
    look_again()
    task = db.session.get_one(Task, (task.practice_id, task.id))
    start, reminder, reminded_at = clock.now, *_reminder(world, clock)
    clock.set(start)
    restore(clock, hours_later=(reminded_at - start).total_seconds() / 3600 - 1)
    left = clock.now - timedelta(minutes=30)  # by a faster clock than ours will be
    provider_id = carried(world, world.sam, reminder, left)
    reconcile()
    assert len(found_events()) == 1
    clock.advance(hours=3)
    deadlines.run()
    outbox.deliver_due()
    look_again()
    task = db.session.get_one(Task, (task.practice_id, task.id))
    (first, second) = texts(task)
    assert second.body == reminder
    assert (second.provider_id, second.status) == (provider_id, MessageStatus.SENT)
    assert second.sent_at == left
    assert times_carried(reminder) == 1
    assert [each["step"] for each in facts(task, "task.reminded")] == ["remind"]
    assert first.provider_id != second.provider_id


def test_it_expires_what_is_too_late_and_tells_somebody(
    world: World, clock: Clock, reconcile
) -> None:
    late = queue_to(world.sam, clock.now, body="Come at three today", is_automated=False,
                    solicited=True)  # fmt: skip
    ended = queue_to(
        world.rosa, clock.now, solicited=True, not_after=clock.now + timedelta(hours=2)
    )
    planned = queue_to(world.tom, clock.now, send_after=clock.now + timedelta(days=3))
    restore(clock, hours_later=20)
    said = reconcile()
    assert "     2 too late to be of use" in said.output
    assert fresh(late).status is fresh(ended).status is MessageStatus.EXPIRED
    assert fresh(planned).status is MessageStatus.QUEUED
    assert thread_of(world.sam).waiting_since is not None


def test_a_practice_whose_carrier_cannot_be_asked_stays_off(
    world: World, clock: Clock, reconcile
) -> None:
    restore(clock)
    with transaction() as session:
        session.get_one(Practice, world.other_practice.id).is_invented = False
    said = reconcile()
    assert said.exit_code == 1
    assert "harbor: texts leave again" in said.output
    assert "other: STILL OFF" in said.output
    assert "Set CARRIER=twilio" in said.output
    assert practice(world).may_send
    assert not db.session.get_one(Practice, world.other_practice.id).may_send


def test_a_carrier_that_does_not_answer_keeps_everything_as_it_was(
    world: World, clock: Clock, reconcile, make_app
) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    restore(clock)
    away = make_app(carrier="twilio", twilio_api_url="http://127.0.0.1:9")
    words = ["doctor", "--reconcile", "--lag", "0"]
    said = contextvars.Context().run(away.test_cli_runner().invoke, args=words)
    assert said.exit_code == 1
    assert said.output.count("STILL OFF") == 2
    assert not practice(world).may_send
    assert fresh(message).status is MessageStatus.QUEUED
    assert kinds_of(message) == ["message.queued"]


def test_it_stays_off_when_one_text_cannot_be_settled(
    world: World, clock: Clock, reconcile, monkeypatch
) -> None:
    restore(clock)
    carried(world, world.sam, "Nobody knows", clock.now - timedelta(minutes=30))

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.actions.found_texts.keep", broken)
    said = reconcile()
    assert "harbor: STILL OFF" in said.output
    assert not practice(world).may_send
    monkeypatch.undo()
    assert reconcile().exit_code == 0


def test_it_waits_for_the_carriers_list(world: World, clock: Clock, app, monkeypatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("app.cli.recoveries.time.sleep", slept.append)
    restore(clock)
    words = ["doctor", "--reconcile"]
    assert contextvars.Context().run(app.test_cli_runner().invoke, args=words).exit_code == 0
    assert slept == [60.0, 60.0]  # one for each practice: this clock stands still
