"""The invented phone company: texts arrive on invented phones at once, answers come back like a webhook's,
and STOP is minded by the 'carrier' itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import sandbox
from app.actions.carriers import NotServed, account_of, carrier_for
from app.actions.sandbox import SandboxTable
from app.core.db import db, transaction
from app.models.lease import SandboxMessage
from app.models.message import Message
from app.models.practice import StopOwner
from messaging.carriers.base import Outgoing, RecipientOptedOut
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.world import World
from workers import outbox


def outgoing_to(world: World, patient, body: str = "Hello") -> Outgoing:
    return Outgoing(
        message_id=patient.id, sender=world.line.number, recipient=world.phone(patient), body=body,
        status_callback=None, validity_seconds=None, account_sid="x", auth_token="y",
    )  # fmt: skip


def text(world: World, patient, body: str, at) -> Message | None:
    with transaction():
        return sandbox.text_from_phone(world.practice, world.phone(patient), body, at=at)


def phone_of(world: World, patient) -> list[tuple[str, str]]:
    db.session.rollback()
    rows = sandbox.phone_thread(world.practice, world.phone(patient))
    return [(row.direction, row.body) for row in rows]


def test_it_puts_a_queued_text_on_the_phone_and_says_delivered(world: World, clock) -> None:
    message = queue_to(world.sam, clock.now, body="Did it arrive?")
    assert outbox.deliver_due() == 1
    assert fresh(message).status is MessageStatus.DELIVERED
    assert phone_of(world, world.sam) == [("outbound", "Did it arrive?")]
    kept = db.session.scalars(select(SandboxMessage)).one()
    assert (kept.provider_id, kept.message_id) == (message.provider_id, message.id)


def test_it_takes_an_answer_in_as_a_webhook_would(world: World, clock) -> None:
    message = text(world, world.sam, "Hello, it's Sam", clock.now)
    assert message is not None
    assert (message.patient_id, message.status) == (world.sam.id, MessageStatus.RECEIVED)
    assert phone_of(world, world.sam) == [("inbound", "Hello, it's Sam")]


def test_it_finds_and_lists_what_it_was_given(world: World, clock) -> None:
    carrier, account = carrier_for(world.practice), account_of(world.line)
    first = carrier.send(outgoing_to(world, world.sam, "one"))
    clock.advance(minutes=1)
    carrier.send(outgoing_to(world, world.rosa, "two"))
    assert carrier.fetch(account, "SM-nobody") is None
    found = carrier.fetch(account, first.provider_id)
    assert found is not None
    assert (found.body, found.status) == ("one", MessageStatus.DELIVERED)
    since = clock.now - timedelta(minutes=2)
    assert [m.body for m in carrier.list_messages(account, since=since)] == ["two", "one"]
    to_sam = carrier.list_messages(account, recipient=world.phone(world.sam), since=since)
    assert [m.body for m in to_sam] == ["one"]
    assert list(carrier.list_messages(account, since=clock.now + timedelta(minutes=1))) == []


def test_it_shows_no_practice_anothers_phones(world: World, clock) -> None:
    carrier_for(world.practice).send(outgoing_to(world, world.sam))
    theirs = carrier_for(world.other_practice)
    assert list(theirs.list_messages(account_of(world.other_line), since=clock.now)) == []


def test_it_refuses_to_serve_a_real_practice(world: World) -> None:
    with transaction():
        db.session.merge(world.practice).is_invented = False
    with pytest.raises(NotServed, match="invented"):
        carrier_for(world.practice)


def test_it_minds_stop_until_start_as_a_carrier_does(world: World, clock) -> None:
    text(world, world.sam, "stop", clock.now)
    assert phone_of(world, world.sam)[-1] == ("outbound", sandbox.STOPPED_TEXT)
    table = SandboxTable(world.practice.id)
    with pytest.raises(RecipientOptedOut):
        table.accept(outgoing_to(world, world.sam), clock.now)
    table.accept(outgoing_to(world, world.rosa), clock.now)
    text(world, world.sam, "START", clock.advance(minutes=1))
    assert "again" in phone_of(world, world.sam)[-1][1]
    table.accept(outgoing_to(world, world.sam), clock.now)
    text(world, world.sam, "HELP", clock.advance(minutes=2))
    assert "Reply STOP" in phone_of(world, world.sam)[-1][1]


def test_it_leaves_stop_to_us_on_a_line_that_is_ours_to_mind(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.line).stop_owner = StopOwner.US
    text(world, world.sam, "STOP", clock.now)
    assert ("outbound", sandbox.STOPPED_TEXT) not in phone_of(world, world.sam)
    SandboxTable(world.practice.id).accept(outgoing_to(world, world.sam), clock.now)


def test_it_keeps_bodies_unreadable_in_the_table(world: World, clock) -> None:
    carrier_for(world.practice).send(outgoing_to(world, world.sam, "a private word"))
    raw = db.session.connection().exec_driver_sql("SELECT body FROM sandbox_message").scalar_one()
    assert b"private" not in bytes(raw)
