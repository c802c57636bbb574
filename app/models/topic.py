"""Numbers that cursors can trust. A topic's seq is taken under its counter row's lock as the last thing
before commit, in topic order: a lower number never commits later, and locks never cross. A commit moves
each topic by one, however much it changed. The change feed numbers every record the API lists in the same
way, under the topic "changes"."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.columns import Base, Row
from app.core.db import db
from app.core.effects import Poke, announce, before_commit
from app.models.topic_at_once import number_at_once
from app.models.topic_in_turn import number_in_turn

CHANGES = "changes"


class Topic(Base):
    """The counter of one topic."""

    __tablename__ = "topic"
    __table_args__ = (ForeignKeyConstraint(["practice_id"], ["practice.id"]),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


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
class _Noted:
    """What a transaction wants numbered; `changes` end with how far behind the last number they stand."""

    wanted: list[tuple[UUID, str, int]]
    changes: list[tuple[UUID, str, UUID, int]]


def _noted(session: Session) -> _Noted:
    """Take the notes of the session, counted topic by topic."""
    topics: dict[tuple[UUID, str], None] = session.info.pop("topics", {})
    wanted = Counter(topics.keys())
    changes: list[tuple[UUID, str, UUID, int]] = []
    # From the last to the first: the last row gets the last number.
    for practice_id, kind, row_id in reversed(session.info.pop("changes", {})):
        changes.append((practice_id, kind, row_id, wanted[practice_id, CHANGES]))
        wanted[practice_id, CHANGES] += 1
    return _Noted([(p, topic, n) for (p, topic), n in sorted(wanted.items())], changes)


@before_commit
def number(session: Session) -> None:
    """Move every noted topic by one and give every change its number."""
    noted = _noted(session)
    if not noted.wanted:
        return
    write = number_at_once if db.engine.dialect.name == "postgresql" else number_in_turn
    last = write(session, noted.wanted, noted.changes)
    for (practice_id, topic), seq in last.items():
        if topic != CHANGES:
            announce(session, Poke(practice_id, topic, seq))
