"""Vouching for ledger rows: whoever did the contact attests it, a lead approves it; one by one or many at
once. The row itself never changes, and taking a word back is a row of its own."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.errors import Conflict, Forbidden
from app.models.event import record
from app.models.touchpoint import TAKES_BACK, Touchpoint, TouchpointAttestation
from app.models.user import User
from app.models.viewer import PRACTICE_ROLES, Viewer

ATTESTED, APPROVED = "attested", "approved"


def attest(row: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """The person who did it says: this is what happened. Raises Forbidden for somebody else's row."""
    vouch([row], ATTESTED, by=by, at=at)


def approve(row: Touchpoint, *, by: Viewer, at: datetime) -> None:
    """A lead or an admin approves a row that somebody else did. Raises Forbidden."""
    vouch([row], APPROVED, by=by, at=at)


def vouch(rows: Sequence[Touchpoint], kind: str, *, by: Viewer, at: datetime) -> list[UUID]:
    """Attest or approve rows found through access; what stands already stays as it is. All or nothing.

    Returns the rows it was said of now. Raises Forbidden for who may not say it, Conflict for a row that
    was taken back.
    """
    _check_may(rows, kind, by=by)
    _check_stand(rows)
    counts = _counts(rows)
    said = [row for row in rows if not _holds(counts, row, kind)]
    for row in said:
        _add(row, kind, counts, by=by, at=at)
    return [row.id for row in said]


def withdraw(rows: Sequence[Touchpoint], kind: str, *, by: Viewer, at: datetime) -> None:
    """Take back one's own word about rows. Raises Forbidden for what somebody else said."""
    counts = _counts(rows)
    for row in rows:
        if not _holds(counts, row, kind):
            raise Conflict("There is nothing to take back.")
    own = set(db.session.scalars(select(TouchpointAttestation.touchpoint_id).where(
        *_of(rows), TouchpointAttestation.kind == kind, TouchpointAttestation.by_id == by.id,
    )))  # fmt: skip
    if by.role not in PRACTICE_ROLES and any(row.id not in own for row in rows):
        raise Forbidden("Only who said it, or a lead, can take it back.")
    for row in rows:
        _add(row, TAKES_BACK[kind], counts, by=by, at=at)


def _check_may(rows: Sequence[Touchpoint], kind: str, *, by: Viewer) -> None:
    own = [row for row in rows if by.id in (row.actor_id, _corrected_by(row))]
    if kind == ATTESTED:
        if by.kind != "user" or any(row.actor_id != by.id for row in rows):
            raise Forbidden("Only who did this contact can vouch for it.")
        return
    if by.role not in PRACTICE_ROLES:
        raise Forbidden("A lead or an admin approves entries.")
    if own and has_other_lead(by):
        raise Forbidden("Somebody else has to approve your own entry, and one that you corrected.")


def _corrected_by(row: Touchpoint) -> UUID | None:
    """Who rewrote it: what they made of somebody's work is theirs to answer for, too."""
    return row.entered_by_id if row.source_kind == "correction" else None


def has_other_lead(viewer: Viewer) -> bool:
    """Is there another lead or admin who can approve this person's own entries?"""
    others = select(User.id).where(
        User.practice_id == viewer.practice_id, User.id != viewer.id,
        User.role.in_(PRACTICE_ROLES), User.is_active.is_(True),
    )  # fmt: skip
    return db.session.scalar(others.limit(1)) is not None


def _check_stand(rows: Sequence[Touchpoint]) -> None:
    corrected = select(Touchpoint.id).where(
        Touchpoint.practice_id.in_({row.practice_id for row in rows}),
        Touchpoint.supersedes_id.in_([row.id for row in rows]),
    )
    if any(row.void_reason for row in rows) or db.session.scalar(corrected.limit(1)) is not None:
        raise Conflict("This entry was taken back: there is nothing to vouch for.")


def _of(rows: Sequence[Touchpoint]) -> tuple[ColumnElement[bool], ...]:
    return (
        TouchpointAttestation.practice_id.in_({row.practice_id for row in rows}),
        TouchpointAttestation.touchpoint_id.in_([row.id for row in rows]),
    )


def _counts(rows: Sequence[Touchpoint]) -> Counter[tuple[UUID, str]]:
    """How often each thing was said of each row."""
    found = db.session.execute(
        select(TouchpointAttestation.touchpoint_id, TouchpointAttestation.kind, func.count())
        .where(*_of(rows))
        .group_by(TouchpointAttestation.touchpoint_id, TouchpointAttestation.kind)
    )
    return Counter({(row_id, kind): count for row_id, kind, count in found})


def _holds(counts: Counter[tuple[UUID, str]], row: Touchpoint, kind: str) -> bool:
    return counts[row.id, kind] > counts[row.id, TAKES_BACK[kind]]


def _add(
    row: Touchpoint, kind: str, counts: Counter[tuple[UUID, str]], *, by: Viewer, at: datetime
) -> None:
    db.session.add(TouchpointAttestation(
        practice_id=row.practice_id, touchpoint_id=row.id, kind=kind, by_id=by.id, at=at,
        nth=counts[row.id, kind] + 1,
    ))  # fmt: skip
    record(row, f"touchpoint.{kind}", by=by.actor, at=at)
