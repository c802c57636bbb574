"""Putting shipped protocols in place for a practice. Its own versions are never replaced by shipped ones."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, insert_into
from app.core.ids import new_id
from app.models.practice import Practice
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from app.models.shipped.loader import shipped_protocols


def install_protocols(practice: Practice, *, at: datetime) -> list[Protocol]:
    """Put every shipped protocol in place; where its version (or a newer one) is, nothing changes."""
    newest: dict[str, Protocol] = {
        row.task_type: row
        for row in db.session.scalars(
            select(Protocol).where(Protocol.practice_id == practice.id, Protocol.is_current)
        )
    }
    added = []
    for task_type, definition in shipped_protocols().items():
        current = newest.get(task_type)
        if current is not None and (current.is_own or current.version >= definition.version):
            continue
        if current is not None:
            current.is_current = False
            db.session.flush()  # one current version at a time, also for the index
        added.append(Protocol(**_values(practice.id, definition, at=at)))
    db.session.add_all(added)
    return added


def install_shipped(practice_id: UUID, task_type: str, *, at: datetime) -> bool:
    """Put one shipped protocol in place where the practice has none; two at once leave one row."""
    definition = shipped_protocols().get(task_type)
    if definition is None:
        return False
    db.session.execute(
        insert_into(Protocol)
        .values(id=new_id(), is_current=True, **_values(practice_id, definition, at=at))
        .on_conflict_do_nothing()
    )
    return True


def _values(practice_id: UUID, definition: Definition, *, at: datetime) -> dict[str, Any]:
    return {
        "practice_id": practice_id,
        "task_type": definition.task_type,
        "version": definition.version,
        "definition": definition.model_dump(mode="json"),
        "created_at": at,
    }
