"""The ledger's rows as plain field values: one list of names, in one order, for the seal, the exports
and the API (VALUE_RULES §0)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Select, select

from app.core.db import db
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointTask
from app.value.commitments import Plain
from app.value.compositions import CURRENT, composition

#: Every field there is, in the order files print them; older rows have nothing in those that came later.
FIELDS = composition(CURRENT).fields
_AS_THEY_ARE = (str, bool, int)
_OF_ROW = tuple(name for name in FIELDS if name not in ("touchpoint_id", "task_ids"))
_values_of = attrgetter(*_OF_ROW)


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, the one way times are written in files."""
    written = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return written.removesuffix("+00:00") + "Z"


def plain(value: Any) -> Plain:
    """A column value as files and hashes see it."""
    if value is None or type(value) in _AS_THEY_ARE:
        return cast("Plain", value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in sorted(value.items())}
    if isinstance(value, float):
        return str(value)
    return value if value is None or isinstance(value, bool | int) else str(value)


def fields_of(row: Touchpoint | Row[Any], task_ids: list[UUID]) -> dict[str, Plain]:
    """Every field of one row, in FIELDS' order."""
    found = _values_of(row)
    values = {
        name: value if value is None or type(value) in _AS_THEY_ARE else plain(value)
        for name, value in zip(_OF_ROW, found, strict=True)
    }
    values["touchpoint_id"] = str(row.id)
    values["task_ids"] = [str(task_id) for task_id in sorted(task_ids)]
    return {name: values[name] for name in FIELDS}


def tasks_served(practice_id: UUID, touchpoint_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """The tasks each of these rows served."""
    served: dict[UUID, list[UUID]] = {}
    rows = db.session.execute(
        select(TouchpointTask.touchpoint_id, TouchpointTask.task_id).where(
            TouchpointTask.practice_id == practice_id,
            TouchpointTask.touchpoint_id.in_(touchpoint_ids),
        )
    )
    for touchpoint_id, task_id in rows:
        served.setdefault(touchpoint_id, []).append(task_id)
    return served


def seals_of(practice_id: UUID, touchpoint_ids: list[UUID]) -> dict[UUID, TouchpointSeal]:
    """The seals of those rows that have one."""
    rows = select(TouchpointSeal).where(
        TouchpointSeal.practice_id == practice_id, TouchpointSeal.touchpoint_id.in_(touchpoint_ids)
    )
    return {seal.touchpoint_id: seal for seal in db.session.scalars(rows)}


def sealed(visible: Select[Touchpoint], *, as_of_seq: int) -> Select[Touchpoint, TouchpointSeal]:
    """The visible rows with their seals, up to a place in the chain."""
    return (
        visible.add_columns(TouchpointSeal)
        .join(
            TouchpointSeal,
            (TouchpointSeal.touchpoint_id == Touchpoint.id)
            & (TouchpointSeal.practice_id == Touchpoint.practice_id),
        )
        .where(TouchpointSeal.seq <= as_of_seq)
    )


def in_batches(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Lists of up to `size`, so that look-ups beside a stream stay few."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
