"""The rows of one export as plain fields, in one order (started_at, seq). Files only write what this
yields."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, true

from app.core.db import db
from app.exports.purposes import PURPOSES, TYPED_IN_RESULT
from app.exports.wanted import Wanted, chosen, taken_back
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import fields_of, in_batches, tasks_served
from app.value.commitments import Plain

BATCH = 500
#: Columns of a whole file; the fewer of another purpose stand in `app.exports.purposes`.
COLUMNS = PURPOSES["internal"].columns
_OF_ROW = tuple(
    getattr(Touchpoint, column.key)
    for column in Touchpoint.__table__.columns
    if column.key != "salt"
)
_OF_SEAL = (TouchpointSeal.text_commitment, TouchpointSeal.seq, TouchpointSeal.previous_hash,
            TouchpointSeal.row_hash)  # fmt: skip


def rows(viewer: Viewer, wanted: Wanted) -> Iterator[dict[str, Plain]]:
    """Each row with the purpose's columns; memory stays flat."""
    gone = taken_back(viewer, wanted.period.as_of_seq).subquery()
    found = chosen(viewer, wanted).outerjoin(gone, gone.c.supersedes_id == Touchpoint.id)
    for whole, is_kept in _stream(viewer, found, gone.c.supersedes_id.is_(None)):
        whole["is_standing"] = bool(is_kept) and whole["void_reason"] is None
        if not wanted.purpose.holds_words:
            whole["result"] = without_names(whole["result"])
        yield {name: whole[name] for name in wanted.purpose.columns}


def without_names(result: Plain) -> Plain:
    """A result without what somebody typed into it."""
    if not isinstance(result, dict):
        return result
    return {name: value for name, value in result.items() if name != TYPED_IN_RESULT}


def rows_of(
    viewer: Viewer, found: Select[Touchpoint, TouchpointSeal]
) -> Iterator[dict[str, Plain]]:
    """Every field of rows that were chosen already, in the same order."""
    for whole, _ in _stream(viewer, found, true()):
        yield whole


def _stream(
    viewer: Viewer, found: Select[Touchpoint, TouchpointSeal], more: ColumnElement[bool]
) -> Iterator[tuple[dict[str, Plain], bool]]:
    """Plain columns, not records: making objects of millions of rows costs more than reading them."""
    stream = db.session.execute(
        found.with_only_columns(*_OF_ROW, *_OF_SEAL, more.label("more"))
        .order_by(Touchpoint.started_at, TouchpointSeal.seq)
        .execution_options(yield_per=BATCH)
    )
    for part in in_batches(iter(stream), BATCH):
        served = tasks_served(viewer.practice_id, [row.id for row in part])
        for row in part:
            place: dict[str, Plain] = {
                "summary_commitment": row.text_commitment,
                "seal_seq": row.seq,
                "previous_hash": row.previous_hash,
                "row_hash": row.row_hash,
            }
            yield fields_of(row, served.get(row.id, [])) | place, row.more
