"""A savepoint that fails takes its rows and its notes with it; what came before and after stays."""

import pytest
from sqlalchemy import select

from app.core.db import db, savepoint, transaction
from app.models.event import SYSTEM, Event, record
from app.models.patient import Patient
from app.models.topic import Change, Topic


def rename(patient: Patient, name: str, at) -> None:
    patient.given_name = name
    record(patient, "patient.updated", by=SYSTEM, at=at, name=name)


def rename_and_break(patient: Patient, at) -> None:
    with savepoint():
        rename(patient, "Kimberly", at)
        db.session.flush()
        raise ZeroDivisionError


def test_it_drops_what_happened_inside_and_keeps_the_rest(world, clock) -> None:
    practice_id = world.practice.id
    board = select(Topic.seq).where(Topic.practice_id == practice_id, Topic.topic == "board")
    change = select(Change.seq).where(Change.row_id == world.kim.id)
    kims = select(Topic.seq).where(Topic.topic == f"patient:{world.kim.id}")
    kims_before = db.session.scalar(kims)
    before, old_change = db.session.scalars(board).one(), db.session.scalars(change).one()
    with transaction():
        sam, kim, lee = (db.session.get_one(Patient, (practice_id, each.id))
                         for each in (world.sam, world.kim, world.lee))  # fmt: skip
        rename(sam, "Samuel", clock.now)
        with pytest.raises(ZeroDivisionError):
            rename_and_break(kim, clock.now)
        with savepoint():
            rename(lee, "Leah", clock.now)
    db.session.expire_all()
    assert [each.given_name for each in (sam, kim, lee)] == ["Samuel", "Kim", "Leah"]
    events = db.session.scalars(select(Event).where(Event.kind == "patient.updated")).all()
    assert {event.facts["name"] for event in events} == {"Samuel", "Leah"}
    assert db.session.scalars(board).one() == before + 1
    assert db.session.scalars(change).one() == old_change
    assert db.session.scalar(kims) == kims_before
