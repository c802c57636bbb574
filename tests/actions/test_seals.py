"""Sealing: gapless, once, and a chain that names the first bad row (T0.5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.actions import seal_check, seals, text_erasures, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.touchpoint import ActorKind, TouchpointSeal, TouchpointText
from tests.world import World


def write_rows(world: World, at, names: str, patient: Any = None) -> None:
    with transaction():
        for name in names:
            touchpoints.write(
                Contact(
                    patient=patient or world.sam, source_kind="call", source_id=name, activity_type="call",
                    channel="phone", direction="outbound", actor_kind=ActorKind.HUMAN,
                    actor_id=world.ana.id, started_at=at - timedelta(minutes=2), ended_at=at,
                    seconds=120, summary=f"Call {name}",
                ),
                by=world.viewer(world.ana).actor, at=at,
            )  # fmt: skip


def seal(world: World, at, limit: int = 500) -> int:
    with transaction():
        return seals.seal_next(world.practice.id, at=at, limit=limit)


def test_it_seals_each_row_once_and_without_gaps(world: World, clock) -> None:
    write_rows(world, clock.now, "abcde")
    assert [seal(world, clock.now, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    write_rows(world, clock.now, "f")
    assert seal(world, clock.now) == 1
    numbers = db.session.scalars(select(TouchpointSeal.seq).order_by(TouchpointSeal.seq)).all()
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
    report = seal_check.verify(world.practice.id, at=clock.now)
    assert (report.rows, report.bad_seq) == (6, None)


def test_it_leaves_the_other_practice_alone(world: World, clock) -> None:
    write_rows(world, clock.now, "ab")
    with transaction():
        assert seals.seal_next(world.other_practice.id, at=clock.now) == 0


@pytest.mark.parametrize("damage", [
    "UPDATE touchpoint SET seconds = 121 WHERE source_id = 'c'",
    "UPDATE touchpoint_seal SET previous_hash = 'x' WHERE seq = 3",
    "DELETE FROM touchpoint_seal WHERE seq = 3",
    "UPDATE touchpoint_seal SET text_commitment = 'x' WHERE seq = 3",
])  # fmt: skip
def test_it_names_the_first_bad_row(world: World, clock, damage: str) -> None:
    """What an owner of the database could do with the triggers off is still seen."""
    write_rows(world, clock.now, "abcde")
    seal(world, clock.now)
    without_triggers(damage)
    assert seal_check.verify(world.practice.id, at=clock.now).bad_seq == 3


def test_it_still_verifies_when_a_patients_words_were_deleted_on_request(
    world: World, clock
) -> None:
    write_rows(world, clock.now, "abc")
    seal(world, clock.now)
    with transaction():
        assert (
            text_erasures.erase(world.sam, reason="asked in writing", by=SYSTEM, at=clock.now) == 3
        )
    assert db.session.scalars(select(TouchpointText)).all() == []
    assert seal_check.verify(world.practice.id, at=clock.now).is_whole


def test_it_tells_words_that_nobody_asked_to_delete(world: World, clock) -> None:
    write_rows(world, clock.now, "abc")
    seal(world, clock.now)
    with transaction() as session:
        session.execute(text("DELETE FROM touchpoint_text"))
    report = seal_check.verify(world.practice.id, at=clock.now)
    assert report.bad_seq == 1
    assert "words" in str(report.reason)


def without_triggers(statement: str) -> None:
    with transaction() as session, triggers_off():
        session.execute(text(statement))


@contextmanager
def triggers_off() -> Iterator[None]:
    """What the database's owner can do, until this transaction's end."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        for table in ("touchpoint", "touchpoint_seal", "touchpoint_stub"):
            for verb in ("update", "delete"):
                db.session.execute(text(f"DROP TRIGGER {table}_refuse_{verb}"))
    yield
