"""Sealing: a worker gives each new ledger row its gapless number and hash, after the fact, so that no
hot path waits for it. The change feed says what is new: ledger rows never change, so its order is the
order of commits and a cursor over it misses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, insert_into
from app.models.topic import Change, Topic
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointText
from app.queries.ledger import fields_of, tasks_served
from app.value.commitments import GENESIS, commit, commitments_of, row_hash

BATCH = 500
_TURN = "seals"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a practice's chain; seq 0 when nothing is sealed."""

    seq: int
    row_hash: str
    change_seq: int


def head_of(practice_id: UUID) -> Head:
    last = db.session.execute(
        select(TouchpointSeal.seq, TouchpointSeal.row_hash, TouchpointSeal.change_seq)
        .where(TouchpointSeal.practice_id == practice_id)
        .order_by(TouchpointSeal.seq.desc())
        .limit(1)
    ).first()
    return Head(*last) if last else Head(0, GENESIS, 0)


def find_unsealed(practice_id: UUID, *, limit: int = 1) -> Sequence[tuple[int, Touchpoint]]:
    """The next rows to seal with their places in the change feed, oldest first."""
    rows = db.session.execute(
        select(Change.seq, Touchpoint)
        .join(
            Touchpoint,
            (Touchpoint.id == Change.row_id) & (Touchpoint.practice_id == Change.practice_id),
        )
        .where(
            Change.practice_id == practice_id,
            Change.kind == "touchpoint",
            Change.seq > head_of(practice_id).change_seq,
        )
        .order_by(Change.seq)
        .limit(limit)
    )
    return [(seq, row) for seq, row in rows]


def take_turn(practice_id: UUID) -> None:
    """Hold the practice's sealing turn until commit: two sealers never number the same rows."""
    insertion = insert_into(Topic).values(practice_id=practice_id, topic=_TURN, seq=1)
    db.session.execute(
        insertion.on_conflict_do_update(
            index_elements=["practice_id", "topic"], set_={"seq": Topic.__table__.c.seq + 1}
        )
    )


def seal_next(practice_id: UUID, *, at: datetime, limit: int = BATCH) -> int:
    """Seal up to `limit` rows in this transaction; returns how many."""
    if not find_unsealed(practice_id):
        return 0
    take_turn(practice_id)
    head = head_of(practice_id)
    rows = find_unsealed(practice_id, limit=limit)
    served = tasks_served(practice_id, [row.id for _, row in rows])
    texts = _texts(practice_id, [row.id for _, row in rows])
    seals, seq, previous = [], head.seq, head.row_hash
    for change_seq, row in rows:
        seq += 1
        text_commitment = _text_commitment(texts.get(row.id))
        digest = hash_row(row, served.get(row.id, []), text_commitment, seq=seq, previous=previous)
        seals.append({
            "practice_id": practice_id, "seq": seq, "touchpoint_id": row.id, "previous_hash": previous,
            "row_hash": digest, "text_commitment": text_commitment, "change_seq": change_seq,
            "sealed_at": at,
        })  # fmt: skip
        previous = digest
    if seals:
        db.session.execute(insert_into(TouchpointSeal), seals)
    return len(seals)


def hash_row(
    row: Touchpoint, task_ids: list[UUID], text_commitment: str, *, seq: int, previous: str
) -> str:
    """The hash a row must have at this place of the chain."""
    commitments = commitments_of(row.salt, fields_of(row, task_ids))
    return row_hash(previous, seq, commitments | {"summary": text_commitment})


def _texts(practice_id: UUID, touchpoint_ids: list[UUID]) -> dict[UUID, TouchpointText]:
    rows = db.session.scalars(
        select(TouchpointText).where(
            TouchpointText.practice_id == practice_id,
            TouchpointText.touchpoint_id.in_(touchpoint_ids),
        )
    )
    return {row.touchpoint_id: row for row in rows}


def _text_commitment(text: TouchpointText | None) -> str:
    return commit(text.salt, text.summary) if text else commit(b"", None)
