"""Verification of a practice's chain: recomputes every link from the stored rows and names the first
one that does not fit (T0.5)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.actions.seals import hash_row
from app.core.db import db
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.queries.ledger import in_batches, tasks_served
from app.value.commitments import GENESIS


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`rows` links hold; `bad_seq` is the first that doesn't, with the reason."""

    rows: int
    head: str
    bad_seq: int | None = None
    reason: str | None = None


def verify(practice_id: UUID, *, batch: int = 500) -> ChainReport:
    """Walk the chain from its first row; stops at the first bad link."""
    stream = db.session.execute(
        select(TouchpointSeal, Touchpoint)
        .outerjoin(
            Touchpoint,
            (Touchpoint.id == TouchpointSeal.touchpoint_id)
            & (Touchpoint.practice_id == TouchpointSeal.practice_id),
        )
        .where(TouchpointSeal.practice_id == practice_id)
        .order_by(TouchpointSeal.seq)
        .execution_options(yield_per=batch)
    )
    rows, previous = 0, GENESIS
    for part in in_batches(iter(stream), batch):
        served = tasks_served(practice_id, [seal.touchpoint_id for seal, _ in part])
        for seal, row in part:
            reason = _fault(seal, row, served.get(seal.touchpoint_id, []), rows + 1, previous)
            if reason:
                return ChainReport(rows, previous, rows + 1, reason)
            rows, previous = rows + 1, seal.row_hash
        db.session.expunge_all()
    return ChainReport(rows, previous)


def _fault(
    seal: TouchpointSeal, row: Touchpoint | None, task_ids: list[UUID], seq: int, previous: str
) -> str | None:
    """Why this link does not fit, or None."""
    if seal.seq != seq:
        return "a number is missing in the chain"
    if row is None:
        return "the row is gone"
    if seal.previous_hash != previous:
        return "the link to the row before it is broken"
    if hash_row(row, task_ids, seal.text_commitment, seq=seq, previous=previous) != seal.row_hash:
        return "the row was changed after it was sealed"
    return None
