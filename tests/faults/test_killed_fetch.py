"""kill -9 while a file is fetched, at every named place: it is fetched again and kept once, and the thread is
told once."""

import base64

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.models.event import Event
from app.models.media import Media, MediaStatus
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import die_when
from tests.faults.figures import Figure, size
from tests.web.webhooks.signing import PATH, send
from tests.world import World, look_again
from workers import media

PLACES = (
    "media.claimed", "media.fetched", "media.settled", "transaction.numbered",
    "transaction.committed",
)  # fmt: skip
PICTURE = b"\xff\xd8\xff\xe0" + b"picture " * 2000
ROUNDS = size(1, 10)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("place", PLACES)
def test_it_fetches_again_what_it_was_killed_fetching(
    world: World,
    clock: Clock,
    twilio: Flask,
    stand_in: StandIn,
    place: str,
    nth: int,
    figure: Figure,
) -> None:
    for n in range(ROUNDS):
        wishes = [
            {"content": base64.b64encode(PICTURE + bytes([each, n])).decode()} for each in (0, 1)
        ]
        said = stand_in.send_inbound(
            sender=world.phone(world.sam),
            to=world.line.number,
            body="",
            webhook=False,
            media=wishes,
        )
        assert send(twilio.test_client(), PATH, said["form"]).status_code == 200
        look_again()
        assert die_when(twilio, f"{place}:kill:{nth}", media.fetch_due), (
            f"{place} was never reached"
        )
        for _ in range(2):
            clock.advance(minutes=3)
            with twilio.app_context():
                media.fetch_due()
        look_again()
    rows = db.session.scalars(select(Media)).all()
    assert len(rows) == 2 * ROUNDS
    assert {row.status for row in rows} == {MediaStatus.FETCHED}
    assert all((row.content or b"").startswith(PICTURE) for row in rows)
    told = select(func.count()).where(Event.kind == "message.media_fetched")
    assert db.session.scalar(told) == 2 * ROUNDS
    figure(f"W9 killed at {place} ({nth})", n=ROUNDS, lost=0, doubled=0)
