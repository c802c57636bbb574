"""Keeping a narrowed board under a name, making one the first to open, and letting go of it. They are a
person's own way of working: no event, and nobody else sees them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.models.saved_filter import SavedFilter
from app.models.viewer import Viewer

MOST = 20
LONGEST_NAME = 40


def of(viewer: Viewer) -> list[SavedFilter]:
    """The viewer's own, by name."""
    rows = select(SavedFilter).where(
        SavedFilter.practice_id == viewer.practice_id, SavedFilter.user_id == viewer.id
    )
    return list(db.session.scalars(rows.order_by(SavedFilter.name, SavedFilter.id)))


def keep(viewer: Viewer, name: str, chosen: Mapping[str, str], *, at: datetime) -> SavedFilter:
    """Save under a name; a name in use gets the new address. Raises Invalid for an unusable name."""
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name or not name.isprintable() or viewer.id is None:
        raise Invalid("Give it a name.", field="name")
    mine = of(viewer)
    found = next((each for each in mine if each.name == name), None)
    if found is None and len(mine) >= MOST:
        raise Invalid(f"You have {MOST} already. Delete one first.", field="name")
    if found is None:
        found = SavedFilter(
            practice_id=viewer.practice_id, user_id=viewer.id, name=name, created_at=at
        )
        db.session.add(found)
    found.chosen = dict(chosen)
    return found


def open_first(viewer: Viewer, filter_id: UUID | None) -> None:
    """Let this one be what the board opens with; None = as it ships."""
    chosen = one(viewer, filter_id) if filter_id is not None else None
    for each in of(viewer):
        each.is_default = False
    db.session.flush()  # one default at a time, also for the index
    if chosen is not None:
        chosen.is_default = True


def delete(viewer: Viewer, filter_id: UUID) -> SavedFilter:
    found = one(viewer, filter_id)
    db.session.delete(found)
    return found


def one(viewer: Viewer, filter_id: UUID) -> SavedFilter:
    """Raises NotFound for one that is not there or somebody else's."""
    found = next((each for each in of(viewer) if each.id == filter_id), None)
    if found is None:
        raise NotFound
    return found
