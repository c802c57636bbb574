"""Remembering the name an office or a community organization had, when it gets another."""

from sqlalchemy import delete

from app.actions import source_links
from app.core.columns import Row
from app.core.db import db
from app.models.import_row import SourceLink
from app.queries.known_names import is_name, key_of


def remember(row: Row, name: str) -> None:
    """What comes in under this name from now on is the record's, unless another has the name now. Who had
    it last is who is meant."""
    key = key_of(name)
    db.session.execute(
        delete(SourceLink).where(
            SourceLink.practice_id == row.practice_id,
            SourceLink.subject_type == row.__tablename__,
            is_name(SourceLink.source_id, key),
        )
    )
    source_links.keep(row, [key])
