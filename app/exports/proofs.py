"""Proofs that the rows of a filtered file are the ledger's own: for each row the salts of the fields it
shows, the commitments of those it hides, and its path to the root of the Merkle tree (`verify.py` in
each package)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.exports.wanted import Wanted, chosen
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import fields_of, in_batches, tasks_served, utc_text
from app.value.commitments import Plain, commit, field_salt
from app.value.compositions import composition
from app.value.merkle import Tree
from app.value.plain_json import dumps

BATCH = 500


def tree_of(practice_id: UUID, size: int) -> Tree:
    """The tree over the practice's first `size` rows."""

    def read(start: int, stop: int) -> list[str]:
        rows = select(TouchpointSeal.row_hash).where(
            TouchpointSeal.practice_id == practice_id,
            TouchpointSeal.seq > start,
            TouchpointSeal.seq <= stop,
        )
        return list(db.session.scalars(rows.order_by(TouchpointSeal.seq)))

    return Tree(size, read)


def lines(viewer: Viewer, wanted: Wanted, tree: Tree) -> Iterator[bytes]:
    """One proof per row, in the rows' order."""
    stream = db.session.execute(
        chosen(viewer, wanted)
        .order_by(Touchpoint.started_at, TouchpointSeal.seq)
        .execution_options(yield_per=BATCH)
    )
    for part in in_batches(iter(stream), BATCH):
        served = tasks_served(viewer.practice_id, [row.id for row, _ in part])
        for row, seal in part:
            shown = wanted.purpose.shown_of(row.result)
            proof = proof_of(row, seal, served.get(row.id, []), shown, tree)
            yield (dumps(proof) + "\n").encode()


def proof_of(
    row: Touchpoint, seal: TouchpointSeal, task_ids: list[UUID], shown: tuple[str, ...], tree: Tree
) -> dict[str, Any]:
    """What a reader needs to compute the row's hash from the fields shown, and the root from the hash."""
    rules = composition(row.composition)
    values = fields_of(row, task_ids)
    salts = {name: field_salt(row.salt, name) for name in rules.fields}
    bound: dict[str, Plain] = {"sealed_at": utc_text(seal.sealed_at)}
    return {
        "seal_seq": seal.seq,
        "previous_hash": seal.previous_hash,
        "bound": {name: bound[name] for name in rules.link},
        "shown": {name: salts[name].hex() for name in rules.fields if name in shown},
        "hidden": {
            **{
                name: commit(salts[name], values[name])
                for name in rules.fields
                if name not in shown
            },
            "summary": seal.text_commitment,
        },
        "path": [each.hex() for each in tree.path(seal.seq - 1)],
    }
