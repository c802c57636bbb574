"""Names that offices and community organizations had before: what comes in under one is still theirs. Kept
among the ids other systems know our records by (`SourceLink`), since such a name is one."""

from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select

from app.core.columns import Row
from app.core.db import db
from app.models.import_row import SourceLink

_MARK = "name:"


def key_of(name: str) -> str:
    return _MARK + " ".join(name.split())


def is_name(column: SQLColumnExpression[str], name: str) -> ColumnElement[bool]:
    """Whatever its capitals; SQLite lowers no letter with an accent, so the same letters count too."""
    return or_(column == name, func.lower(column) == name.lower())


def find_former(practice_id: UUID, kind: str, name: str) -> UUID | None:
    """Whose name this was, of the kind that a table's name says."""
    return db.session.scalar(
        select(SourceLink.subject_id)
        .where(
            SourceLink.practice_id == practice_id,
            SourceLink.subject_type == kind,
            is_name(SourceLink.source_id, key_of(name)),
        )
        .limit(1)
    )


def former_names(row: Row) -> list[str]:
    """The names it had and has no more, as they were written."""
    kept = db.session.scalars(
        select(SourceLink.source_id).where(
            SourceLink.practice_id == row.practice_id,
            SourceLink.subject_type == row.__tablename__,
            SourceLink.subject_id == row.id,
            SourceLink.source_id.startswith(_MARK),
        )
    )
    now = getattr(row, "name", "").lower()
    names = (each.removeprefix(_MARK) for each in kept)
    return sorted(name for name in names if name.lower() != now)
