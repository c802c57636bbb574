"""Rows to vouch for, and what was said of a row and stands, as a condition on the ledger."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased

from app.access import visible_touchpoints
from app.core.db import db
from app.core.errors import NotFound
from app.models.touchpoint import TAKES_BACK, Touchpoint, TouchpointAttestation
from app.models.viewer import Viewer


def holds(kind: str) -> ColumnElement[bool]:
    """The row is attested (or approved), and that was not taken back."""
    said, back = aliased(TouchpointAttestation), aliased(TouchpointAttestation)
    taken = exists().where(
        back.practice_id == said.practice_id, back.touchpoint_id == said.touchpoint_id,
        back.kind == TAKES_BACK[kind], back.nth == said.nth,
    )  # fmt: skip
    return exists().where(
        and_(said.practice_id == Touchpoint.practice_id, said.touchpoint_id == Touchpoint.id,
             said.kind == kind, ~taken)
    )  # fmt: skip


def touchpoints_for(viewer: Viewer, ids: Collection[UUID]) -> list[Touchpoint]:
    """All of them, or NotFound when one is missing or not the viewer's to see."""
    wanted = visible_touchpoints(viewer).where(Touchpoint.id.in_(ids)).order_by(Touchpoint.id)
    found = list(db.session.scalars(wanted))
    if len(found) < len(set(ids)):
        raise NotFound
    return found
