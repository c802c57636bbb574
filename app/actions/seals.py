"""Sealing: a worker gives each new ledger row its gapless number and hash, after the fact, so that no
hot path waits for it. The change feed says what is new: ledger rows never change, so its order is the
order of commits and a cursor over it misses nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import ledger_words
from app.core.db import db, insert_into
from app.models.topic import Change, Topic
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.queries.ledger import fields_of, tasks_served, utc_text
from app.value.commitments import GENESIS, Plain, commitments_of, row_hash
from app.value.compositions import composition

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
    texts = ledger_words.with_salts(practice_id, [row for _, row in rows])
    seals, seq, previous = [], head.seq, head.row_hash
    for change_seq, row in rows:
        seq += 1
        words = texts.get(row.id, ledger_words.NONE)
        digest = hash_row(
            row, served.get(row.id, []), words, seq=seq, previous=previous, sealed_at=at
        )
        seals.append({
            "practice_id": practice_id, "seq": seq, "touchpoint_id": row.id, "previous_hash": previous,
            "row_hash": digest, "text_commitment": words, "change_seq": change_seq, "sealed_at": at,
        })  # fmt: skip
        previous = digest
    if seals:
        db.session.execute(insert_into(TouchpointSeal), seals)
    return len(seals)


def hash_row(
    row: Touchpoint, task_ids: list[UUID], text_commitment: str, *,
    seq: int, previous: str, sealed_at: datetime,
) -> str:  # fmt: skip
    """The hash a row must have at this place of the chain."""
    commitments = commitments_in(row, task_ids, text_commitment)
    return hash_link(commitments, row.composition, seq=seq, previous=previous, sealed_at=sealed_at)


def commitments_in(row: Touchpoint, task_ids: list[UUID], text_commitment: str) -> dict[str, str]:
    """What the row's link binds: a commitment per field, and that of its words."""
    values = fields_of(row, task_ids)
    names = composition(row.composition).fields
    return commitments_of(row.salt, {name: values[name] for name in names}) | {
        "summary": text_commitment
    }


def hash_link(
    commitments: Mapping[str, str], version: int, *, seq: int, previous: str, sealed_at: datetime
) -> str:
    """The hash of commitments at this place of the chain."""
    bound: dict[str, Plain] = {"sealed_at": utc_text(sealed_at)}
    more = {name: bound[name] for name in composition(version).link}
    return row_hash(previous, seq, commitments, **more)
