"""The ids under which other systems know our records, for those that have no column for it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select

from app.core.columns import Row
from app.core.db import db
from app.models.import_row import SourceLink


def find(practice_id: UUID, kind: str, source_ids: Iterable[str]) -> dict[str, UUID]:
    """Our ids by theirs, in one statement."""
    wanted = list(dict.fromkeys(source_ids))
    if not wanted:
        return {}
    rows = db.session.scalars(
        select(SourceLink).where(
            SourceLink.practice_id == practice_id,
            SourceLink.subject_type == kind,
            SourceLink.source_id.in_(wanted),
        )
    )
    return {row.source_id: row.subject_id for row in rows}


def keep(row: Row, source_ids: Iterable[str]) -> None:
    """Note names that are new for this record."""
    db.session.add_all(
        SourceLink(
            practice_id=row.practice_id,
            subject_type=row.__tablename__,
            source_id=source_id,
            subject_id=row.id,
        )
        for source_id in source_ids
    )


def forget(row: Row) -> None:
    """The record is not what they meant any more."""
    db.session.execute(
        delete(SourceLink).where(
            SourceLink.practice_id == row.practice_id, SourceLink.subject_id == row.id
        )
    )
