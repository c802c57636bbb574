"""The pace of a line: never faster than set, never made up for after a rest, and each line's own."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from app.actions import line_pace, outbox
from app.actions.delivery import apply_report
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.practice import Line
from messaging.carriers.base import Receipt, StatusReport
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from messaging.lanes import Lane
from tests.actions.claims import claim, leave, settle, start
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.world import World

TEN = timedelta(seconds=10)


def busiest(moments: Iterable[datetime], window: timedelta) -> int:
    """The most moments that lie within any one half-open window."""
    ordered = sorted(moments)
    most = first = 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - window:
            first += 1
        most = max(most, last - first + 1)
    return most


def set_pace(world: World, per_second: float) -> None:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)
        line.segments_per_second = per_second


def queue_many(world: World, at, n: int, **more) -> list[Message]:
    return [
        queue_to(world.sam, at, send_key=f"many:{i}", body=f"Text {i}", solicited=True, **more)
        for i in range(n)
    ]


def drive(world: World, clock, seconds: int):
    """What the sweep does each second: claim, wait for each moment, send. Gives the moments of sending."""
    left = []
    for _ in range(seconds):
        for claimed in claim(world, clock.now):
            moment = clock.now + timedelta(seconds=claimed.wait_seconds)
            assert start(claimed, moment)
            settle(claimed, Receipt(new_provider_id(), MessageStatus.SENT, 1), moment)
            left.append(moment)
        clock.advance(seconds=1)
    return left


@pytest.mark.parametrize(("pace", "n"), [(1.0, 20), (2.5, 40), (0.5, 12)])
def test_it_keeps_the_pace_over_any_ten_seconds(world: World, clock, pace: float, n: int) -> None:
    set_pace(world, pace)
    people = [world.sam, world.rosa, world.kim, world.tom]
    for i in range(n):
        queue_to(people[i % 4], clock.now, send_key=f"many:{i}", body=f"Text {i}", solicited=True)
    left = drive(world, clock, int(n / pace))
    assert busiest(left, TEN) <= pace * 10
    took = (max(left) - min(left)).total_seconds()
    assert (len(left) - 1) / took == pytest.approx(pace, rel=0.05)
    assert len(left) >= n * 0.95


def test_it_counts_segments_and_not_texts(world: World, clock) -> None:
    set_pace(world, 1)
    queue_to(world.sam, clock.now, body="word " * 90, solicited=True)  # 3 segments
    queue_to(world.rosa, clock.now, solicited=True)
    assert len(claim(world, clock.now)) == 1
    assert claim(world, clock.advance(seconds=1)) == []
    (second,) = claim(world, clock.advance(seconds=1))
    assert second.wait_seconds == pytest.approx(1)


def test_it_does_not_make_up_for_a_rest_by_a_burst(world: World, clock) -> None:
    set_pace(world, 1)
    queue_to(world.sam, clock.now, solicited=True)
    assert len(claim(world, clock.now)) == 1
    clock.advance(minutes=30)
    for patient in (world.rosa, world.kim, world.tom):
        queue_to(patient, clock.now, solicited=True)
    assert len(claim(world, clock.now)) == 2  # now, and in one second


def test_it_lets_an_urgent_text_pass_a_long_list(world: World, clock) -> None:
    set_pace(world, 1)
    queue_to(world.sam, clock.now, lane=Lane.LIST, solicited=True)
    queue_to(world.kim, clock.now, lane=Lane.LIST, solicited=True)
    queue_to(world.tom, clock.now, lane=Lane.LIST, solicited=True)
    assert len(claim(world, clock.now)) == 2
    reply = queue_to(world.rosa, clock.advance(seconds=1), purpose="staff_reply")
    (following,) = claim(world, clock.now)
    assert following.message_id == reply.id


def test_it_keeps_no_other_practice_waiting_behind_a_slow_line(world: World, clock) -> None:
    set_pace(world, 0.1)
    queue_many(world, clock.now, 5)
    claim(world, clock.now)
    queue_to(world.zoe, clock.now, solicited=True)
    with transaction():
        claims, _ = outbox.claim_due(world.other_practice.id, at=clock.now, limit=20)
    assert [c.wait_seconds for c in claims] == [0.0]


def test_it_expires_what_is_too_old_also_on_a_line_that_is_stopped(world: World, clock) -> None:
    leave(
        world,
        queue_to(world.sam, clock.now),
        Receipt("SM" + "b" * 32, MessageStatus.SENT, 1),
        clock.now,
    )
    old = queue_to(world.rosa, clock.now, not_after=clock.now + timedelta(minutes=1))
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)
        line.stopped_until, line.stopped_why = clock.now + timedelta(hours=1), "queue_full"
    assert claim(world, clock.advance(seconds=30)) == []
    assert fresh(old).status is MessageStatus.QUEUED
    assert claim(world, clock.advance(seconds=31)) == []
    assert fresh(old).status is MessageStatus.EXPIRED


@pytest.mark.parametrize(
    ("code", "why", "hours"), [(30001, "queue_full", 10 / 60), (30034, "not_registered", 6)]
)
def test_it_stops_the_line_a_report_says_is_stuck(
    world: World, clock, code: int, why: str, hours: float
) -> None:
    sid = "SM" + "c" * 32
    message = leave(
        world, queue_to(world.sam, clock.now), Receipt(sid, MessageStatus.SENT, 1), clock.now
    )
    report = StatusReport(
        provider_id=sid, account_sid="AC" + "0" * 32, sender=world.line.number,
        recipient=world.phone(world.sam), status=MessageStatus.FAILED, error_code=code,
    )  # fmt: skip
    with transaction():
        apply_report(db.session.merge(message), report, at=clock.now)
    queue_to(world.rosa, clock.now)
    line = db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)
    assert (line.stopped_why, line.stopped_until) == (why, clock.now + timedelta(hours=hours))
    assert kinds_of(line).count("line.stopped") == 1
    assert claim(world, clock.now) == []
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)
        assert line_pace.resume(line, by=SYSTEM, at=clock.now)
        assert not line_pace.resume(line, by=SYSTEM, at=clock.now)
    assert len(claim(world, clock.now)) == 1
