"""The list of later corrections: each row of the period that another one took back, sealed behind an
earlier export's place in the chain and not behind this one's. Old file and list together give the new
sums."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import aliased

from app.core.db import db
from app.exports.wanted import Wanted, chosen
from app.models.touchpoint import INTERNAL, Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import utc_text
from app.value.plain_json import dumps


def lines(viewer: Viewer, wanted: Wanted) -> Iterator[bytes]:
    """One correction per line, in the order they were sealed."""
    for row in rows(viewer, wanted):
        yield (dumps(row) + "\n").encode()


def rows(viewer: Viewer, wanted: Wanted) -> Iterator[dict[str, Any]]:
    first, its_seal = aliased(Touchpoint), aliased(TouchpointSeal)
    statement = (
        chosen(viewer, wanted)
        .join(
            first,
            and_(first.practice_id == Touchpoint.practice_id, first.id == Touchpoint.supersedes_id),
        )
        .join(
            its_seal,
            and_(its_seal.practice_id == first.practice_id, its_seal.touchpoint_id == first.id),
        )
        .where(TouchpointSeal.seq > wanted.since_seq)
        .add_columns(first.seconds, its_seal.seq)
        .order_by(TouchpointSeal.seq)
        .execution_options(yield_per=500)
    )
    for row, seal, seconds, first_seq in db.session.execute(statement):
        yield {
            "seal_seq": seal.seq,
            "touchpoint_id": str(row.id),
            "supersedes_id": str(row.supersedes_id),
            "supersedes_seq": first_seq,
            "reason": row.void_reason if wanted.purpose.holds_words else None,
            "recorded_at": utc_text(row.recorded_at),
            "contacts": 0 if first_seq > wanted.since_seq or row.channel == INTERNAL else -1,
            "seconds": 0 if first_seq > wanted.since_seq else -seconds,
        }
