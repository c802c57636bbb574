"""Sending through Twilio's SDK to a real HTTP stand-in: its accept log against our rows, fault by fault."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions import consents
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.event import SYSTEM
from app.models.message import Message, SendAttempt
from app.models.practice import Practice
from messaging.carriers.base import Carrier, Outgoing, Receipt
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.drafts import fresh, queue_to
from tests.carrier.client import StandIn
from tests.world import World
from workers import leaving, outbox


@pytest.fixture
def accepted(stand_in: StandIn) -> Callable[[], list[dict]]:
    """What the carrier took."""
    return stand_in.accepted


def sweep(twilio: Flask) -> int:
    with twilio.app_context():
        return outbox.deliver_due()


def test_it_hands_every_due_text_over_once(world: World, clock, twilio, accepted) -> None:
    messages = [queue_to(p, clock.now) for p in (world.sam, world.rosa, world.kim, world.zoe)]
    assert sweep(twilio) == 4
    assert sweep(twilio) == 0
    rows = {(m.provider_id, m.body) for m in map(fresh, messages)}
    assert rows == {(row["sid"], row["body"]) for row in accepted()}
    assert {m.status for m in messages} == {MessageStatus.SENT}
    assert {m.segments for m in messages} == {1}


def test_it_tells_the_carrier_where_to_report_and_how_long_to_try(
    world: World, clock, twilio, accepted
) -> None:
    message = queue_to(world.sam, clock.now, not_after=clock.now + timedelta(hours=1))
    sweep(twilio)
    (row,) = accepted()
    assert row["status_callback"].endswith(f"/webhooks/twilio/messages/{message.id}/status")
    assert (row["from"], row["to"]) == (world.line.number, world.phone(world.sam))
    assert row["validity_period"] == "3600"


def test_it_sends_a_burst_to_many_phones_in_order_per_phone(
    world: World, clock, twilio, accepted
) -> None:
    for index in range(10):
        for patient in (world.sam, world.rosa, world.kim):
            queue_to(
                patient, clock.advance(seconds=1), send_key=f"{patient.id}:{index}",
                body=f"text {index}", is_automated=False,
            )  # fmt: skip
    while sweep(twilio):
        pass
    for patient in (world.sam, world.rosa, world.kim):
        bodies = [row["body"] for row in accepted() if row["to"] == world.phone(patient)]
        assert bodies == [f"text {index}" for index in range(10)]


def test_it_creates_nothing_after_a_stop_between_writing_and_claiming(
    world: World, clock, twilio, accepted
) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        number = db.session.merge(world.number(world.sam))
        said = consents.Said(how=ConsentHow.TEXT, wording="STOP")
        consents.withdraw(None, number, said, by=SYSTEM, at=clock.now)
    sweep(twilio)
    assert accepted() == []
    assert fresh(message).status is MessageStatus.CANCELLED


def test_it_creates_nothing_for_a_number_marked_opted_out_while_queued(
    world: World, clock, twilio, accepted
) -> None:
    message = queue_to(world.sam, clock.now)
    with transaction():
        db.session.merge(world.number(world.sam)).opted_out_at = clock.now
    sweep(twilio)
    assert accepted() == []
    assert fresh(message).withheld_reason == "opted_out"


def test_it_tries_again_what_was_not_processed(
    world: World, clock, twilio, stand_in, accepted
) -> None:
    message = queue_to(world.sam, clock.now)
    stand_in.set_fault("busy_429")
    sweep(twilio)
    assert fresh(message).status is MessageStatus.QUEUED
    clock.set(message.due_at)
    sweep(twilio)
    assert fresh(message).status is MessageStatus.SENT
    assert len(accepted()) == 1


def test_it_waits_for_a_carrier_that_is_away(world: World, clock, make_app) -> None:
    message = queue_to(world.sam, clock.now)
    sweep(make_app(carrier="twilio", twilio_api_url="http://127.0.0.1:9"))
    assert fresh(message).status is MessageStatus.QUEUED
    assert message.due_at > clock.now
    assert db.session.scalars(select(SendAttempt.outcome)).all() == ["not_accepted"]


@pytest.mark.parametrize("fault", ["accept_then_drop", "error_500_after", "garbled", "no_sid"])
def test_it_finds_a_text_whose_answer_was_lost_and_never_sends_it_twice(
    world: World, clock, twilio, stand_in, accepted, fault: str
) -> None:
    message = queue_to(world.sam, clock.now)
    stand_in.set_fault(fault)
    sweep(twilio)
    assert fresh(message).status is MessageStatus.IN_DOUBT
    clock.advance(minutes=2)
    sweep(twilio)
    with twilio.app_context():
        assert outbox.settle_doubts() == 1
    (row,) = accepted()
    assert fresh(message).provider_id == row["sid"]
    assert message.status in (MessageStatus.SENT, MessageStatus.DELIVERED)


@pytest.mark.parametrize("fault", ["drop_before_accept", "error_500_before"])
def test_it_gives_a_text_that_never_arrived_to_a_person_without_a_guess(
    world: World, clock, twilio, stand_in, accepted, fault: str
) -> None:
    message = queue_to(world.sam, clock.now, repeatable=False)
    stand_in.set_fault(fault)
    sweep(twilio)
    assert fresh(message).status is MessageStatus.IN_DOUBT
    with twilio.app_context():
        for minutes in (1, 4, 10):
            clock.advance(minutes=minutes)
            outbox.settle_doubts()
            outbox.deliver_due()
    assert accepted() == []
    assert fresh(message).status is MessageStatus.FAILED


def test_it_keeps_a_doubt_while_the_carrier_cannot_be_asked(
    world: World, clock, twilio, stand_in
) -> None:
    message = queue_to(world.sam, clock.now)
    stand_in.set_fault("accept_then_drop")
    sweep(twilio)
    stand_in.set_fault("error_500_before", target="list", times=3)
    clock.advance(minutes=20)
    for _ in range(3):
        with twilio.app_context():
            assert outbox.settle_doubts() == 1
            assert outbox.settle_doubts() == 0  # it is not asked again at once
        clock.advance(minutes=1)
    assert fresh(message).status is MessageStatus.IN_DOUBT
    with twilio.app_context():
        outbox.settle_doubts()
    assert fresh(message).status in (MessageStatus.SENT, MessageStatus.DELIVERED)


def test_it_records_an_opt_out_only_the_carrier_knew(
    world: World, clock, twilio, stand_in, accepted
) -> None:
    stand_in.set_fault("coded", code=21610, http_status=400)
    message = queue_to(world.sam, clock.now)
    sweep(twilio)
    assert (fresh(message).status, message.error_code) == (MessageStatus.FAILED, 21610)
    assert queue_to(world.sam, clock.now, send_key="next").withheld_reason == "carrier_blocked"
    assert accepted() == []


@dataclass
class Watched:
    """A carrier that looks, in the moment of the call, whether anything is open."""

    inner: Carrier
    app: Flask
    kind: ClassVar[str] = "watched"
    was_open: bool | None = None

    def send(self, outgoing: Outgoing) -> Receipt:
        self.was_open = db.session.in_transaction()
        with self.app.app_context(), transaction() as session:  # another writer is not held up
            session.execute(update(Practice).values(is_sending=True))
        return self.inner.send(outgoing)


def test_it_has_nothing_open_while_the_carrier_is_called(world: World, clock, app: Flask) -> None:
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    watched = Watched(claimed.carrier, app)
    assert leaving.hand_over(app, [replace(claimed, carrier=watched)]) == 1
    assert watched.was_open is False
    assert fresh(message).status is MessageStatus.DELIVERED


def test_it_goes_on_when_one_practice_breaks(world: World, clock, twilio, accepted) -> None:
    with transaction():
        world_line = db.session.merge(world.other_line)
        world_line.account_sid, world_line.auth_token = "not-an-account", "x"
    theirs, ours = queue_to(world.zoe, clock.now), queue_to(world.sam, clock.now)
    sweep(twilio)
    assert [row["to"] for row in accepted()] == [world.phone(world.sam)]
    assert fresh(ours).status is MessageStatus.SENT
    assert fresh(theirs).status is MessageStatus.QUEUED
    assert db.session.get_one(Message, (theirs.practice_id, theirs.id)).attempts == 1
