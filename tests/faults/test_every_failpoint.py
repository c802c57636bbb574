"""kill -9 at every named place of receiving and sending (W9, O1): what was acknowledged is there, nothing
is there twice, nothing leaves twice, and what nobody can know ends as a person's card."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import tasks
from app.core import failpoints
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Direction, Message
from app.models.task import Task, TaskType
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import Killer
from tests.faults.figures import Figure, size
from tests.faults.test_killed_fetch import PLACES as FETCHING
from tests.faults.test_killed_list import LISTS
from tests.faults.test_killed_mail import MAIL
from tests.phones import new_sid
from tests.web.webhooks.signing import PATH, inbound_form, send, status_form
from tests.world import World, look_again
from workers import deadlines, outbox, reconciler

EVERYWHERE = ("transaction.numbered", "transaction.committed")
INBOUND = ("inbound.verified", "inbound.written", "inbound.committed", *EVERYWHERE)
STATUS = ("status.verified", "status.written", "status.committed", *EVERYWHERE)
DEADLINES = ("deadline.stepped", "deadlines.committed", *EVERYWHERE)
OUTBOX = (
    "outbox.claimed", "outbox.claim_committed", "outbox.attempt_written", "outbox.attempt_committed",
    "outbox.leaving",    "outbox.answered", "outbox.settled", "outbox.settle_committed", *EVERYWHERE,
)  # fmt: skip
AFTERWARDS = ("lapsed.released", "doubt.listed", "doubt.settled")
MISSED = ("missed.listed", "missed.written")
HELD = ("held.fetched", "held.settled")
ROUNDS = size(1, 10)
FINAL = {MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED}


def test_every_failpoint_is_exercised_here() -> None:
    exercised = {
        *INBOUND,
        *STATUS,
        *DEADLINES,
        *OUTBOX,
        *AFTERWARDS,
        *LISTS,
        *MISSED,
        *HELD,
        *FETCHING,
        *MAIL,
    }
    assert exercised == set(failpoints.NAMES)


@pytest.mark.parametrize("place", INBOUND)
def test_it_neither_loses_nor_doubles_a_text_whose_handler_is_killed(
    world: World, twilio: Flask, place: str, figure: Figure
) -> None:
    killer, doubled = Killer(twilio), 0
    for _ in range(ROUNDS):
        form = inbound_form(world, world.phone(world.sam), "hello there")
        killer.die(place, lambda form=form: send(twilio.test_client(), PATH, form))
        for _ in range(
            2
        ):  # nobody was told 200, so the carrier's list or its retry brings it again
            assert send(twilio.test_client(), PATH, form).status_code == 200
        look_again()
        mine = Message.provider_id == form["MessageSid"]
        rows = db.session.scalars(select(Message.id).where(mine)).all()
        assert len(rows) == 1
        counted = select(func.count()).where(Touchpoint.source_id == str(rows[0]))
        doubled += db.session.scalar(counted) != 1
    assert doubled == 0
    figure(f"W9 killed at {place}", n=killer.trials, lost=0, doubled=doubled)


@pytest.mark.parametrize("place", STATUS)
def test_it_takes_a_report_again_whose_handler_was_killed(
    world: World, clock: Clock, twilio: Flask, place: str, figure: Figure
) -> None:
    killer = Killer(twilio)
    for n in range(ROUNDS):
        message = queue_to(world.sam, clock.now, solicited=True, send_key=f"{place}:{n}")
        with twilio.app_context():
            outbox.deliver_due()
        sid = fresh(message).provider_id or ""
        form, path = status_form(world, sid, "delivered"), f"{PATH}/{message.id}/status"
        killer.die(place, lambda form=form, path=path: send(twilio.test_client(), path, form))
        assert send(twilio.test_client(), path, form).status_code == 200
        assert fresh(message).status is MessageStatus.DELIVERED
        kinds = Counter(
            db.session.scalars(select(Event.kind).where(Event.subject_id == message.id))
        )
        assert kinds["message.delivered"] == 1
    figure(f"W9 killed at {place}", n=killer.trials, lost=0, doubled=0)


def come_back(twilio: Flask, clock: Clock) -> None:
    with twilio.app_context():
        for minutes in (2, 2, 6, 12, 12):
            clock.advance(minutes=minutes)
            outbox.release_lapsed()
            outbox.deliver_due()
            outbox.settle_doubts()


def check_taken(messages: list[Message], stand_in: StandIn, place: str) -> int:
    """Every text ended, none was created twice; how many never left."""
    taken = Counter(row["body"] + row["to"] for row in stand_in.accepted())
    assert set(taken.values()) <= {1}, (place, taken)
    unknown = 0
    for message in messages:
        row = fresh(message)
        there = taken[row.body + row.phone_number.e164]
        assert row.status in FINAL, (place, row.status)
        assert (row.provider_id is not None) == bool(there), place
        unknown += not there
    return unknown


def three_texts(world: World, clock: Clock, name: str) -> list[Message]:
    return [
        queue_to(patient, clock.now, solicited=True, body=f"{name}: hello",
                 send_key=f"{name}:{patient.id}")
        for patient in (world.sam, world.rosa, world.tom)
    ]  # fmt: skip


#: In the middle of requests that were committed together: some have left, or were answered, and some not.
AMONG_OTHERS = [(place, nth) for place in ("outbox.leaving", "outbox.answered") for nth in (2, 3)]


@pytest.mark.parametrize(("place", "nth"), [*((each, 1) for each in OUTBOX), *AMONG_OTHERS])
def test_it_neither_loses_nor_doubles_texts_whose_sender_is_killed(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, place: str, nth: int,
    figure: Figure,
) -> None:  # fmt: skip
    killer, unknown = Killer(twilio), 0
    for n in range(ROUNDS):
        messages = three_texts(world, clock, f"{place} {nth} {n}")
        killer.die(place, outbox.deliver_due, nth=nth)
        stand_in.wait_until_idle()
        come_back(twilio, clock)
        unknown += check_taken(messages, stand_in, place)
    figure(
        f"O1 killed at {place}, passing {nth}",
        n=killer.trials * 3,
        lost=0,
        doubled=0,
        carded=unknown,
    )


@pytest.mark.parametrize("place", AFTERWARDS)
def test_it_settles_what_it_was_killed_settling(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, place: str, figure: Figure
) -> None:
    killer, unknown = Killer(twilio), 0
    for n in range(ROUNDS):
        messages = three_texts(world, clock, f"{place} {n}")
        killer.die("outbox.answered", outbox.deliver_due)
        stand_in.wait_until_idle()
        clock.advance(minutes=2)
        if place == "lapsed.released":
            killer.die(place, outbox.release_lapsed)
        else:
            with twilio.app_context():
                outbox.release_lapsed()
            clock.advance(minutes=2)
            killer.die(place, outbox.settle_doubts)
        come_back(twilio, clock)
        unknown += check_taken(messages, stand_in, place)
    figure(f"O1 killed at {place}", n=killer.trials // 2 * 3, lost=0, doubled=0, carded=unknown)


@pytest.mark.parametrize("place", DEADLINES)
def test_it_climbs_a_rung_once_whatever_the_sweep_dies_of(
    world: World, clock: Clock, twilio: Flask, place: str, figure: Figure
) -> None:
    killer = Killer(twilio)
    for _ in range(ROUNDS):
        with transaction():
            task = tasks.create(db.session.merge(world.sam), TaskType.MEDICATION_RECEIVED, by=SYSTEM,
                                at=clock.now)  # fmt: skip
        task_id, due = task.id, task.due_at
        clock.set(due)
        killer.die(place, deadlines.run)
        with twilio.app_context():
            deadlines.run()
            deadlines.run()
        look_again()
        kinds = Counter(db.session.scalars(select(Event.kind).where(Event.subject_id == task_id)))
        assert kinds["task.overdue"] == 1, kinds
        with transaction():
            row = db.session.scalars(select(Task).where(Task.id == task_id)).one()
            tasks.cancel(row, reason="next round", by=SYSTEM, at=clock.now)
    figure(f"S1 killed at {place}", n=killer.trials, skipped=0, doubled=0)


@pytest.mark.parametrize("place", [*MISSED, *HELD])
def test_it_takes_missed_and_held_texts_once_whatever_it_dies_of(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, place: str, figure: Figure
) -> None:
    work = reconciler.take_in_missed if place in MISSED else reconciler.confirm_held
    killer = Killer(twilio)
    clock.set(datetime.now(UTC))  # the stand-in dates what it has by its own clock
    for _ in range(ROUNDS):
        sid, sender = new_sid(), world.phone(world.sam)
        stand_in.send_inbound(
            sender=sender, to=world.line.number, body="hello", sid=sid, webhook=False
        )
        if place in HELD:
            form = inbound_form(world, sender, "hello") | {"MessageSid": sid, "Odd": "x"}
            form |= {"SmsSid": sid, "SmsMessageSid": sid}
            assert send(twilio.test_client(), PATH, form).status_code == 200
        killer.die(place, work)
        for _ in range(2):
            with twilio.app_context():
                work()
        look_again()
        rows = db.session.scalars(select(Message).where(Message.provider_id == sid)).all()
        assert [row.held_reason for row in rows] == [None]
    heard = select(func.count()).where(Message.direction == Direction.INBOUND)
    assert db.session.scalar(heard) == ROUNDS
    figure(f"W9 killed at {place}", n=killer.trials, lost=0, doubled=0)
