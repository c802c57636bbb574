"""The change feed behind the API's lists: rows in the order of their newest change, so that who polls from
a number misses nothing. A change moves a row to the end."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_

from app.core.db import db
from app.models.topic import Change

Listed = TypeVar("Listed")


def changed_after(
    visible: Select[Any],
    table: type[Listed],
    kind: str,
    *,
    practice_id: UUID,
    after: int,
    limit: int,
) -> tuple[list[Listed], int, bool]:
    """Up to `limit` visible rows changed after number `after`.

    Returns them with the number of the last one (or `after`), and whether more are waiting.
    """
    joined: Any = table
    rows = db.session.execute(
        visible.join(
            Change,
            and_(
                Change.practice_id == joined.practice_id,
                Change.kind == kind,
                Change.row_id == joined.id,
            ),
        )
        .add_columns(Change.seq)
        .where(Change.practice_id == practice_id, Change.seq > after)
        .order_by(Change.seq)
        .limit(limit + 1)
    ).all()
    page = rows[:limit]
    last = int(page[-1][1]) if page else after
    return [row[0] for row in page], last, len(rows) > limit
