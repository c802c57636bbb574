"""T6.9, D10: rows stay for the time the practice promised, to the day; then they go, leaving signed stubs
that keep the chain whole. A hold stops it; a stub nobody signed is found."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.actions import merges, retention, seal_check, text_erasures, touchpoint_corrections
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.retention import TouchpointStub
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointText
from tests.actions.test_seals import seal, triggers_off, write_rows
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World, look_again
from workers import retention as worker


def purge(world: World, clock: Clock, **more: Any) -> int:
    with transaction():
        practice = db.session.get_one(type(world.practice), world.practice.id)
        return retention.purge(practice, by=SYSTEM, at=clock.now, **more)


def is_whole(world: World, clock: Clock) -> str | None:
    look_again()
    report = seal_check.verify(world.practice.id, at=clock.now)
    return report.reason


def later(clock: Clock, years: int, days: int) -> None:
    clock.now = clock.now.replace(year=clock.now.year + years) + timedelta(days=days)


def left() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Touchpoint.id)).all())


def test_T6_9_a_row_stays_to_the_day_and_leaves_a_signed_stub(world: World, clock: Clock) -> None:
    write_rows(world, clock.now, "abc")
    seal(world, clock.now)
    later(clock, 10, -1)
    write_rows(world, clock.now, "d")
    seal(world, clock.now)
    assert (purge(world, clock), left()) == (0, 4)
    clock.advance(days=2)
    write_rows(world, clock.now, "e")
    assert (purge(world, clock), left()) == (3, 2)
    seal(world, clock.now)
    stubs = db.session.scalars(select(TouchpointStub)).all()
    assert {stub.signed["years"] for stub in stubs} == {10}
    assert db.session.scalars(select(TouchpointText)).all() != []  # the young one's
    said = db.session.scalars(select(Event).where(Event.kind == "ledger.purged")).one()
    assert (said.facts["rows"], said.facts["years"]) == (3, 10)
    assert is_whole(world, clock) is None  # and the chain goes on


def test_T6_9_nothing_but_a_stub_lets_a_row_go(world: World, clock: Clock) -> None:
    write_rows(world, clock.now, "a")
    seal(world, clock.now)
    for table in ("touchpoint", "touchpoint_seal"):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(text(f"DELETE FROM {table}"))
    assert left() == 1


def test_T6_9_a_hold_stops_it_for_one_or_for_all_and_says_who_and_why(
    world: World, clock: Clock
) -> None:
    write_rows(world, clock.now, "a")
    seal(world, clock.now)
    lea = world.viewer(world.lea).actor
    with transaction():
        of_sam = retention.hold(
            world.practice, world.sam, reason="Letter of 3 March", by=lea, at=clock.now
        )
        of_all = retention.hold(world.practice, None, reason="Audit", by=lea, at=clock.now)
    with pytest.raises(Conflict), transaction():
        retention.hold(world.practice, world.sam, reason="Again", by=lea, at=clock.now)
    with pytest.raises(Invalid), transaction():
        retention.hold(world.practice, world.rosa, reason=" ", by=lea, at=clock.now)
    later(clock, 10, 1)
    for hold in (of_sam, of_all):
        assert purge(world, clock) == 0
        with pytest.raises(Invalid), transaction():
            retention.lift(db.session.merge(hold), reason="", by=lea, at=clock.now)
        with transaction():
            retention.lift(db.session.merge(hold), reason="Closed", by=lea, at=clock.now)
    assert purge(world, clock) == 1
    kinds = db.session.scalars(
        select(Event.kind).where(Event.kind.startswith("hold.")).order_by(Event.id)
    )
    assert list(kinds) == ["hold.placed", "hold.placed", "hold.lifted", "hold.lifted"]


def test_T6_9_what_was_promised_can_only_be_raised(world: World, clock: Clock) -> None:
    with transaction():
        retention.keep(world.practice, 6, by=SYSTEM, at=clock.now)  # nothing was written yet
    write_rows(world, clock.now, "a")
    for years in (5, 100):
        with pytest.raises(Invalid), transaction():
            retention.keep(world.practice, years, by=SYSTEM, at=clock.now)
    with transaction():
        assert retention.keep(world.practice, 8, by=SYSTEM, at=clock.now)
    with pytest.raises(Invalid, match="only be raised"), transaction():
        retention.keep(world.practice, 7, by=SYSTEM, at=clock.now)


def test_a_correction_goes_with_what_it_corrects_and_not_before(world: World, clock: Clock) -> None:
    write_rows(world, clock.now, "a")
    seal(world, clock.now)
    later(clock, 5, 0)
    with transaction():
        row = db.session.scalars(select(Touchpoint)).one()
        touchpoint_corrections.void(row, reason="typed twice", by=SYSTEM, at=clock.now)
    seal(world, clock.now)
    later(clock, 5, 1)
    assert purge(world, clock) == 0  # a younger row builds on it
    later(clock, 5, 0)
    assert [purge(world, clock, limit=1), left()] == [2, 0]
    assert is_whole(world, clock) is None


def test_its_message_loses_its_words_and_the_worker_does_it_in_batches(
    world: World, clock: Clock, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones.text(world.sam, "Thank you, it came")
    phones.text(world.sam, "And one more")
    seal(world, clock.now)
    before = left()
    later(clock, 10, 1)
    monkeypatch.setattr(retention, "BATCH", 1)
    assert worker.purge_all(world.practice.id, batches=1) == 1
    assert worker.purge_all(world.practice.id, batches=99) == before - 1
    look_again()
    bodies = db.session.scalars(select(Message.body)).all()
    assert not any("it came" in body for body in bodies)
    assert is_whole(world, clock) is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("UPDATE touchpoint_stub SET signed = '{}'", "was not signed"),
        ("DELETE FROM touchpoint_stub", "the row is gone"),
        ('UPDATE touchpoint_stub SET commitments = \'{"seconds": "x"}\'', "was changed"),
    ],
)
def test_T0_5_a_stub_that_was_not_signed_is_found(
    world: World, clock: Clock, damage: str, words: str
) -> None:
    write_rows(world, clock.now, "ab")
    seal(world, clock.now)
    later(clock, 10, 1)
    purge(world, clock)
    look_again()
    with triggers_off():
        db.session.execute(text(damage))
        report = seal_check.verify(world.practice.id, at=clock.now)
        db.session.rollback()
    assert (report.bad_seq, words in (report.reason or "")) == (1, True), report.reason
    assert db.session.scalars(select(TouchpointSeal.seq)).all() == [1, 2]


def merge(world: World, clock: Clock) -> None:
    """Kim's record turns out to be Sam's."""
    with transaction():
        merges.merge(
            db.session.merge(world.kim), db.session.merge(world.sam), by=SYSTEM, at=clock.now
        )


@pytest.mark.parametrize("held", ["sam", "kim"])
def test_T6_9_a_hold_keeps_the_person_under_every_record(
    world: World, clock: Clock, held: str
) -> None:
    write_rows(world, clock.now, "a", patient=world.sam)
    write_rows(world, clock.now, "b", patient=world.kim)
    seal(world, clock.now)
    with transaction():
        whom = getattr(world, held)
        hold = retention.hold(world.practice, whom, reason="Letter", by=SYSTEM, at=clock.now)
    merge(world, clock)
    later(clock, 10, 1)
    assert (purge(world, clock), left()) == (0, 2)
    with pytest.raises(Conflict, match="legal hold"), transaction():
        text_erasures.erase(db.session.merge(world.sam), reason="asked", by=SYSTEM, at=clock.now)
    with transaction():
        retention.lift(db.session.merge(hold), reason="Closed", by=SYSTEM, at=clock.now)
    assert purge(world, clock) == 2


def test_words_are_deleted_under_every_record_of_the_person(world: World, clock: Clock) -> None:
    write_rows(world, clock.now, "a", patient=world.sam)
    write_rows(world, clock.now, "b", patient=world.kim)
    seal(world, clock.now)
    merge(world, clock)
    with transaction():
        gone = text_erasures.erase(
            db.session.merge(world.sam), reason="asked", by=SYSTEM, at=clock.now
        )
    assert gone == 2
    assert db.session.scalars(select(TouchpointText)).all() == []
