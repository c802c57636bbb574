"""The versions of a practice's protocol: who made each when and why, and what it says otherwise than the one
before. Two statements, however many there are."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access import visible_users
from app.core.db import db
from app.models.protocol import Protocol
from app.models.task import TaskType
from app.models.user import User
from app.models.viewer import Viewer

MOST = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """Sentences of the telling that went and that came."""

    gone: list[str]
    new: list[str]


def versions(viewer: Viewer, kind: TaskType) -> list[tuple[Protocol, str | None]]:
    """Newest first, each with the name of who made it (None: shipped)."""
    rows = (
        select(Protocol, User.name)
        .outerjoin(
            User, (User.practice_id == Protocol.practice_id) & (User.id == Protocol.made_by_id)
        )
        .where(Protocol.practice_id == viewer.practice_id, Protocol.task_type == kind)
        .order_by(Protocol.version.desc())
        .limit(MOST)
    )
    return [(row, name) for row, name in db.session.execute(rows)]


def names(viewer: Viewer) -> Mapping[UUID, str]:
    return {user.id: user.name for user in db.session.scalars(visible_users(viewer))}


def current_version(viewer: Viewer, kind: TaskType) -> int | None:
    """The number of the version new tasks begin with."""
    return db.session.scalar(
        select(Protocol.version).where(
            Protocol.practice_id == viewer.practice_id,
            Protocol.task_type == kind,
            Protocol.is_current,
        )
    )


def changed(now: Any, before: Any) -> Changed | None:
    """What one telling says that the other does not; None for the first version."""
    if before is None:
        return None
    was, says = _sentences(before), _sentences(now)
    return Changed([s for s in was if s not in says], [s for s in says if s not in was])


def _sentences(told: Any) -> list[str]:
    found: list[str] = []
    for each in fields(told):
        value = getattr(told, each.name)
        found.extend([value] if isinstance(value, str) else value)
    return found
