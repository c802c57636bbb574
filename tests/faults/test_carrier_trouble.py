"""Carriers that lose their answers, are too busy, or are gone (O2, O3, O8, O10): what they took is compared,
text by text, with what our rows say."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.figures import Figure, size
from tests.world import World
from workers import outbox

FINAL = {MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.EXPIRED}
LOST_ANSWERS = ("accept_then_drop", "error_500_after", "garbled", "no_sid")


@dataclass
class Sender:
    """The worker's sweeps over the stand-in, with the clock in hand."""

    app: Flask
    clock: Clock

    def pass_time(self, minutes: int) -> None:
        """So many minutes, each with what a worker does in it."""
        for _ in range(minutes):
            self.sweep()
            self.clock.advance(minutes=1)

    def sweep(self) -> None:
        with self.app.app_context():
            outbox.release_lapsed()
            outbox.deliver_due()
            outbox.settle_doubts()


@pytest.fixture
def sender(world: World, twilio: Flask, clock: Clock) -> Sender:
    with transaction():
        db.session.merge(world.line).segments_per_second = 1000.0
    return Sender(twilio, clock)


def write(
    world: World, clock: Clock, count: int, *, first: int = 0, **more: object
) -> list[Message]:
    """Texts that somebody waits for, each with words of its own."""
    people = cycle((world.sam, world.rosa, world.tom, world.kim))
    return [
        queue_to(
            who, clock.now, send_key=f"text {n}", body=f"Text number {n}", solicited=True, **more
        )
        for n, who in zip(range(first, first + count), people, strict=False)
    ]


def rows() -> list[Message]:
    db.session.rollback()
    found = select(Message).execution_options(populate_existing=True)
    return list(db.session.scalars(found))


def taken_by(stand_in: StandIn) -> Counter[str]:
    return Counter(row["body"] for row in stand_in.accepted())


def check(stand_in: StandIn, *, most: int = 1) -> dict[str, int]:
    """The carrier's log beside our rows: every row is final, and says "sent" exactly when it was taken."""
    taken, all_rows = taken_by(stand_in), rows()
    assert {row.status for row in all_rows} <= FINAL, Counter(row.status for row in all_rows)
    lost = sum(1 for row in all_rows if row.provider_id is not None and not taken[row.body])
    doubled = sum(1 for count in taken.values() if count > most)
    return {"n": len(all_rows), "lost": lost, "doubled": doubled}


def test_it_finds_what_was_taken_though_the_answer_was_lost(
    world: World, clock: Clock, sender: Sender, stand_in: StandIn, figure: Figure
) -> None:
    batches = size(6, 250)
    for batch in range(batches):  # fewer than half, or the line would rest
        write(world, clock, 10, first=batch * 10, repeatable=False)
        for mode in LOST_ANSWERS:
            stand_in.set_fault(mode)
        sender.pass_time(1)
    sender.pass_time(20)
    told, lost_answers = check(stand_in), batches * len(LOST_ANSWERS)
    resolved = sum(row.provider_id is not None for row in rows())
    figure("O2 lost answers", **told, lost_answers=lost_answers, resolved=resolved)
    assert (told["lost"], told["doubled"]) == (0, 0)
    assert resolved == told["n"] == batches * 10


def test_it_repeats_at_most_once_when_even_the_list_says_nothing(
    world: World, clock: Clock, sender: Sender, stand_in: StandIn, figure: Figure
) -> None:
    count = size(8, 200)
    stand_in.configure(list_lag_seconds=10**6)
    once = write(world, clock, count // 2, repeatable=False)
    safe = [
        queue_to(world.sam, clock.now, send_key=f"safe {n}", body=f"Safe {n}", solicited=True)
        for n in range(count // 2)
    ]
    stand_in.set_fault("accept_then_drop", times=None)
    sender.pass_time(90 + 20 * count)
    taken = taken_by(stand_in)
    repeated = {
        event.subject_id
        for event in db.session.scalars(select(Event).where(Event.kind == "message.repeated"))
    }
    told = check(stand_in, most=2)
    figure("O3 worst case", **told, repeats=sum(taken[each.body] - 1 for each in safe))
    assert [taken[each.body] for each in once] == [1] * len(once)
    assert all(taken[each.body] <= 2 for each in safe)
    assert {each.id for each in safe if taken[each.body] == 2} <= repeated
    assert told["doubled"] == 0


def test_it_loses_and_doubles_nothing_in_a_storm_of_refusals(
    world: World, clock: Clock, sender: Sender, stand_in: StandIn, figure: Figure
) -> None:
    count = size(40, 500)
    write(world, clock, count)
    for _ in range(10):
        for _ in range(count // 8):  # every other request is refused
            stand_in.set_fault("none")
            stand_in.set_fault("busy_429")
        sender.pass_time(1)
        stand_in.clear_faults()
    sender.pass_time(45)
    told, calls = check(stand_in), stand_in.requests("create")
    figure("O8 storm of 429", **told, calls=calls)
    assert taken_by(stand_in) == {f"Text number {n}": 1 for n in range(count)}
    assert (told["lost"], told["doubled"]) == (0, 0)
    assert count < calls <= 2 * count  # it was refused, and asked no more than it had to


def test_it_sends_nothing_late_when_the_carrier_was_gone_too_long(
    world: World, clock: Clock, sender: Sender, stand_in: StandIn, figure: Figure
) -> None:
    count = size(20, 200)
    write(world, clock, count, not_after=clock.now + timedelta(minutes=30))
    stand_in.set_fault("uncoded", times=None, http_status=429)  # nothing is taken
    sender.pass_time(31)
    stand_in.clear_faults()
    sender.pass_time(20)
    told = check(stand_in)
    expired = sum(row.status is MessageStatus.EXPIRED for row in rows())
    waiting = db.session.scalars(select(Conversation.waiting_since)).all()
    figure(
        "O10 carrier gone past the use",
        **told,
        late=sum(taken_by(stand_in).values()),
        expired=expired,
    )
    assert stand_in.accepted() == []
    assert expired == count
    assert all(waiting)
