"""Numbers that cursors can trust. A topic's seq is taken under its counter row's lock as the last thing
before commit, in topic order: a lower number never commits later, and locks never cross. The change
feed numbers every record the API lists in the same way, under the topic "changes"."""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint, event, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.columns import Base, Row
from app.core.db import db, insert_into
from app.core.effects import Poke, announce, before_commit

CHANGES = "changes"


class Topic(Base):
    """The counter of one topic."""

    __tablename__ = "topic"
    __table_args__ = (ForeignKeyConstraint(["practice_id"], ["practice.id"]),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class TopicEvent(Base):
    """Event `event_id` is number `seq` of `topic`."""

    __tablename__ = "topic_event"
    __table_args__ = (
        ForeignKeyConstraint(["practice_id", "event_id"], ["event.practice_id", "event.id"]),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]


class Change(Base):
    """The newest change number of a listed record; changing again moves it to the end."""

    __tablename__ = "change"
    __table_args__ = (
        ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        UniqueConstraint("practice_id", "seq"),
        Index(None, "practice_id", "kind", "seq"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]


def note_change(session: Session, practice_id: UUID, kind: str, row_id: UUID) -> None:
    """A listed record was written by a statement the session can't see."""
    session.info.setdefault("changes", {})[practice_id, kind, row_id] = None


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _context: Any) -> None:
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
    for row in changed:
        if isinstance(row, Row) and row.change_kind:
            note_change(session, row.practice_id, row.change_kind, row.id)


@dataclass(frozen=True, slots=True)
class _Statements:
    """The three writes of every commit, built once per database kind: they run with every change."""

    take: Any
    number_changes: Any
    number_events: Any


@cache
def _statements(_dialect: str) -> _Statements:
    topic, change = cast("Table", Topic.__table__), cast("Table", Change.__table__)
    take, moved = insert_into(topic), insert_into(change)
    return _Statements(
        take=take.on_conflict_do_update(
            index_elements=["practice_id", "topic"],
            set_={"seq": topic.c.seq + take.excluded.seq},
        ).returning(topic.c.practice_id, topic.c.topic, topic.c.seq),
        number_changes=moved.on_conflict_do_update(
            index_elements=["practice_id", "kind", "row_id"], set_={"seq": moved.excluded.seq}
        ).returning(change.c.row_id),  # unread: with it, all rows go in one round trip
        number_events=insert(cast("Table", TopicEvent.__table__)),
    )


def _take_numbers(
    session: Session, wanted: Counter[tuple[UUID, str]]
) -> dict[tuple[UUID, str], int]:
    """Raise each counter by what is wanted, in topic order; returns the last number of each."""
    rows = [{"practice_id": p, "topic": t, "seq": n} for (p, t), n in sorted(wanted.items())]
    taken = session.execute(_statements(db.engine.dialect.name).take, rows)
    return {(p, t): seq for p, t, seq in taken}


def _number_changes(session: Session, changes: list[tuple[UUID, str, UUID]],
                    last: dict[tuple[UUID, str], int]) -> None:  # fmt: skip
    rows = []
    for practice_id, kind, row_id in reversed(changes):
        rows.append({"practice_id": practice_id, "kind": kind, "row_id": row_id,
                     "seq": last[practice_id, CHANGES]})  # fmt: skip
        last[practice_id, CHANGES] -= 1
    session.execute(_statements(db.engine.dialect.name).number_changes, rows)


@before_commit
def number(session: Session) -> None:
    """Give every noted event and change its number."""
    events: list[tuple[UUID, str, UUID]] = session.info.pop("events", [])
    changes = list(session.info.pop("changes", {}))
    wanted = Counter((practice_id, topic) for practice_id, topic, _ in events)
    wanted.update((practice_id, CHANGES) for practice_id, _, _ in changes)
    if not wanted:
        return
    last = _take_numbers(session, wanted)
    for (practice_id, topic), seq in last.items():
        if topic != CHANGES:
            announce(session, Poke(practice_id, topic, seq))
    if changes:
        _number_changes(session, changes, last)
    rows = []
    for practice_id, topic, event_id in reversed(events):
        rows.append({"practice_id": practice_id, "topic": topic, "seq": last[practice_id, topic],
                     "event_id": event_id})  # fmt: skip
        last[practice_id, topic] -= 1
    if rows:
        session.execute(_statements(db.engine.dialect.name).number_events, rows)
