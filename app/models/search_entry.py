"""What the search finds things by: one entry a record with its terms, and the list of records whose entry is
due. Triggers of the database fill that list, so that no way of writing can forget it (decision 0039)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, of_practice
from app.core.db import db


class SearchKind(StrEnum):
    PATIENT = "patient"
    MESSAGE = "message"
    TASK = "task"
    REFERRAL = "referral"
    NOTE = "note"


class SearchEntry(Base):
    """The terms of one record (see `search_terms`), separated by single spaces."""

    __tablename__ = "search_entry"
    __table_args__ = (
        of_practice(),
        Index("uq_search_entry_number", "number", unique=True),
        Index(None, "practice_id", "kind", "number"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SearchKind] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Later entries have greater ones; SQLite's full-text table calls it rowid.
    number: Mapped[int]
    words: Mapped[str]


class SearchDue(Base):
    """A record whose entry has to be made anew."""

    __tablename__ = "search_due"
    __table_args__ = (of_practice(),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SearchKind] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: How often it changed since it was noted.
    marks: Mapped[int] = mapped_column(default=1, server_default="1")
    #: Its entry could not be made; it is tried again when it changes and by `flask search rebuild`.
    set_aside_at: Mapped[datetime | None]


def is_searched(practice_id: UUID) -> bool:
    """Whether the practice has anything in the index."""
    one = select(SearchEntry.number).where(SearchEntry.practice_id == practice_id).limit(1)
    return db.session.scalar(one) is not None
