"""Stopping a list: what waits is taken back, what is leaving is left, nobody is texted twice by going on."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import Conflict
from app.models.event import Event
from app.models.list_send import ListStatus
from app.models.message import Message
from messaging.carriers.base import NotAccepted
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, settle, start
from tests.actions.claims import stop as opt_out
from tests.actions.drafts import fresh, kinds_of
from tests.actions.list_sends import (
    again,
    everyone,
    leave,
    messages_of,
    resume,
    send,
    stop,
)
from tests.world import World
from workers import lists as sweep


def test_it_stops_what_waits_and_leaves_what_is_leaving(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    said = stop(world, row, clock.now)
    assert said is not None
    assert (said.left, said.stopped) == (1, 4)
    assert claim(world, clock.advance(seconds=5)) == []
    leave(first, clock.now)
    states = sorted(m.status.value for m in messages_of(row).values())
    assert states == [*["cancelled"] * 4, "sent", "withheld"]
    (told,) = db.session.scalars(select(Event).where(Event.kind == "list.stopped"))
    assert (told.facts, told.actor_id) == ({"left": 1, "stopped": 4}, world.lea.id)
    assert stop(world, row, clock.now) is None  # pressed twice


def test_it_lets_nothing_of_a_stopped_list_leave_before_it_is_taken_back(
    world: World, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.lists.AT_ONCE", 1)
    row = send(world, everyone(world), clock.now)
    sweep.run()
    stop(world, row, clock.now)
    queued = [m for m in messages_of(row).values() if m.status is MessageStatus.QUEUED]
    assert len(queued) == 4  # still to be taken back
    assert claim(world, clock.advance(seconds=5)) == []
    sweep.run()
    assert all(fresh(message).status is MessageStatus.CANCELLED for message in queued)
    sweep.run()
    assert again(row).due_at is None


def test_it_takes_back_a_text_that_was_leaving_and_came_back(world: World, clock) -> None:
    row = send(world, [world.sam], clock.now)
    sweep.run()
    (first,) = claim(world, clock.now)
    stop(world, row, clock.now)
    sweep.run()
    assert start(first, clock.now)
    settle(first, NotAccepted(), clock.now)
    assert messages_of(row)["Sam"].status is MessageStatus.QUEUED
    assert claim(world, clock.advance(minutes=2)) == []
    sweep.run()
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED


def test_it_stops_people_whose_message_is_not_written_yet(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    said = stop(world, row, clock.now)
    assert said is not None
    assert (said.left, said.stopped) == (0, 6)
    sweep.run()
    assert messages_of(row) == {}
    assert again(row).due_at is None


def test_it_sends_the_rest_after_a_new_decision_and_nobody_twice(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    leave(first, clock.now)
    stop(world, row, clock.now)
    opt_out(world, world.tom, clock.advance(minutes=1))
    resume(world, row, clock.now)
    sweep.run()
    assert again(row).status is ListStatus.SENDING
    sent = messages_of(row)
    assert sent["Tom"].withheld_reason == "opted_out"
    assert db.session.scalar(select(func.count()).select_from(Message)) == 6
    left = [first.message_id]
    for _ in range(2):  # Kim and Lee share a phone: one after the other
        for claimed in claim(world, clock.advance(minutes=1)):
            leave(claimed, clock.now)
            left.append(claimed.message_id)
    assert sorted(left) == sorted(sent[name].id for name in ("Rosa", "Sam", "Kim", "Lee"))
    assert kinds_of(row) == ["list.started", "list.written", "list.stopped", "list.resumed"]


def test_it_does_not_replay_what_somebody_else_took_back(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    opt_out(world, world.sam, clock.now)  # cancels the queued text
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED
    stop(world, row, clock.now)
    resume(world, row, clock.now)
    sweep.run()
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED


def test_it_goes_on_only_within_the_time_its_words_are_of_use(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now, not_after=clock.now + timedelta(hours=2))
    with pytest.raises(Conflict):
        resume(world, row, clock.now)  # it is not stopped
    stop(world, row, clock.now)
    with pytest.raises(Conflict):
        resume(world, row, clock.advance(hours=3))
