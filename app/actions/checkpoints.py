"""Signed checkpoints of each practice's chain, in a file outside the database: how many rows, the last hash,
the Merkle root over all of them, when. Whoever owns the database can neither cut the chain's end nor stamp it
anew without contradicting them."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions.seals import head_of
from app.core.db import db
from app.core.ledger_keys import ring
from app.core.settings import current_settings
from app.models.touchpoint import TouchpointSeal
from app.queries.ledger import utc_text
from app.value.merkle import Frontier, leaf
from app.value.signatures import is_signed

FORMAT = "touchline-checkpoint/1"
#: Hex digits kept of each row's hash: enough to say where a chain left the signed one.
MARK = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One signed line: the state of the chain after `count` rows. `marks` are of the rows since the last."""

    number: int
    count: int
    head: str
    root: str
    peaks: tuple[str, ...]
    marks: str
    at: str
    kind: str
    line_hash: str

    @classmethod
    def read(cls, said: dict[str, Any], line: str) -> "Checkpoint":
        return cls(
            said["number"], said["count"], said["head"], said["root"], tuple(said["peaks"]),
            said["marks"], said["at"], said["kind"], hashlib.sha256(line.encode()).hexdigest(),
        )  # fmt: skip

    def frontier(self) -> Frontier:
        return Frontier(self.count, [bytes.fromhex(peak) for peak in self.peaks])


class BadCheckpoint(Exception):
    """A line of the checkpoint file is not what was signed; the message says which."""


def path_of(practice_id: UUID) -> Path:
    return Path(current_settings().ledger_checkpoints) / f"{practice_id}.jsonl"


def read_all(practice_id: UUID, *, at: datetime) -> list[Checkpoint]:
    """Every checkpoint, oldest first. Raises BadCheckpoint for a line that was changed or left out."""
    path = path_of(practice_id)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    keys, found, before = ring(at=at).public(), list[Checkpoint](), ""
    for number, line in enumerate(lines, start=1):
        try:
            said = json.loads(line)
        except ValueError:
            raise BadCheckpoint(f"line {number} of {path.name} is broken") from None
        if not is_signed(said, keys):
            raise BadCheckpoint(f"line {number} of {path.name} is not signed by a known key")
        if (said["number"], said["previous"]) != (number, before):
            raise BadCheckpoint(f"before line {number} of {path.name} a line is missing")
        if said["practice_id"] != str(practice_id):
            raise BadCheckpoint(f"line {number} of {path.name} is of another practice")
        found.append(Checkpoint.read(said, line))
        before = found[-1].line_hash
    return found


def write_due(practice_id: UUID, *, at: datetime) -> Checkpoint | None:
    """Sign where the chain is now; None when nothing was sealed since the last one.

    Raises BadCheckpoint when the chain no longer reaches the last one: that must be looked at first.
    """
    with _alone(practice_id):
        known = read_all(practice_id, at=at)
        last = known[-1] if known else None
        head = head_of(practice_id)
        if head.seq < (last.count if last else 0):
            raise BadCheckpoint(f"the chain ends at {head.seq}, before the last checkpoint")
        if last and head.seq == last.count:
            return None
        return _append(practice_id, last, at=at) if head.seq else None


def accept_loss(practice_id: UUID, *, at: datetime) -> Checkpoint:
    """Sign that the chain is shorter on purpose, after a backup was restored; what later ones said beyond
    it no longer counts. The lines stay."""
    with _alone(practice_id):
        known = read_all(practice_id, at=at)
        return _append(practice_id, None, at=at, after=known[-1] if known else None, kind="loss")


def _append(
    practice_id: UUID, last: Checkpoint | None, *, at: datetime, kind: str = "head",
    after: Checkpoint | None = None,
) -> Checkpoint:  # fmt: skip
    """Sign the rows since `last` (None: all of them) and write the line behind `after`, to the disk."""
    edge = last.frontier() if last else Frontier()
    marks, head = [], last.head if last else ""
    for row_hash in _hashes(practice_id, since=edge.size):
        edge.append(leaf(row_hash))
        marks.append(row_hash[:MARK])
        head = row_hash
    before = after or last
    said = {
        "format": FORMAT, "kind": kind, "practice_id": str(practice_id),
        "number": before.number + 1 if before else 1, "previous": before.line_hash if before else "",
        "count": edge.size, "head": head, "root": edge.root().hex(),
        "peaks": [peak.hex() for peak in edge.peaks], "marks": "".join(marks), "at": utc_text(at),
    }  # fmt: skip
    line = json.dumps(ring(at=at).sign(said), separators=(",", ":"))
    with path_of(practice_id).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Checkpoint.read(said, line)


def _hashes(practice_id: UUID, *, since: int) -> Iterator[str]:
    statement = (
        select(TouchpointSeal.row_hash)
        .where(TouchpointSeal.practice_id == practice_id, TouchpointSeal.seq > since)
        .order_by(TouchpointSeal.seq)
    )
    yield from db.session.scalars(statement.execution_options(yield_per=5000))


@contextmanager
def _alone(practice_id: UUID) -> Iterator[None]:
    """One writer per file, across processes."""
    path = path_of(practice_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
