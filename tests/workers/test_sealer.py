"""The sealing sweep: every practice's new rows, once, and a broken practice does not stop the others."""

from sqlalchemy import func, select

from app.core.db import db
from app.models.touchpoint import Touchpoint, TouchpointSeal
from tests.actions.drafts import queue_to
from tests.world import World
from workers import sealer


def sealed() -> int:
    return db.session.scalar(select(func.count()).select_from(TouchpointSeal)) or 0


def test_it_seals_new_rows_of_every_practice_once(world: World, clock) -> None:
    queue_to(world.sam, clock.now, channel="portal")
    queue_to(world.zoe, clock.now, channel="portal")
    rows = db.session.scalar(select(func.count()).select_from(Touchpoint))
    assert rows == 2
    assert sealer.run() == 2
    assert sealer.run() == 0
    assert sealed() == 2


def test_it_takes_the_next_rows_on_the_next_tick(world: World, clock) -> None:
    assert sealer.run() == 0
    queue_to(world.sam, clock.now, channel="portal")
    sealer.run()
    queue_to(world.sam, clock.now, channel="portal", send_key="next")
    assert sealer.run() == 1
    assert sealed() == 2
