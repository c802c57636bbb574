"""O6: STOP at a random instant while texts to that phone are leaving. Nothing is begun once the STOP is on
record; the one request that was on its way may still arrive, and no other."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

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


def race(world: World, twilio: Flask, stand_in: StandIn, wait: float) -> datetime:
    """Texts leave one after the other, and `wait` seconds after the first of them comes a STOP."""
    known = len(stand_in.accepted())
    sending = threading.Thread(target=sweep, args=(twilio,))
    sending.start()
    wait_until(lambda: len(stand_in.accepted()) > known, seconds=20, what="one left")
    time.sleep(wait)
    stopped = text(world, twilio, stand_in, "STOP")
    sending.join()
    sweep(twilio)
    return stopped


def begun_since(moment: datetime, ids: list[UUID]) -> int:
    look_again()
    mine = select(SendAttempt.id).where(
        SendAttempt.message_id.in_(ids), SendAttempt.started_at > moment
    )
    return len(db.session.scalars(mine).all())


def arrived_since(moment: datetime, stand_in: StandIn, n: int) -> int:
    return sum(row["body"].startswith(f"Round {n},") and datetime.fromisoformat(row["at"]) > moment
               for row in stand_in.accepted())  # fmt: skip


def test_it_begins_nothing_once_a_stop_is_on_record(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    chance = random.Random(21610)
    begun: list[int] = []
    in_flight: list[int] = []
    ends: Counter[str] = Counter()
    with real_clock(lambda: clock.now):
        for n in range(ROUNDS):
            now, keys = datetime.now(UTC), [f"Round {n}, text {k}" for k in range(QUEUED)]
            texts = [
                queue_to(world.sam, now, solicited=True, send_key=key, body=key) for key in keys
            ]
            ids = [each.id for each in texts]
            stopped = race(world, twilio, stand_in, chance.uniform(0, 0.03 * QUEUED))
            begun.append(begun_since(stopped, ids))
            in_flight.append(arrived_since(stopped, stand_in, n))
            ends.update(db.session.scalars(select(Message.status).where(Message.id.in_(ids))))
            text(world, twilio, stand_in, "START")
            sweep(twilio)
    figure("O6 opt-out race", n=ROUNDS, queued=ROUNDS * QUEUED, begun_after=sum(begun),
           in_flight=sum(in_flight), ends={end.value: count for end, count in ends.items()})  # fmt: skip
    assert ends.keys() <= ENDED
    assert ends[MessageStatus.CANCELLED] + ends[MessageStatus.WITHHELD], (
        "a STOP came in time for some"
    )
    assert sum(begun) == 0
    assert max(in_flight) <= 1
