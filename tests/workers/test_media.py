"""The media sweep against a real HTTP stand-in: fetched once, refused for its reason, tried again after
growing pauses."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from app.actions import media
from app.core.db import db, transaction
from app.models.media import Media, MediaStatus
from app.models.message import Message
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.workers.texted_files import JPEG, files, kinds, run
from workers import media as sweep
from workers.timetable import TICKS

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
HTML = b"<!doctype html><script>alert(1)</script>"


def test_it_is_on_the_timetable() -> None:
    assert [tick.sweep for tick in TICKS if tick.name == "media"] == [sweep.fetch_due]


def test_it_fetches_nothing_in_the_request(hear: Callable[..., Message], stand_in: StandIn) -> None:
    hear(late=5.0)
    assert [stand_in.requests(kind) for kind in ("media", "file")] == [0, 0]
    (row,) = files()
    assert (row.status, row.tries, row.content) == (MediaStatus.WAITING, 0, None)


def test_it_fetches_a_file_once_and_keeps_it_encrypted(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn, clock: Clock
) -> None:
    message = hear(type="image/gif")  # what it was said to be does not count
    assert run(twilio) == 1
    clock.advance(days=3)
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.message_id, row.due_at) == (MediaStatus.FETCHED, message.id, None)
    assert (row.found_type, row.size, row.content) == ("image/jpeg", len(JPEG), JPEG)
    assert row.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert [stand_in.requests(kind) for kind in ("media", "file", "file_with_credentials")] == [
        1,
        1,
        0,
    ]
    assert kinds() == ["message.media_fetched"]
    stored = db.session.execute(text("SELECT content, source FROM media")).one()
    assert b"rash" not in bytes(stored.content)
    assert b"twilio" not in bytes(stored.source)


def test_it_leaves_alone_what_is_not_due(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn, clock: Clock
) -> None:
    hear()
    with transaction() as session:
        session.execute(update(Media).values(due_at=clock.now + timedelta(seconds=1)))
    assert run(twilio) == 0
    assert stand_in.requests("media") == 0


@pytest.mark.parametrize(
    ("content", "wish", "reason"),
    [(SVG, {"type": "image/jpeg"}, "type"), (HTML, {"type": "image/png"}, "type"), (b"", {}, "type"),
     (b"x" * 6_000_000, {"claims": 10}, "type"), (b"x" * 6_000_000, {"claims": -1}, "too_large"),
     (JPEG, {"claims": 99_000_000}, "too_large"), (JPEG, {"hops": 9}, "redirects"),
     (JPEG, {"location": "http://169.254.169.254/latest"}, "address"),
     (JPEG, {"location": "http://127.0.0.1:1/x"}, "address")],
)  # fmt: skip
def test_it_refuses_for_its_reason_and_keeps_nothing(
    hear: Callable[..., Message],
    twilio: Flask,
    clock: Clock,
    content: bytes,
    wish: Any,
    reason: str,
) -> None:
    hear(content, **wish)
    assert run(twilio) == 0
    clock.advance(days=3)
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.reason, row.content) == (MediaStatus.REFUSED, reason, None)
    assert kinds() == ["message.media_refused"]


def test_it_refuses_a_file_of_another_message_or_account(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn
) -> None:
    message = hear()
    (row,) = files()
    other = row.source.replace(f"/{message.provider_id}/", f"/MM{'e5' * 16}/")
    with transaction() as session:
        session.merge(row).source = other
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.reason) == (MediaStatus.REFUSED, "address")
    assert stand_in.requests("media") == 0


def test_it_asks_again_for_a_file_that_is_not_there_yet(
    hear: Callable[..., Message], twilio: Flask, clock: Clock
) -> None:
    hear(status=404, times=2)
    for minutes in (0, 1, 5):
        clock.advance(minutes=minutes)
        run(twilio)
    assert files()[0].status is MediaStatus.FETCHED


@pytest.mark.parametrize(("status", "tries"), [(404, 3), (410, 1)])
def test_it_believes_the_carrier_that_a_file_is_gone(
    hear: Callable[..., Message], twilio: Flask, clock: Clock, status: int, tries: int
) -> None:
    hear(status=status)
    for _ in range(6):
        run(twilio)
        clock.advance(hours=1)
    (row,) = files()
    assert (row.status, row.tries) == (MediaStatus.GONE, tries)
    assert kinds() == ["message.media_gone"]


def test_it_tries_for_most_of_a_day_with_growing_pauses_and_then_says_so(
    hear: Callable[..., Message], twilio: Flask, stand_in: StandIn, clock: Clock
) -> None:
    hear(status=503)
    began, pauses = clock.now, []
    while (row := files()[0]).status is MediaStatus.WAITING:
        assert row.due_at is not None
        pauses.append(row.due_at - clock.now)
        clock.set(row.due_at)
        run(twilio)
    assert row.status is MediaStatus.FAILED
    assert pauses == [timedelta(0), *media.PAUSES]
    assert pauses[1:] == sorted(pauses[1:])
    assert timedelta(hours=20) < clock.now - began < timedelta(hours=24)
    assert stand_in.requests("media") == media.MOST_TRIES
    assert kinds() == ["message.media_failed"]


def test_it_gives_up_on_a_drip_and_tries_again(
    hear: Callable[..., Message], twilio: Flask, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    hear(drip=0.05)
    with twilio.app_context():
        from app.actions.carriers import _twilio

        monkeypatch.setattr(_twilio()._media, "_total_seconds", 0.4)
    assert run(twilio) == 0
    (row,) = files()
    assert (row.status, row.due_at) == (MediaStatus.WAITING, clock.now + media.PAUSES[0])
