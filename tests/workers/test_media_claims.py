"""Claims on files, and files of texts that are held, were missed, or came by a line without a carrier: one
worker has each, none is asked for too early, and none is in the way of the others."""

import base64
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import select, text

from app.actions import media
from app.core.db import db, transaction
from app.models.media import Media, MediaStatus
from app.models.message import Message
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.workers.texted_files import JPEG, files, kinds, run
from tests.world import World, look_again
from workers import reconciler


def test_it_survives_a_row_that_cannot_be_read(
    hear: Callable[..., Message], twilio: Flask, clock: Clock
) -> None:
    hear()
    with transaction() as session:
        session.execute(text("UPDATE media SET source = :junk"), {"junk": b"junk"})
    broken = db.session.scalar(select(Media.id))
    clock.advance(seconds=1)
    hear()
    assert run(twilio) == 1
    for _ in range(media.MOST_TRIES):
        clock.advance(hours=13)
        run(twilio)
    look_again()
    ended = dict(db.session.execute(select(Media.id, Media.status)).all())
    assert ended.pop(broken) is MediaStatus.FAILED
    assert list(ended.values()) == [MediaStatus.FETCHED]


def test_it_fetches_a_file_for_one_of_two_workers(
    hear: Callable[..., Message], clock: Clock
) -> None:
    hear()
    (due,) = media.due(at=clock.now)
    with transaction():
        first = media.claim(*due, at=clock.now)
        second = media.claim(*due, at=clock.now)
    assert first is not None
    assert second is None
    assert media.due(at=clock.now) == []


def test_it_hears_nobody_whose_claim_has_lapsed(hear: Callable[..., Message], clock: Clock) -> None:
    """A worker that was stopped for long comes back when another has the file."""
    hear()

    def claim() -> media.Claim:
        (due,) = media.due(at=clock.now)
        with transaction():
            found = media.claim(*due, at=clock.now)
        assert found is not None
        return found

    slow = claim()
    clock.advance(minutes=3)
    quick = claim()
    with transaction():
        assert media.settle(quick, JPEG, at=clock.now) is MediaStatus.FETCHED
    with transaction():
        assert media.settle(slow, ValueError(), at=clock.now) is None
    assert files()[0].status is MediaStatus.FETCHED
    assert kinds() == ["message.media_fetched"]


def test_it_does_not_try_for_ever_what_kills_its_worker(
    hear: Callable[..., Message], twilio: Flask, clock: Clock
) -> None:
    hear()
    for _ in range(media.MOST_TRIES):  # claimed, and never heard of again
        (due,) = media.due(at=clock.now)
        with transaction():
            assert media.claim(*due, at=clock.now) is not None
        clock.advance(minutes=3)
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.due_at) == (MediaStatus.FAILED, None)
    assert kinds() == ["message.media_failed"]


def test_it_fetches_nothing_of_a_held_text_before_the_carrier_confirms_it(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn, clock: Clock
) -> None:
    hear(extra={"Odd": "x"})
    clock.advance(days=1)
    assert run(twilio) == 0
    assert stand_in.requests("media") == 0
    with twilio.app_context():
        assert reconciler.confirm_held() == 1
    assert run(twilio) == 1  # from the carrier's own list, not from the request
    assert stand_in.requests("media_list") == 1
    assert [row.content for row in files()] == [JPEG]


def test_it_fetches_nothing_of_a_text_the_carrier_never_had(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn, world: World
) -> None:
    message = hear(extra={"Odd": "x"})
    with transaction() as session:
        session.merge(message).provider_id = f"SM{'f' * 32}"
    with twilio.app_context():
        assert reconciler.confirm_held() == 1
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.reason) == (MediaStatus.REFUSED, media.WITH_ITS_TEXT)
    assert stand_in.requests("media") == 0


def test_it_fetches_the_files_of_a_text_whose_webhook_was_missed(
    world: World, twilio: Flask, stand_in: StandIn, clock: Clock
) -> None:
    wishes = [{"content": base64.b64encode(JPEG + bytes([n])).decode()} for n in range(3)]
    stand_in.send_inbound(
        sender=world.phone(world.sam), to=world.line.number, body="", webhook=False, media=wishes
    )
    clock.set(datetime.now(clock.now.tzinfo))  # the stand-in dates what it has by its own clock
    with twilio.app_context():
        assert reconciler.take_in_missed() == 1
    assert run(twilio) == 3
    assert sorted(row.content[-1] for row in files()) == [0, 1, 2]


def test_it_refuses_a_file_of_an_account_that_is_not_the_lines(
    hear: Callable[..., Message], twilio: Flask, world: World
) -> None:
    hear()
    with transaction() as session:
        line = session.merge(world.line)
        line.account_sid, line.auth_token = "not-an-account", "x"
    assert run(twilio) == 0
    assert files()[0].status is MediaStatus.REFUSED


def test_it_sees_no_file_of_a_real_practice_on_the_sandbox(
    hear: Callable[..., Message], app: Flask, world: World, clock: Clock
) -> None:
    hear()
    with transaction() as session:
        session.merge(world.practice).is_invented = False
    assert run(app) == 0
    (row,) = files()
    assert (row.status, row.due_at) == (MediaStatus.WAITING, clock.now + media.PAUSES[0])
