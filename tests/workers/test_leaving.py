"""Texts on their way: a slow answer holds up nobody, no more leave than there are senders, and what is on
its way is recorded whatever else breaks."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.outbox import Claim
from app.core.db import db
from app.models.message import SendAttempt
from messaging.carriers.base import Carrier, NotAccepted, Outgoing, Receipt
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.drafts import fresh, queue_to
from tests.world import World
from workers import leaving

ANSWER_SECONDS = 30.0


@dataclass
class Unhurried:
    """A carrier that answers when it is let."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    was_asked: threading.Event = field(default_factory=threading.Event)
    kind: ClassVar[str] = "unhurried"

    def send(self, outgoing: Outgoing) -> Receipt:
        self.was_asked.set()
        if not outgoing.may_leave():
            raise NotAccepted(detail="too late")
        assert self.may_answer.wait(ANSWER_SECONDS)
        return Receipt(new_provider_id(), MessageStatus.SENT, 1)


def through(claimed: Claim, carrier: object) -> Claim:
    assert hasattr(carrier, "send")
    made: Carrier = carrier  # type: ignore[assignment]
    return replace(claimed, carrier=made)


def by_message(world: World, clock) -> dict[object, Claim]:
    return {each.message_id: each for each in claim(world, clock.now)}


def test_a_slow_answer_holds_up_nobody(world: World, clock, app: Flask) -> None:
    slow, quick = (queue_to(each, clock.now, solicited=True) for each in (world.sam, world.rosa))
    claims, carrier = by_message(world, clock), Unhurried()
    with leaving.opened(app) as flow:
        flow.add([through(claims[slow.id], carrier), claims[quick.id]])
        while flow.on_their_way != 1 or flow.waiting:
            flow.step()
        assert fresh(quick).status is MessageStatus.DELIVERED
        assert fresh(slow).status is MessageStatus.SENDING
        later = queue_to(world.tom, clock.now, solicited=True)
        flow.add(claim(world, clock.now))
        flow.step()
        while fresh(later).status is MessageStatus.SENDING:
            flow.step()
        assert fresh(slow).status is MessageStatus.SENDING
        carrier.may_answer.set()
        while not flow.is_done:
            flow.step()
    assert fresh(slow).status is MessageStatus.SENT
    assert flow.left == 3


def break_off(app: Flask, claims: list[Claim], then: Callable[[leaving.Flow], None]) -> None:
    with leaving.opened(app) as flow:
        flow.add(claims)
        then(flow)
        raise RuntimeError("something else")


def test_what_is_on_its_way_is_recorded_when_the_sweep_breaks(
    world: World, clock, app: Flask
) -> None:
    text = queue_to(world.sam, clock.now, solicited=True)
    carrier = Unhurried()

    def until_it_left(flow: leaving.Flow) -> None:
        flow.step(until=time.monotonic())
        assert carrier.was_asked.wait(ANSWER_SECONDS)
        carrier.may_answer.set()

    claims = [through(by_message(world, clock)[text.id], carrier)]
    with pytest.raises(RuntimeError, match="something else"):
        break_off(app, claims, until_it_left)
    assert fresh(text).status is MessageStatus.SENT


def test_what_still_waited_then_is_left_to_its_lease(world: World, clock, app: Flask) -> None:
    text = queue_to(world.sam, clock.now, solicited=True)
    claims = [replace(each, wait_seconds=60.0) for each in claim(world, clock.now)]
    with pytest.raises(RuntimeError, match="something else"):
        break_off(app, claims, lambda _: None)
    assert fresh(text).status is MessageStatus.SENDING
    assert db.session.scalars(select(SendAttempt)).all() == []


def test_no_more_leave_at_a_time_than_there_are_senders(
    world: World, clock, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "SENDERS", 2)
    for each in (world.sam, world.rosa, world.tom):
        queue_to(each, clock.now, solicited=True)
    carrier = Unhurried()
    with leaving.opened(app) as flow:
        flow.add([through(each, carrier) for each in claim(world, clock.now)])
        while flow.on_their_way < 2:
            flow.step(until=time.monotonic())
        flow.step(until=time.monotonic())
        assert (flow.on_their_way, len(flow.waiting), flow.has_room) == (2, 1, False)
        assert len(db.session.scalars(select(SendAttempt.id)).all()) == 2
        carrier.may_answer.set()
        while not flow.is_done:
            flow.step()
    assert flow.left == 3


@pytest.mark.parametrize(
    "awake_looks", [1, 2]
)  # until the request began, until the carrier connected
def test_a_text_does_not_leave_after_the_machine_slept_on_it(
    world: World, clock, app: Flask, monkeypatch: pytest.MonkeyPatch, awake_looks: int
) -> None:
    text, carrier = queue_to(world.sam, clock.now, solicited=True), Unhurried()
    carrier.may_answer.set()
    claims = [through(by_message(world, clock)[text.id], carrier)]
    moments = iter([100.0] * awake_looks)
    monkeypatch.setattr(time, "clock_gettime", lambda _: next(moments, 700.0))
    leaving.hand_over(app, claims)
    assert carrier.was_asked.is_set() == (awake_looks > 1)
    assert fresh(text).status is MessageStatus.QUEUED
