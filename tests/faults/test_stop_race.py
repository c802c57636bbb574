"""O6: STOP at a random instant while texts to that phone are leaving. Nothing is begun once the STOP is on
record; the one request that was on its way may still arrive, and no other."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.message import Message, SendAttempt
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.figures import Figure, size
from tests.faults.running import real_clock
from tests.server import wait_until
from tests.signed import inbound_form
from tests.web.webhooks.signing import PATH, send
from tests.world import World, look_again
from workers import outbox

ROUNDS = size(5, 500)
QUEUED = size(12, 100)
ENDED = {
    MessageStatus.CANCELLED,
    MessageStatus.WITHHELD,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
}


def text(world: World, twilio: Flask, stand_in: StandIn, body: str) -> datetime:
    """Sam's phone says so, and we have answered; the moment after."""
    form = inbound_form(
        sender=world.phone(world.sam),
        to=world.line.number,
        body=body,
        account_sid=stand_in.account_sid,
    )
    assert send(twilio.test_client(), PATH, form, token=stand_in.auth_token).status_code == 200
    return datetime.now(UTC)


def sweep(twilio: Flask) -> None:
    with twilio.app_context():
        outbox.deliver_due()


def test_it_begins_nothing_once_a_stop_is_on_record(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    chance = random.Random(21610)
    begun_after = arrived_after = most_in_flight = 0
    ends: Counter[str] = Counter()
    with real_clock(lambda: clock.now):
        for n in range(ROUNDS):
            words = [f"Round {n}, text {k}" for k in range(QUEUED)]
            texts = [
                queue_to(world.sam, datetime.now(UTC), solicited=True, send_key=body, body=body)
                for body in words
            ]
            sending = threading.Thread(target=sweep, args=(twilio,))
            known = len(stand_in.accepted())
            sending.start()
            wait_until(
                lambda known=known: len(stand_in.accepted()) > known, seconds=20, what="one left"
            )
            time.sleep(chance.uniform(0, 0.03 * QUEUED))
            stopped = text(world, twilio, stand_in, "STOP")
            sending.join()
            sweep(twilio)
            look_again()
            mine = [each.id for each in texts]
            begun_after += len(db.session.scalars(select(SendAttempt.id).where(
                SendAttempt.message_id.in_(mine), SendAttempt.started_at > stopped)).all())  # fmt: skip
            late = [row for row in stand_in.accepted()
                    if row["body"] in words and datetime.fromisoformat(row["at"]) > stopped]  # fmt: skip
            arrived_after += len(late)
            most_in_flight = max(most_in_flight, len(late))
            ends.update(db.session.scalars(select(Message.status).where(Message.id.in_(mine))))
            text(world, twilio, stand_in, "START")
            sweep(twilio)
    figure("O6 opt-out race", n=ROUNDS, queued=ROUNDS * QUEUED, begun_after=begun_after,
           in_flight=arrived_after, most_in_flight=most_in_flight,
           ends={end.value: count for end, count in ends.items()})  # fmt: skip
    assert ends.keys() <= ENDED
    assert ends[MessageStatus.CANCELLED] + ends[MessageStatus.WITHHELD], (
        "a STOP came in time for some"
    )
    assert begun_after == 0
    assert most_in_flight <= 1
