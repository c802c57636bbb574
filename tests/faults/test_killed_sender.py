"""A sender killed at every commit of a sweep: nothing is lost, nothing is created twice, and whatever nobody
can know stays in doubt until the carrier's list, and then a person, settles it."""

from collections import Counter

import pytest
from flask import Flask

from app.core.db import db
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import Point, die_at
from tests.faults.figures import tell
from tests.world import World
from workers import outbox

FINAL = {MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED}


def some_texts(world: World, clock: Clock, point: Point) -> list[Message]:
    """Three texts of their own for each point of death."""
    name = f"{point.when} {point.nth}"
    return [
        queue_to(patient, clock.now, solicited=True, body=f"{name}: hello",
                 send_key=f"{name}:{patient.id}")
        for patient in (world.sam, world.rosa, world.tom)
    ]  # fmt: skip


def come_back(twilio: Flask, clock: Clock) -> None:
    """A new process: leases lapse, what was never tried leaves, doubts are looked up three times."""
    with twilio.app_context():
        for minutes in (2, 2, 6, 12, 12):  # PostgreSQL may hear of the death a moment later
            clock.advance(minutes=minutes)
            outbox.release_lapsed()
            outbox.deliver_due()
            outbox.settle_doubts()


@pytest.mark.slow
def test_it_neither_loses_nor_doubles_whatever_commit_it_dies_at(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn
) -> None:
    trials, unknown = 0, 0
    for when in ("before_commit", "after_commit"):
        for nth in range(1, 9):
            point = Point(when, nth)
            messages = some_texts(world, clock, point)
            if not die_at(twilio, point, outbox.deliver_due):
                continue
            stand_in.wait_until_idle()
            come_back(twilio, clock)
            taken = Counter(row["body"] + row["to"] for row in stand_in.accepted())
            assert set(taken.values()) == {1}, (point, taken)
            for message in messages:
                trials += 1
                row = fresh(message)
                there = taken[row.body + row.phone_number.e164]
                assert row.status in FINAL, (point, row.status, row.verdict)
                assert (row.provider_id is not None) == bool(there), point
                assert (row.status is MessageStatus.FAILED) == (not there), point
                unknown += not there
    db.session.rollback()
    assert trials >= 3 * 2 * 3  # claim, attempts, answers: each of three texts together
    tell(f"n = {trials} texts, killed at {trials // 3} points: 0 doubled, 0 lost; "
          f"{unknown} never left and ended as a person's card")  # fmt: skip
