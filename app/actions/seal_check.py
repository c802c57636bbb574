"""Verification of a practice's chain: recomputes every link from the stored rows, compares it with the words
that are there and with the signed checkpoints outside the database, and names the first row that does not
fit (T0.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import checkpoints, ledger_words
from app.actions.checkpoints import MARK, BadCheckpoint, Checkpoint
from app.actions.seals import hash_link, hash_row, head_of
from app.core.db import db
from app.core.ledger_keys import ring
from app.models.retention import TouchpointStub
from app.models.topic import Change
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.touchpoint_erasure import TouchpointErasure
from app.queries.ledger import in_batches, tasks_served
from app.value.commitments import GENESIS
from app.value.merkle import Frontier, leaf
from app.value.signatures import is_signed

Part = list[tuple[TouchpointSeal, Touchpoint | None]]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`rows` links hold; `bad_seq` is the first that doesn't, with the reason. `fault` is one that no row of
    the chain can be named for. `checkpoint` is the last one that was met."""

    rows: int
    head: str
    bad_seq: int | None = None
    reason: str | None = None
    checkpoint: Checkpoint | None = None

    @property
    def is_whole(self) -> bool:
        return self.reason is None


def verify(practice_id: UUID, *, at: datetime, batch: int = 500) -> ChainReport:
    """Walk the chain from its first row; stops at the first bad link."""
    try:
        signed = _Signed(checkpoints.read_all(practice_id, at=at))
    except BadCheckpoint as error:
        return ChainReport(0, GENESIS, None, f"{error}; put the file back from its copy")
    rows, previous, keys = 0, GENESIS, ring(at=at).public()
    for part in in_batches(_stream(practice_id, batch), batch):
        facts = _Facts.of(practice_id, part, keys)
        for seal, row in part:
            reason = _fault(seal, row, facts, rows + 1, previous) or signed.fault(seal)
            if reason:
                return ChainReport(rows, previous, rows + 1, reason, signed.met)
            rows, previous = rows + 1, seal.row_hash
        db.session.expunge_all()
    return _end(practice_id, rows, previous, signed)


def _end(practice_id: UUID, rows: int, previous: str, signed: "_Signed") -> ChainReport:
    last = signed.last
    if last and last.count > rows:
        reason = f"the end was cut off: the checkpoint of {last.at} holds {last.count} rows, the chain {rows}"
        return ChainReport(rows, previous, rows + 1, reason, signed.met)
    stray = _stray(practice_id)
    if stray is not None:
        reason = f"touchpoint {stray} stands in the ledger without having been recorded"
        return ChainReport(rows, previous, None, reason, signed.met)
    return ChainReport(rows, previous, checkpoint=signed.met)


