"""The list sweep: does it, does it once, leaves alone what isn't due, survives a broken list."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import list_writing
from app.core.db import db, transaction
from app.models.list_send import ListSend
from app.models.message import Message
from tests.actions.list_sends import again, everyone, messages_of, send
from tests.world import World
from workers import lists


def test_it_writes_a_list_once(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    assert lists.run() == 6
    assert lists.run() == 0
    assert len(messages_of(row)) == 6


def test_it_leaves_alone_a_list_that_is_not_due(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    with transaction():
        mine = db.session.get_one(ListSend, (row.practice_id, row.id))
        mine.due_at = clock.now + timedelta(seconds=1)
    assert lists.run() == 0
    clock.advance(seconds=1)
    assert lists.run() == 6


def test_it_goes_on_with_other_lists_when_one_is_broken(
    world: World, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = send(world, everyone(world), clock.now)
    whole = send(world, [world.sam], clock.now, key="two")
    step = list_writing.step

    def trip(row: ListSend, **how) -> int:
        if row.id == broken.id:
            raise RuntimeError("broken")
        return step(row, **how)

    monkeypatch.setattr(list_writing, "step", trip)
    assert lists.run() == 1
    assert (messages_of(broken), list(messages_of(whole))) == ({}, ["Sam"])
    assert again(broken).due_at == clock.now  # looked at again by the next sweep
    monkeypatch.undo()
    lists.run()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 7
