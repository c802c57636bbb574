"""What a request that is still on the wire can do when everybody else has given it up. While the carrier
takes it within 15 minutes, nothing is doubled; one that sits on it for longer may get a text twice that
does no harm twice, marked, and no other. Nothing of ours leaves that late (`test_stopped_sender.py`)."""

import os

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import fork, kill_after
from tests.faults.figures import Figure
from tests.faults.running import minutes_pass
from tests.server import wait_until
from tests.world import World
from workers import outbox


def send_and_die(app: Flask, stand_in: StandIn) -> None:
    """A sender whose request is in the carrier's hands, not yet taken, when it is killed."""
    stand_in.set_fault("held")
    child = fork(app, lambda: (kill_after(60.0), outbox.deliver_due()))
    wait_until(lambda: stand_in.requests("create") == 1, seconds=30, what="a request came")
    os.kill(child, 9)
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("held_for", "repeatable", "taken", "ends"),
    [
        (14, True, 1, MessageStatus.DELIVERED),  # the third look finds it
        (18, True, 2, MessageStatus.SENT),  # given up after 15 minutes, and said again
        (18, False, 1, MessageStatus.FAILED),  # given to a person, whatever the carrier does later
    ],
)
def test_only_a_carrier_that_sits_on_a_request_for_15_minutes_gets_a_text_twice(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure,
    held_for: int, repeatable: bool, taken: int, ends: MessageStatus,
) -> None:  # fmt: skip
    text = queue_to(world.sam, clock.now, solicited=True, repeatable=repeatable)
    send_and_die(twilio, stand_in)
    minutes_pass(twilio, clock, held_for)
    stand_in.clear_faults()
    wait_until(lambda: len(stand_in.accepted()) == taken, seconds=30, what="the carrier took it")
    minutes_pass(twilio, clock, 20)
    assert len(stand_in.accepted()) == taken
    marked = db.session.scalars(select(Event.id).where(Event.kind == "message.repeated")).all()
    assert len(marked) == taken - 1
    assert fresh(text).status is ends
    figure(f"O3 held by the carrier for {held_for} min, "
           f"{'repeatable' if repeatable else 'once only'}", n=1, taken=taken)  # fmt: skip
