"""A staff reply leaves at night only when the person wrote a moment ago: our own texts don't count."""

from app.actions import conversations, messages
from app.core.db import db, transaction
from app.models.message import Channel
from messaging.delivery import MessageStatus
from tests.actions.drafts import NIGHT, fresh, queue_to
from tests.world import World


def reply(world: World, at):
    with transaction():
        thread = conversations.thread_of(world.sam, at=at)
        return messages.reply(
            thread,
            channel=Channel.SMS,
            body="We called the pharmacy.",
            by=world.viewer(world.ana),
            at=at,
        )


def test_it_goes_at_once_to_who_just_wrote(world: World, clock, phones) -> None:
    clock.set(NIGHT)
    phones.text(world.sam, "Are you there?")
    sent = reply(world, NIGHT)
    assert sent.solicited is True
    assert sent.due_at == NIGHT


def test_it_waits_for_morning_when_only_we_wrote_lately(world: World, clock, phones) -> None:
    clock.set(NIGHT.replace(hour=1))  # five in the afternoon there, hours before
    phones.text(world.sam, "When you have time: the box looks odd")
    queue_to(world.sam, NIGHT.replace(minute=20), send_key="our own text")
    late = reply(world, NIGHT)
    assert late.solicited is False
    assert late.due_at is not None
    assert late.due_at > NIGHT


def test_it_shows_a_thread_whose_only_message_was_withheld(world: World, clock) -> None:
    message = queue_to(world.olga, clock.now, send_key="to somebody who said STOP")
    assert fresh(message).status is MessageStatus.WITHHELD
    thread = conversations.thread_of(world.olga, at=clock.now)
    db.session.refresh(thread)
    assert thread.last_message_at == clock.now