def _stream(practice_id: UUID, batch: int) -> Iterator[tuple[TouchpointSeal, Touchpoint | None]]:
    rows = db.session.execute(
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
    yield from ((seal, row) for seal, row in rows)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is read beside a batch of links."""

    served: dict[UUID, list[UUID]]
    words: dict[UUID, str]
    erased: set[UUID]
    #: Of rows whose time was over, and the public keys that signed.
    stubs: dict[UUID, TouchpointStub]
    keys: list[dict[str, Any]]

    @classmethod
    def of(cls, practice_id: UUID, part: Part, keys: list[dict[str, Any]]) -> "_Facts":
        ids = [seal.touchpoint_id for seal, _ in part]
        erased = select(TouchpointErasure.touchpoint_id).where(
            TouchpointErasure.practice_id == practice_id, TouchpointErasure.touchpoint_id.in_(ids)
        )
        rows = [row for _, row in part if row is not None]
        return cls(
            tasks_served(practice_id, ids),
            ledger_words.commitments_of(practice_id, rows),
            set(db.session.scalars(erased)),
            _stubs(practice_id, [seal.touchpoint_id for seal, row in part if row is None]),
            keys,
        )


def _stubs(practice_id: UUID, ids: list[UUID]) -> dict[UUID, TouchpointStub]:
    if not ids:
        return {}
    rows = select(TouchpointStub).where(
        TouchpointStub.practice_id == practice_id, TouchpointStub.touchpoint_id.in_(ids)
    )
    return {stub.touchpoint_id: stub for stub in db.session.scalars(rows)}


def _fault(
    seal: TouchpointSeal, row: Touchpoint | None, facts: _Facts, seq: int, previous: str
) -> str | None:
    """Why this link does not fit, or None."""
    if seal.seq != seq:
        return "a number is missing in the chain"
    if seal.previous_hash != previous:
        return "the link to the row before it is broken"
    if row is None:
        return _fault_of_stub(seal, facts, previous)
    tasks = facts.served.get(row.id, [])
    made = hash_row(
        row, tasks, seal.text_commitment, seq=seq, previous=previous, sealed_at=seal.sealed_at
    )
    if made != seal.row_hash:
        return "the row was changed after it was sealed"
    said = facts.words.get(row.id, ledger_words.NONE)
    if said != seal.text_commitment and row.id not in facts.erased:
        return "its words were changed or deleted after they were sealed"
    return None


def _fault_of_stub(seal: TouchpointSeal, facts: _Facts, previous: str) -> str | None:
    """A row that is gone left a stub that was signed and binds what its link binds, or it was taken away."""
    stub = facts.stubs.get(seal.touchpoint_id)
    if stub is None:
        return "the row is gone"
    said = stub.signed
    place = (str(seal.practice_id), str(seal.touchpoint_id), seal.seq, seal.row_hash)
    named = tuple(said.get(name) for name in ("practice_id", "touchpoint_id", "seq", "row_hash"))
    if named != place or not is_signed(said, facts.keys):
        return "the row is gone, and what stands for it was not signed"
    made = hash_link(
        stub.commitments,
        stub.composition,
        seq=seal.seq,
        previous=previous,
        sealed_at=seal.sealed_at,
    )
    return None if made == seal.row_hash else "what stands for the deleted row was changed"


class _Signed:
    """The checkpoints beside the walk. What was signed before a loss was accepted counts up to the loss."""

    def __init__(self, all_of_them: list[Checkpoint]) -> None:
        losses = [at for at, each in enumerate(all_of_them) if each.kind == "loss"]
        self._left = all_of_them[losses[-1] :] if losses else list(all_of_them)
        self.last = self._left[-1] if self._left else None
        self.met: Checkpoint | None = None
        self._edge, self._seen = Frontier(), 0

    def fault(self, seal: TouchpointSeal) -> str | None:
        """What the signed line that covers this row says against it."""
        self._edge.append(leaf(seal.row_hash))
        if not self._left:
            return None
        now, place = self._left[0], self._seen
        self._seen += 1
        if now.marks[place * MARK : (place + 1) * MARK] != seal.row_hash[:MARK]:
            return f"it is not the row that was signed on {now.at}: the chain was stamped anew"
        if self._edge.size < now.count:
            return None
        self._left.pop(0)
        self.met, self._seen = now, 0
        if (now.head, now.root) != (seal.row_hash, self._edge.root().hex()):
            return f"up to here the chain is not the one that was signed on {now.at}"
        return None


def _stray(practice_id: UUID) -> UUID | None:
    """A row without a seal that the change feed does not know either: it came in past the product."""
    return db.session.scalar(
        select(Touchpoint.id)
        .outerjoin(
            TouchpointSeal,
            (TouchpointSeal.touchpoint_id == Touchpoint.id)
            & (TouchpointSeal.practice_id == Touchpoint.practice_id),
        )
        .outerjoin(
            Change,
            (Change.row_id == Touchpoint.id)
            & (Change.practice_id == Touchpoint.practice_id)
            & (Change.kind == "touchpoint")
            & (Change.seq > head_of(practice_id).change_seq),
        )
        .where(
            Touchpoint.practice_id == practice_id,
            TouchpointSeal.seq.is_(None),
            Change.seq.is_(None),
        )
        .limit(1)
    )
