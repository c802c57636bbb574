"""Two outboxes at once, and a process killed while it sends: nothing is created twice, nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import update

from app.actions import outbox as actions
from app.core import clock as core_clock
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.settings import ROOT
from app.models.contact_point import PhoneNumber
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.world import World
from workers import outbox
from workers.runs import environment_of


def a_few(world: World, at: datetime) -> list[Message]:
    people = (world.sam, world.rosa, world.kim, world.tom, world.zoe)
    return [queue_to(patient, at, solicited=True) for patient in people]


def test_it_claims_every_text_once_when_several_claim_at_once(
    world: World, clock, app: Flask
) -> None:
    messages = a_few(world, clock.now)

    def claim(_: int) -> list[actions.Claim]:
        with app.app_context(), transaction():
            return actions.claim_due(world.practice.id, at=clock.now, limit=2)[0]

    with ThreadPoolExecutor(4) as pool:
        claimed = [c.message_id for found in pool.map(claim, range(8)) for c in found]
    assert sorted(claimed) == sorted(m.id for m in messages if m.patient_id != world.zoe.id)


def test_it_creates_every_text_once_when_several_sweep_at_once(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    messages = a_few(world, clock.now)

    def sweep(_: int) -> int:
        with twilio.app_context():
            return outbox.deliver_due()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweep, range(4))) == len(messages)
    assert sorted(row["sid"] for row in stand_in.accepted()) == sorted(
        fresh(message).provider_id or "" for message in messages
    )


def test_it_neither_loses_nor_doubles_texts_of_a_worker_killed_while_it_sends(
    world: World, clock, twilio: Flask, stand_in: StandIn
) -> None:
    messages = a_few(world, clock.now)
    stand_in.set_fault("accept_then_late", delay=4, times=len(messages))
    worker = subprocess.Popen(
        (sys.executable, "-m", "workers"), cwd=ROOT,
        env=environment_of(twilio.extensions["touchline.settings"]) | {"PYTHONWARNINGS": "ignore"},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(lambda: len(stand_in.accepted()) >= 1)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    stand_in.clear_faults()
    left = {fresh(message).status for message in messages}
    assert left <= {MessageStatus.SENDING, MessageStatus.QUEUED}
    core_clock.replace(None)  # from here on the database's own time, as the worker had it
    _lapse()
    with twilio.app_context():
        outbox.release_lapsed()
        outbox.deliver_due()
        _look_now()
        outbox.settle_doubts()
    accepted = Counter(row["to"] for row in stand_in.accepted())
    assert set(accepted.values()) == {1}
    for message in messages:
        number = db.session.get_one(PhoneNumber, (message.practice_id, message.phone_number_id))
        # One whose attempt was noted, and that died before the carrier had it, stays in doubt.
        found = (MessageStatus.SENT, MessageStatus.DELIVERED) if accepted[number.e164] else (
            MessageStatus.IN_DOUBT,
        )  # fmt: skip
        assert fresh(message).status in found


def _wait(true: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def _lapse() -> None:
    """The minute of the dead worker's leases is over."""
    with transaction() as session:
        session.execute(
            update(Message)
            .where(Message.status == MessageStatus.SENDING)
            .values(lease_until=db_now() - timedelta(seconds=1))
        )


def _look_now() -> None:
    """The first minute of the doubts is over."""
    with transaction() as session:
        session.execute(
            update(Message)
            .where(Message.status == MessageStatus.IN_DOUBT)
            .values(due_at=Message.status_at)
        )
    db.session.rollback()
