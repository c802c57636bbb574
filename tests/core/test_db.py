"""Transactions, numbering and the columns every record shares."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from app.actions import practices
from app.core.db import db, transaction
from app.core.effects import Poke
from app.models.event import SYSTEM, Event, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.topic import Change, Topic

AT = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


@pytest.fixture
def practice(app: object) -> Practice:
    with transaction():
        return practices.create(
            "Test", "test", "America/New_York", "+12065550100", by=SYSTEM, at=AT
        )


def test_it_rolls_everything_back_when_the_story_breaks(practice: Practice) -> None:
    line = db.session.scalars(select(Event)).first()
    assert line is not None
    before = len(db.session.scalars(select(Event)).all())

    def story() -> None:
        with transaction():
            record(line, "test.happened", by=SYSTEM, at=AT)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        story()
    assert len(db.session.scalars(select(Event)).all()) == before
    assert "pokes" not in db.session.info


def test_it_refuses_a_transaction_inside_a_transaction(practice: Practice) -> None:
    with transaction(), pytest.raises(RuntimeError, match="already open"), transaction():
        pass


def test_it_moves_each_topic_by_one_a_commit_and_pokes_it_once(app, practice: Practice) -> None:
    heard: list[Poke] = []
    app.extensions["touchline.publish"], kept = (
        heard.append,
        app.extensions.get("touchline.publish"),
    )
    subject = db.session.scalars(select(Event)).first()
    assert subject is not None
    try:
        with transaction():
            for _ in range(3):
                record(subject, "test.happened", by=SYSTEM, at=AT, topics=["conversation:x"])
        with transaction():
            record(subject, "test.happened", by=SYSTEM, at=AT, topics=["conversation:x"])
    finally:
        app.extensions["touchline.publish"] = kept
    assert db.session.scalar(select(Topic.seq).where(Topic.topic == "conversation:x")) == 2
    assert [poke.seq for poke in heard if poke.topic == "conversation:x"] == [1, 2]


def test_it_moves_a_changed_record_to_the_end_of_the_feed(world) -> None:
    def order() -> list[object]:
        rows = select(Change.row_id).where(
            Change.kind == "patient", Change.practice_id == world.practice.id
        )
        return list(db.session.scalars(rows.order_by(Change.seq)))

    assert order().index(world.rosa.id) < order().index(world.tom.id)
    with transaction():
        world.rosa.pcp = "Dr. Invented"
        db.session.merge(world.rosa)
    assert order()[-1] == world.rosa.id
    assert len(order()) == len(set(order()))
    last = db.session.scalar(
        select(Topic.seq).where(Topic.practice_id == world.practice.id, Topic.topic == "changes")
    )
    assert last == db.session.scalar(
        select(Change.seq)
        .where(Change.practice_id == world.practice.id)
        .order_by(Change.seq.desc())
    )


@pytest.mark.parametrize("verb", ["UPDATE consent SET wording = 'x'", "DELETE FROM consent",
                                  "UPDATE event SET kind = 'x'", "DELETE FROM event"])  # fmt: skip
def test_it_refuses_to_change_what_is_append_only(world, verb: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(verb))


def test_it_refuses_a_row_that_points_into_another_practice(world) -> None:
    change = update(Patient).where(Patient.id == world.sam.id).values(care_team_id=world.zoe.id)
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(change)


def test_it_refuses_a_naive_time(practice: Practice) -> None:
    change = update(Practice).values(created_at=datetime(2026, 3, 3))  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive"), transaction() as session:
        session.execute(change)
