"""`flask doctor --reconcile`: what the carrier has since the backup is filled in once, in order; what
left does not leave again; and a practice sends only when that is done."""

import contextvars
from datetime import timedelta

from sqlalchemy import select

from app.core.db import db, transaction
from app.models.event import Event
from app.models.practice import Practice
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.cli.carried import (
    carried,
    found_events,
    heard,
    restore,
    times_carried,
)
from tests.conftest import Clock
from tests.world import World, look_again
from workers import outbox


def practice(world: World) -> Practice:
    look_again()
    return db.session.get_one(Practice, world.practice.id)


def test_it_sends_nothing_before(world: World, clock: Clock, sign_in, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    restore(clock, hours_later=0.1)
    assert outbox.deliver_due() == 0
    row = fresh(message)
    assert (row.status, row.verdict["reason"]) == (MessageStatus.QUEUED, "sending_off")
    lea = sign_in(world.lea)
    refused = lea.post("/settings/sending")
    assert refused.status_code == 409
    assert "restored from a backup" in refused.text
    page = lea.get("/settings").text
    assert "doctor --reconcile" in page
    assert "Resume" not in page
    assert "No texts leave" in lea.get("/").text
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 0
    said = reconcile()
    assert said.exit_code == 0, said.output
    assert "harbor: texts leave again" in said.output
    clock.advance(minutes=5)
    assert outbox.deliver_due() == 1
    assert "doctor --reconcile" not in lea.get("/settings").text


def test_it_settles_what_waited_and_had_left(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True, body="Your ride is booked")
    restore(clock)
    left = clock.now - timedelta(minutes=50)
    provider_id = carried(world, world.sam, "Your ride is booked", left)
    said = reconcile()
    assert "     1 had left and matched" in said.output
    row = fresh(message)
    assert (row.status, row.provider_id, row.sent_at) == (
        MessageStatus.DELIVERED,
        provider_id,
        left,
    )
    contact = db.session.scalars(select(Touchpoint).where(Touchpoint.message_id == row.id)).one()
    assert contact.started_at == left
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 0
    assert times_carried("Your ride is booked") == 1
    assert found_events() == []


def test_it_takes_one_of_two_equal_texts_for_each_that_left(
    world: World, clock: Clock, reconcile
) -> None:
    first, second = (
        queue_to(world.sam, clock.now, solicited=True, body="On our way", send_key=f"k{n}")
        for n in range(2)
    )
    restore(clock)
    carried(world, world.sam, "On our way", clock.now - timedelta(minutes=50))
    reconcile()
    assert fresh(first).status is MessageStatus.DELIVERED
    assert fresh(second).status is MessageStatus.QUEUED
    clock.advance(minutes=10)
    assert outbox.deliver_due() == 1
    assert times_carried("On our way") == 2


def test_it_settles_what_was_just_leaving(world: World, clock: Clock, reconcile) -> None:
    message = queue_to(world.sam, clock.now, solicited=True, body="Just now")
    from app.actions.outbox import claim_due

    with transaction():
        (claim,), _ = claim_due(world.practice.id, at=clock.now, limit=1)
    assert claim.message_id == message.id
    restore(clock)
    provider_id = carried(world, world.sam, "Just now", clock.now - timedelta(minutes=59))
    reconcile()
    assert fresh(message).provider_id == provider_id
    outbox.release_lapsed()
    outbox.deliver_due()
    assert times_carried("Just now") == 1


def test_it_leaves_a_text_written_later_alone(world: World, clock: Clock, reconcile) -> None:
    restore(clock)
    carried(world, world.sam, "Thanks!", clock.now - timedelta(minutes=30))
    later = queue_to(world.sam, clock.now, solicited=True, body="Thanks!", is_automated=False)
    reconcile()
    assert fresh(later).status is MessageStatus.QUEUED
    assert len(found_events()) == 1


def test_it_does_nothing_the_second_time(world: World, clock: Clock, reconcile) -> None:
    queue_to(world.sam, clock.now, solicited=True, body="Your ride is booked")
    of = restore(clock)
    carried(world, world.sam, "Your ride is booked", clock.now - timedelta(minutes=50))
    carried(world, world.rosa, "Nobody knows", clock.now - timedelta(minutes=40))
    carried(world, world.sam, "thank you", clock.now - timedelta(minutes=30), came=True)
    first = reconcile()
    assert first.exit_code == 0
    before = len(list(db.session.scalars(select(Event.id))))
    assert "No practice waits for this" in reconcile().output
    with transaction() as session:  # as if it had been killed just before the end
        session.get_one(Practice, world.practice.id).restored_from = of
    again = reconcile()
    for name in ("came in", "had left and matched", "had left and not on record"):
        assert f"     0 {name}" in again.output
    kinds = list(db.session.scalars(select(Event.kind).order_by(Event.id)))
    assert len(kinds) == before + 1  # practice.reconciled
    assert len(heard()) == len(found_events()) == 1


def test_a_practice_whose_carrier_cannot_be_asked_stays_off(
    world: World, clock: Clock, reconcile
) -> None:
    restore(clock)
    with transaction() as session:
        session.get_one(Practice, world.other_practice.id).is_invented = False
    said = reconcile()
    assert said.exit_code == 1
    assert "harbor: texts leave again" in said.output
    assert "other: STILL OFF" in said.output
    assert "Set CARRIER=twilio" in said.output
    assert practice(world).may_send
    assert not db.session.get_one(Practice, world.other_practice.id).may_send


def test_a_carrier_that_does_not_answer_keeps_everything_as_it_was(
    world: World, clock: Clock, reconcile, make_app
) -> None:
    message = queue_to(world.sam, clock.now, solicited=True)
    restore(clock)
    away = make_app(carrier="twilio", twilio_api_url="http://127.0.0.1:9")
    words = ["doctor", "--reconcile", "--lag", "0"]
    said = contextvars.Context().run(away.test_cli_runner().invoke, args=words)
    assert said.exit_code == 1
    assert said.output.count("STILL OFF") == 2
    assert not practice(world).may_send
    assert fresh(message).status is MessageStatus.QUEUED
    assert kinds_of(message) == ["message.queued"]


def test_it_stays_off_when_one_text_cannot_be_settled(
    world: World, clock: Clock, reconcile, monkeypatch
) -> None:
    restore(clock)
    carried(world, world.sam, "Nobody knows", clock.now - timedelta(minutes=30))

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.actions.found_texts.keep", broken)
    said = reconcile()
    assert "harbor: STILL OFF" in said.output
    assert not practice(world).may_send
    monkeypatch.undo()
    assert reconcile().exit_code == 0


def test_it_waits_for_the_carriers_list(world: World, clock: Clock, app, monkeypatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("app.cli.recoveries.time.sleep", slept.append)
    restore(clock)
    words = ["doctor", "--reconcile"]
    assert contextvars.Context().run(app.test_cli_runner().invoke, args=words).exit_code == 0
    assert slept == [60.0, 60.0]  # one for each practice: this clock stands still
