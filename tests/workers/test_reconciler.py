"""The reconciler: what the webhook missed comes in within minutes and once; held texts are confirmed or
refused by the carrier's own record."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import inbound
from app.actions.doctor import lines
from app.core.db import db, transaction
from app.models.lease import SandboxMessage
from app.models.message import Direction, Message
from app.models.practice import Line
from messaging.carriers.base import Incoming
from tests.carrier.client import StandIn
from tests.world import World
from workers import reconciler


def heard() -> list[Message]:
    db.session.rollback()
    mine = select(Message).where(Message.direction == Direction.INBOUND).order_by(Message.id)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def miss(stand_in: StandIn, world: World, body: str) -> str:
    """A text that reached the carrier, but whose webhook nobody answered."""
    said = stand_in.send_inbound(
        sender=world.phone(world.sam), to=world.line.number, body=body, webhook=False
    )
    return str(said["sid"])


def hold(world: World, sid: str, body: str, at) -> None:
    """A request with a key nobody knows."""
    incoming = Incoming(
        provider_id=sid, account_sid="AC", sender=world.phone(world.sam),
        recipient=world.line.number, body=body, unknown_keys=("Odd",),
    )  # fmt: skip
    with transaction():
        inbound.receive(world.line, incoming, at=at)


def test_it_takes_in_what_the_webhook_missed_once(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    sids = [miss(stand_in, world, f"text {index}") for index in range(3)]
    with twilio.app_context():
        assert reconciler.take_in_missed() == 3
        assert reconciler.take_in_missed() == 0
    assert [m.provider_id for m in heard()] == sids
    assert {m.patient_id for m in heard()} == {world.sam.id}


def test_it_leaves_alone_what_came_by_webhook(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    sid = miss(stand_in, world, "hello")
    with transaction():
        incoming = Incoming(sid, "AC", world.phone(world.sam), world.line.number, "hello")
        inbound.receive(world.line, incoming, at=clock.now)
    with twilio.app_context():
        assert reconciler.take_in_missed() == 0
    assert len(heard()) == 1


def test_it_goes_on_when_the_carrier_cannot_be_asked(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    miss(stand_in, world, "hello")
    stand_in.set_fault("error_500_before", target="list", times=2)
    with twilio.app_context():
        assert reconciler.take_in_missed() == 0
        assert reconciler.take_in_missed() == 1


def test_it_survives_one_text_it_cannot_take_in(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    miss(stand_in, world, "first")
    stand_in.send_inbound(sender="not-a-number", to=world.line.number, body="x", webhook=False)
    miss(stand_in, world, "last")
    with twilio.app_context():
        reconciler.take_in_missed()
    assert {"first", "last"} <= {m.body for m in heard()}


def test_it_never_leaves_a_text_behind_that_it_could_not_take_in(
    world: World, clock, twilio: Flask, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(datetime.now(tz=UTC))  # the stand-in keeps real time
    real, broken = inbound.receive, ["second"]

    def receive(line: Line, incoming: Incoming, **more: Any) -> Message | None:
        if incoming.body in broken:
            raise RuntimeError
        return real(line, incoming, **more)

    monkeypatch.setattr(inbound, "receive", receive)
    for body in ("first", "second", "third"):
        miss(stand_in, world, body)
    with twilio.app_context():
        assert reconciler.take_in_missed() == 2
        for _ in range(3):
            clock.advance(hours=2)
            assert reconciler.take_in_missed() == 0
        assert [each for each in lines.check_lines(clock.now) if "is read only up to" in each.said]
        broken.clear()
        assert reconciler.take_in_missed() == 1
        assert reconciler.take_in_missed() == 0
        assert not [each for each in lines.check_lines(clock.now) if "read only" in each.said]
    assert {m.body for m in heard()} == {"first", "second", "third"}


def test_it_lists_no_line_of_a_real_practice_on_the_sandbox(world: World, clock) -> None:
    with transaction() as session:
        session.merge(world.practice).is_invented = False
        session.add(
            SandboxMessage(
                practice_id=world.practice.id, provider_id="SM1", sender=world.phone(world.sam),
                recipient=world.line.number, body="x", direction="inbound", at=clock.now,
            )
        )  # fmt: skip
    assert reconciler.take_in_missed() == 0


def test_it_releases_a_held_text_in_the_carriers_own_words(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    sid = miss(stand_in, world, "the true words")
    hold(world, sid, "words cut anew", clock.now)
    assert heard()[0].held_reason is not None
    with twilio.app_context():
        assert reconciler.confirm_held() == 1
        assert reconciler.confirm_held() == 0
    (message,) = heard()
    assert (message.held_reason, message.body) == (None, "the true words")


def test_it_refuses_a_held_text_the_carrier_never_had(world: World, clock, twilio: Flask) -> None:
    hold(world, "SM" + "f" * 32, "forged", clock.now)
    with twilio.app_context():
        assert reconciler.confirm_held() == 1
        assert reconciler.confirm_held() == 0
    (message,) = heard()
    assert message.held_reason == "the carrier has no such message"


def test_it_keeps_a_held_text_while_the_carrier_cannot_be_asked(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    hold(world, miss(stand_in, world, "true"), "odd", clock.now)
    stand_in.set_fault("error_500_before", target="fetch")
    with twilio.app_context():
        assert reconciler.confirm_held() == 0
        assert reconciler.confirm_held() == 1
    assert db.session.scalar(select(func.count()).select_from(Message)) == 1
