"""Messages are written as queued rows the gate has judged: one per key, by the right way, never sent here."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import conversations, messages
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.event import SYSTEM
from app.models.lease import SandboxMessage
from app.models.message import Message
from app.models.practice import Line
from app.models.topic import Change
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.actions.drafts import MORNING, NIGHT, draft_to, fresh, kinds_of, queue_to
from tests.world import World


def test_it_queues_a_text_to_the_patients_number_from_the_practices_line(
    world: World, clock
) -> None:
    message = queue_to(world.sam, clock.now)
    assert message.status is MessageStatus.QUEUED
    assert (message.phone_number_id, message.line_id) == (
        world.number(world.sam).id, world.line.id,
    )  # fmt: skip
    assert message.due_at == clock.now
    assert message.conversation_id == conversations.thread_of(world.sam, at=clock.now).id
    assert kinds_of(message) == ["message.queued"]


def test_it_writes_nothing_to_a_phone_and_no_touchpoint_before_it_left(world: World, clock) -> None:
    queue_to(world.sam, clock.now)
    assert db.session.scalar(select(func.count()).select_from(SandboxMessage)) == 0
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 0


def test_it_gives_the_first_message_back_for_a_key_it_has_seen(world: World, clock) -> None:
    first = queue_to(world.sam, clock.now, body="first")
    again = queue_to(world.sam, clock.now, body="second")
    assert again.id == first.id
    assert fresh(again).body == "first"
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1


def test_it_gives_the_first_message_back_when_both_were_written_in_the_same_moment(
    world: World, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = queue_to(world.sam, clock.now, body="first")
    monkeypatch.setattr(messages, "find_by_key", lambda _draft: None)  # it had not committed yet
    again = queue_to(world.sam, clock.now, body="second")
    assert again.id == first.id
    assert kinds_of(first) == ["message.queued"]


def test_it_keeps_the_same_key_of_two_practices_apart(world: World, clock) -> None:
    one = queue_to(world.sam, clock.now, send_key="k")
    other = queue_to(world.zoe, clock.now, send_key="k")
    assert one.id != other.id


def test_it_numbers_the_message_in_the_change_feed(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    kept = select(Change.seq).where(Change.kind == "message", Change.row_id == message.id)
    assert db.session.scalar(kept) is not None


def test_it_delivers_a_portal_message_in_place(world: World, clock) -> None:
    message = queue_to(world.olga, clock.set(NIGHT), channel="portal")
    assert message.status is MessageStatus.DELIVERED
    assert (message.sent_at, message.delivered_at, message.line_id) == (NIGHT, NIGHT, None)
    kept = select(Touchpoint.channel).where(Touchpoint.message_id == message.id)
    assert db.session.scalars(kept).all() == ["portal"]


def test_it_keeps_a_portal_message_for_later_queued(world: World, clock) -> None:
    later = clock.now + timedelta(hours=1)
    message = queue_to(world.sam, clock.now, channel="portal", send_after=later)
    assert (message.status, message.due_at) == (MessageStatus.QUEUED, later)


def test_it_picks_the_number_that_works_before_the_better_rank(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.number(world.sam)).state = NumberState.LANDLINE
        mobile = PhoneNumber(
            practice_id=world.practice.id, e164="+15035550177", created_at=clock.now
        )
        db.session.add(mobile)
        db.session.add(
            ContactPoint(
                practice_id=world.practice.id,
                patient_id=world.sam.id,
                rank=2,
                system=ContactSystem.PHONE,
                phone_number_id=mobile.id,
                created_at=clock.now,
            )
        )
    assert queue_to(world.sam, clock.now).phone_number_id == mobile.id


def test_it_stays_on_the_line_the_thread_used_last(world: World, clock) -> None:
    with transaction():
        second = Line(practice_id=world.practice.id, number="+15035550190", created_at=clock.now)
        db.session.add(second)
    queue_to(world.sam, clock.now, send_key="a", line=second)
    assert queue_to(world.sam, clock.now, send_key="b").line_id == second.id
    assert queue_to(world.rosa, clock.now, send_key="c").line_id == world.line.id


def test_it_writes_in_the_patients_language_and_folds_costly_signs(world: World, clock) -> None:
    message = queue_to(world.rosa, clock.now, body="  ¿Ya llegó su medicina? “Sí”… ")
    assert message.language == "es"
    assert message.body == '¿Ya llegó su medicina? "Sí"...'
    assert message.segments == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body": "  "}, "body"),
        ({"body": "x" * 1601}, "body"),
        ({"send_key": ""}, "send_key"),
    ],
)
def test_it_refuses_what_cannot_be_sent(world: World, clock, changes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        queue_to(**({"patient": world.sam, "at": clock.now} | changes))
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_it_refuses_a_message_to_nobody(world: World, clock) -> None:
    nobody = replace(draft_to(world.sam), patient=None)
    with pytest.raises(Invalid, match="who the message is for"), transaction():
        messages.queue(nobody, by=SYSTEM, at=clock.now)


def test_it_ends_the_wait_and_takes_the_thread_when_staff_reply(world: World, clock) -> None:
    ana = world.viewer(world.ana)
    with transaction():
        thread = conversations.thread_of(world.sam, at=clock.now)
        thread.hear(at=clock.now)
        message = messages.reply(thread, channel="sms", body="On my way.", by=ana, at=clock.now)
    assert (message.author_id, message.purpose, message.is_automated) == (
        world.ana.id, "staff_reply", False,
    )  # fmt: skip
    assert (thread.waiting_since, thread.owner_id) == (None, world.ana.id)


def test_it_lets_the_wait_go_on_when_the_reply_is_withheld(world: World, clock) -> None:
    with transaction():
        thread = conversations.thread_of(world.olga, at=clock.now)
        thread.hear(at=clock.now)
        message = messages.reply(
            thread, channel="sms", body="Hello", by=world.viewer(world.ana), at=clock.now
        )
    assert message.withheld_reason == "opted_out"
    assert thread.waiting_since == clock.now


def test_it_answers_at_night_only_who_wrote_a_moment_ago(world: World, clock, phones) -> None:
    ana = world.viewer(world.ana)
    clock.set(NIGHT - timedelta(minutes=5))
    phones.text(world.sam, "Are you there?")
    with transaction():
        thread = conversations.thread_of(world.sam, at=NIGHT)
        quick = messages.reply(thread, channel="sms", body="Yes.", by=ana, at=NIGHT)
        unasked = messages.reply(thread, channel="sms", body="And more.", by=ana, at=NIGHT)
    assert quick.due_at == NIGHT
    assert unasked.due_at == MORNING


def test_it_answers_an_unknown_sender_in_intake(world: World, clock) -> None:
    with transaction():
        number = PhoneNumber(
            practice_id=world.practice.id, e164="+15035550188", created_at=clock.now
        )
        db.session.add(number)
        thread = conversations.intake_of(number, at=clock.now)
        thread.hear(at=clock.now)
        message = messages.reply(
            thread, channel="sms", body="Who is this?", by=world.viewer(world.ana), at=clock.now
        )
    assert (message.status, message.phone_number_id) == (MessageStatus.QUEUED, number.id)


def test_it_takes_a_waiting_message_back(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        messages.cancel(message, by=SYSTEM, at=clock.now)
    assert message.status is MessageStatus.CANCELLED
    assert kinds_of(message) == ["message.queued", "message.cancelled"]


def test_it_cannot_take_back_what_is_leaving(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        db.session.merge(message).move(MessageStatus.SENDING, at=clock.now)
    with pytest.raises(Conflict), transaction():
        messages.cancel(message, by=SYSTEM, at=clock.now)
    assert fresh(message).status is MessageStatus.SENDING


def test_it_rings_the_outbox_only_for_what_is_due_and_after_commit(
    world: World, app, clock
) -> None:
    rings: list[int] = []
    app.extensions[messages.BELL] = lambda: rings.append(1)
    try:
        with transaction():
            messages.queue(draft_to(world.sam), by=SYSTEM, at=clock.now)
            assert rings == []
        assert rings == [1]
        queue_to(world.rosa, clock.now, send_after=clock.now + timedelta(hours=1))
        assert rings == [1]
    finally:
        app.extensions.pop(messages.BELL)
