"""A list's own pace, beside its line's: at most so many a minute, holding up nobody else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.models.conversation import Conversation
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.drafts import fresh, queue_to
from tests.actions.list_sends import (
    crowd,
    everyone,
    leave,
    messages_of,
    send,
)
from tests.world import World
from workers import lists as sweep


def test_it_keeps_its_own_pace_whatever_the_line_allows(world: World, clock) -> None:
    """At most 20 a minute on a line that could do 1000 a second, with others passing it."""
    people = crowd(world, clock, 30)
    row = send(world, people, clock.now, per_minute=20)
    sweep.run()
    reply = queue_to(world.rosa, clock.now, purpose="staff_reply", is_automated=False)
    moments = []
    for _ in range(120):
        for claimed in claim(world, clock.now, limit=24):
            moment = clock.now + timedelta(seconds=claimed.wait_seconds)
            leave(claimed, moment)
            if claimed.message_id != reply.id:
                moments.append(moment)
        clock.advance(seconds=1)
    assert fresh(reply).status is MessageStatus.SENT
    assert len(moments) == 30
    minute = timedelta(minutes=1)
    busiest = max(sum(first <= m < first + minute for m in moments) for first in moments)
    assert busiest == 20
    assert max(moments) - min(moments) == pytest.approx(
        timedelta(seconds=29 * 3), abs=timedelta(seconds=4)
    )
    assert all(m.status is MessageStatus.SENT for m in messages_of(row).values())


def test_it_keeps_a_second_list_moving_behind_one_at_its_pace(world: World, clock) -> None:
    send(world, [world.sam, world.tom], clock.now, per_minute=1)
    sweep.run()
    assert len(claim(world, clock.now)) == 1
    other = send(world, [world.rosa], clock.advance(seconds=1), key="two")
    sweep.run()
    (only,) = claim(world, clock.now)
    assert only.message_id == messages_of(other)["Rosa"].id


def test_it_does_not_send_what_is_too_late(world: World, clock) -> None:
    end = clock.now + timedelta(minutes=1)
    row = send(world, everyone(world), clock.now, per_minute=1, not_after=end)
    sweep.run()
    (first,) = claim(world, clock.now)
    leave(first, clock.now)
    assert claim(world, clock.advance(minutes=3)) == []
    waits = select(func.count(Conversation.waiting_since))
    assert db.session.scalar(waits) == 0  # the page of the list tells it, not every thread
    states = sorted(m.status.value for m in messages_of(row).values())
    assert states == [*["expired"] * 4, "sent", "withheld"]
