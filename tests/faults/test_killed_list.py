"""kill -9 while a list is being written, or a stop carried out: nobody is texted twice and nobody is lost."""

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.list_send import ListRecipient
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.list_sends import crowd, messages_of, resume, send, stop
from tests.conftest import Clock
from tests.faults.dying import die_when
from tests.faults.figures import Figure, size
from tests.world import World, look_again
from workers import lists as sweep

LISTS = ("list.written", "lists.committed")
PEOPLE = size(60, 400)
#: It dies in the batch of this number, of those the list takes.
NTH = (1, 2)


@pytest.mark.parametrize("place", [*LISTS, "transaction.numbered", "transaction.committed"])
@pytest.mark.parametrize("nth", NTH)
def test_it_neither_loses_nor_doubles_anybody_of_a_list_whose_writer_is_killed(
    world: World, clock: Clock, app: Flask, place: str, nth: int, figure: Figure
) -> None:
    people = crowd(world, clock, PEOPLE)
    row = send(world, people, clock.now)
    look_again()
    # Looking for due lists is a transaction, too: the batches are every other one.
    passing = nth if place in LISTS else 2 * nth
    assert die_when(app, f"{place}:kill:{passing}", sweep.run), f"{place} was never reached"
    look_again()
    before = len(messages_of(row))
    assert before < PEOPLE
    sweep.run()
    look_again()
    written = Counter(db.session.scalars(select(Message.patient_id)))
    assert written == Counter({person.id: 1 for person in people})
    linked = select(ListRecipient.message_id).where(ListRecipient.list_id == row.id)
    assert None not in set(db.session.scalars(linked))
    figure(f"list writer killed at {place} #{nth}", n=PEOPLE, before=before, lost=0, doubled=0)


def test_it_carries_a_stop_out_to_the_end_though_it_was_killed(
    world: World, clock: Clock, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.lists.AT_ONCE", 1)
    row = send(world, crowd(world, clock, PEOPLE), clock.now)
    sweep.run()
    stop(world, row, clock.now)
    look_again()
    assert die_when(app, "list.written:kill:2", sweep.run)
    sweep.run()
    states = {message.status for message in messages_of(row).values()}
    assert states == {MessageStatus.CANCELLED}
    resume(world, row, clock.now)
    look_again()
    assert die_when(app, "list.written:kill:2", sweep.run)
    sweep.run()
    look_again()
    states = Counter(db.session.scalars(select(Message.status)))
    assert states == {MessageStatus.QUEUED: PEOPLE}
