"""O4: a sender that is stopped just before the socket and goes on minutes later, when its text is settled
without it. What it had to say is said by then, and it must not say it again."""

import os
import signal
import time
from collections import Counter

import pytest
from flask import Flask

from app.core import failpoints
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import close_connections
from tests.faults.figures import Figure, size
from tests.faults.running import minutes_pass
from tests.world import World
from workers import outbox, requests

ROUNDS = size(2, 50)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-still of a second counts as one of minutes: the clock of the machine can't be moved."""
    monkeypatch.setattr(requests, "STOOD_STILL", 0.5)


def stop_in_a_fork(app: Flask) -> int:
    """A sender that stops with its attempt on record; its process id."""
    close_connections(app)
    child = os.fork()
    if not child:
        try:
            with app.app_context():
                failpoints.arm("outbox.attempt_committed:stop")
                outbox.deliver_due()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it stopped where it was told to"
    return child


def go_on(child: int) -> None:
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status)


@pytest.mark.parametrize(
    ("minutes", "repeatable", "ends"),
    [
        (3, True, MessageStatus.IN_DOUBT),  # not yet settled
        (20, True, MessageStatus.DELIVERED),  # sent a second time, marked
        (20, False, MessageStatus.FAILED),  # given to a person
    ],
)
def test_it_does_not_send_what_was_settled_without_it(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure,
    minutes: int, repeatable: bool, ends: MessageStatus,
) -> None:  # fmt: skip
    messages: list[Message] = []
    for n in range(ROUNDS):
        words = {"send_key": f"text {n}", "body": f"Text number {n}", "repeatable": repeatable}
        messages.append(queue_to(world.sam, clock.now, solicited=True, **words))
        child = stop_in_a_fork(twilio)
        minutes_pass(twilio, clock, minutes)
        assert fresh(messages[-1]).status in (ends, MessageStatus.SENT)
        time.sleep(0.6)
        go_on(child)
        minutes_pass(twilio, clock, 40)
    taken = Counter(row["body"] for row in stand_in.accepted())
    doubled = sum(1 for count in taken.values() if count > 1)
    figure(f"O4 stopped for {minutes} min, {'repeatable' if repeatable else 'once only'}",
           n=len(messages), doubled=doubled)  # fmt: skip
    assert doubled == 0
    for message in messages:
        expected = (
            {MessageStatus.SENT, MessageStatus.DELIVERED}
            if taken[message.body]
            else {MessageStatus.FAILED}
        )
        assert fresh(message).status in expected
