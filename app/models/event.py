"""Events: one past-tense row for every change. The audit trail, the timeline, notifications and sockets
all read this table. `record` also notes which topics the event moves; numbering comes at commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice
from app.core.db import db
from app.core.ids import new_id

BOARD = "board"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: user, token, patient, caregiver, partner or system (then `id` is None)."""

    kind: str
    id: UUID | None = None


SYSTEM = Actor("system")


class Event(Row):
    __tablename__ = "event"
    __table_args__ = (
        of_practice(),
        Index(None, "practice_id", "patient_id", "at", "id"),
        Index(None, "practice_id", "subject_type", "subject_id"),
        Index(None, "practice_id", "at", "id"),
    )
    is_written_once: ClassVar[bool] = True

    kind: Mapped[str]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    patient_id: Mapped[UUID | None]
    #: Plain facts, never a patient's free text.
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


def topics_of(subject: Row, patient_id: UUID | None) -> set[str]:
    """The topics a change of `subject` moves: its patient, its thread, and the practice's board."""
    topics = {BOARD}
    if patient_id is not None:
        topics.add(f"patient:{patient_id}")
    conversation_id = getattr(subject, "conversation_id", None)
    if conversation_id is not None:
        topics.add(f"conversation:{conversation_id}")
    return topics


def record(
    subject: Row,
    kind: str,
    *,
    by: Actor,
    at: datetime,
    patient_id: UUID | None = None,
    topics: Iterable[str] = (),
    **facts: Any,
) -> Event:
    """Write the Event of a change in the same transaction and note the topics it moves."""
    patient_id = patient_id or getattr(subject, "patient_id", None)
    event = Event(**values_of(subject, kind, by=by, at=at, patient_id=patient_id, **facts))
    db.session.add(event)
    note_topics(event.practice_id, topics_of(subject, patient_id) | set(topics))
    return event


def values_of(
    subject: Row, kind: str, *, by: Actor, at: datetime, patient_id: UUID | None, **facts: Any
) -> dict[str, Any]:
    """The row of an Event. Who writes it by a statement of their own notes its topics too."""
    return {
        "practice_id": subject.practice_id,
        "id": new_id(),
        "kind": kind,
        "at": at,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "subject_type": subject.__tablename__,
        "subject_id": subject.id,
        "patient_id": patient_id,
        "facts": facts,
    }


def newest(subject: Row, *kinds: str) -> Event | None:
    """The last of these that happened to the record."""
    return db.session.scalars(
        select(Event)
        .where(
            Event.practice_id == subject.practice_id,
            Event.subject_type == subject.__tablename__,
            Event.subject_id == subject.id,
            Event.kind.in_(kinds),
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    ).first()


def note_topics(practice_id: UUID, topics: Iterable[str]) -> None:
    """Remember that an event moves these topics; `models.topic` numbers them just before commit."""
    noted = db.session.info.setdefault("topics", {})
    noted.update(dict.fromkeys((practice_id, topic) for topic in topics))


class AccessLog(Row):
    """Who saw which patient, when and through what."""

    __tablename__ = "access_log"
    __table_args__ = (
        of_practice(),
        Index(None, "practice_id", "patient_id", "at"),
        Index(None, "practice_id", "viewer_id", "at"),
    )

    at: Mapped[datetime]
    viewer_kind: Mapped[str]
    viewer_id: Mapped[UUID | None]
    patient_id: Mapped[UUID]
    through: Mapped[str] = mapped_column(default="")
