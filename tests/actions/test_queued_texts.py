"""Replies that wait: changed, taken back and put back, each before the outbox takes them or not at all."""

from datetime import datetime, timedelta

import pytest

from app.actions import messages, queued_texts
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.conversation import Conversation
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, stop
from tests.actions.drafts import MORNING, NIGHT, fresh, kinds_of
from tests.phones import Phones
from tests.world import World, look_again

LATER = MORNING + timedelta(hours=5)
TOMORROW_NIGHT = NIGHT + timedelta(days=1)


def planned(phones: Phones, world: World, send_after: datetime | None = LATER) -> Message:
    """Sam wrote, and Ana answers."""
    phones.clock.set(MORNING)
    phones.text(world.sam, "Can you help?")
    with transaction():
        return messages.reply(
            phones.thread(world.sam), channel="sms", body="See you at noon",
            by=world.viewer(world.ana), at=MORNING, send_after=send_after,
        )  # fmt: skip


def change(
    message: Message,
    world: World,
    body: str = "See you at one",
    send_after: datetime | None = LATER,
    seen: str | None = None,
) -> Message:
    with transaction():
        row = db.session.get_one(Message, (message.practice_id, message.id))
        seen = row.body_digest if seen is None else seen
        return queued_texts.change(
            row, body=body, send_after=send_after, seen=seen, by=world.viewer(world.ana).actor, at=MORNING
        )  # fmt: skip


def take_back(message: Message, world: World, at: datetime = MORNING) -> None:
    with transaction():
        row = db.session.get_one(Message, (message.practice_id, message.id))
        queued_texts.take_back(row, by=world.viewer(world.ana).actor, at=at)


def put_back(message: Message, world: World, at: datetime = MORNING) -> Message:
    with transaction():
        row = db.session.get_one(Message, (message.practice_id, message.id))
        return queued_texts.put_back(row, by=world.viewer(world.ana).actor, at=at)


def waiting(phones: Phones, world: World) -> datetime | None:
    look_again()
    thread: Conversation = phones.thread(world.sam)
    return thread.waiting_since


def test_it_changes_words_and_time_and_keeps_the_history(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    change(message, world, "See you — at “one”", LATER + timedelta(hours=1))
    now = fresh(message)
    assert (now.body, now.status) == ('See you - at "one"', MessageStatus.QUEUED)
    assert now.due_at == LATER + timedelta(hours=1)
    assert kinds_of(message)[-1] == "message.changed"


def test_it_pushes_a_time_in_quiet_hours_to_the_morning(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    change(message, world, send_after=TOMORROW_NIGHT)
    assert fresh(message).due_at == MORNING + timedelta(days=1)


def test_it_withholds_a_changed_text_whose_person_said_stop(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    look_again()
    with transaction():  # the STOP took no text with it: the gate has to see it by itself
        number = db.session.merge(world.number(world.sam))
        number.opted_out_at = MORNING
    change(message, world)
    assert fresh(message).status is MessageStatus.WITHHELD


def test_it_lets_the_outbox_win_the_race(phones: Phones, world: World) -> None:
    message = planned(phones, world, send_after=None)
    seen = message.body_digest
    assert len(claim(world, MORNING)) == 1
    for act in (lambda: change(message, world, seen=seen), lambda: take_back(message, world)):
        with pytest.raises(Conflict):
            act()
    now = fresh(message)
    assert (now.body, now.status) == ("See you at noon", MessageStatus.SENDING)


def test_it_writes_nothing_over_a_claim_it_has_not_seen(phones: Phones, world: World) -> None:
    message = planned(phones, world, send_after=None)
    with transaction():  # as another process would: behind the session's back
        stale = db.session.get_one(Message, (message.practice_id, message.id))
        assert stale.claim_epoch == 0
        db.session.connection().exec_driver_sql("UPDATE message SET claim_epoch = claim_epoch + 1")
        with pytest.raises(Conflict):
            queued_texts.change(
                stale, body="Late", send_after=None, seen=stale.body_digest,
                by=world.viewer(world.ana).actor, at=MORNING,
            )  # fmt: skip
    assert fresh(message).body == "See you at noon"


def test_the_changed_words_are_what_leaves(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    change(message, world, send_after=None)
    (claimed,) = claim(world, MORNING)
    assert claimed.outgoing.body == "See you at one"


def test_two_people_do_not_write_over_each_other(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    seen = message.body_digest
    change(message, world, "Ana's words", seen=seen)
    with pytest.raises(Conflict):
        change(message, world, "Lea's words", seen=seen)
    assert fresh(message).body == "Ana's words"


@pytest.mark.parametrize("body", ["", "   ", "x" * 1601])
def test_it_refuses_words_that_cannot_be_sent(phones: Phones, world: World, body: str) -> None:
    message = planned(phones, world)
    with pytest.raises(Invalid):
        change(message, world, body)


def test_whoever_waited_waits_again_when_the_reply_is_taken_back(
    phones: Phones, world: World
) -> None:
    message = planned(phones, world)
    assert waiting(phones, world) is None
    take_back(message, world)
    assert waiting(phones, world) == MORNING
    put_back(message, world, MORNING + timedelta(minutes=9))
    now = fresh(message)
    assert (now.status, now.due_at) == (MessageStatus.QUEUED, LATER)
    assert waiting(phones, world) is None
    take_back(message, world)
    wrote = phones.clock.set(MORNING + timedelta(minutes=4))
    phones.text(world.sam, "One more thing")
    put_back(message, world, MORNING + timedelta(minutes=9))
    assert waiting(phones, world) == wrote  # it was written before they wrote again


def test_a_second_reply_keeps_the_wait_over(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    with transaction():
        messages.reply(
            phones.thread(world.sam), channel="sms", body="Or at two",
            by=world.viewer(world.ana), at=MORNING,
        )  # fmt: skip
    take_back(message, world)
    assert waiting(phones, world) is None


def test_it_puts_nothing_back_after_ten_minutes(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    take_back(message, world)
    with pytest.raises(Conflict):
        put_back(message, world, MORNING + timedelta(minutes=11))
    assert fresh(message).status is MessageStatus.CANCELLED


def test_it_puts_back_once(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    take_back(message, world)
    put_back(message, world)
    with pytest.raises(Conflict):
        put_back(message, world)


def test_a_stop_between_keeps_it_from_coming_back(phones: Phones, world: World) -> None:
    message = planned(phones, world)
    take_back(message, world)
    stop(world, world.sam, MORNING)
    put_back(message, world)
    assert fresh(message).status is MessageStatus.WITHHELD
