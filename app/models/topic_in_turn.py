"""The numbering of a commit for SQLite, which cannot write several tables in one statement: one for each. All
run with every commit, so they are in the driver's own words, as in `models.topic_at_once`."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

#: Rows go in as JSON: one statement for any number of them. SQLite keeps ids as 32 hex digits.
_GIVEN = "FROM json_each(?) WHERE true"
_TAKE = f"""
INSERT INTO topic (practice_id, topic, seq)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') {_GIVEN}
ON CONFLICT (practice_id, topic) DO UPDATE SET seq = topic.seq + excluded.seq
RETURNING practice_id, topic, seq
"""
_FOUR = ", ".join(f"json_extract(value, '$[{n}]')" for n in range(4))
_MOVE = f"""
INSERT INTO change (practice_id, kind, row_id, seq)
SELECT {_FOUR} {_GIVEN}
ON CONFLICT (practice_id, kind, row_id) DO UPDATE SET seq = excluded.seq
"""


def number_in_turn(
    session: Session,
    wanted: Sequence[tuple[UUID, str, int]],
    changes: Sequence[tuple[UUID, str, UUID, int]],
) -> dict[tuple[UUID, str], int]:
    """Raise each counter by what is wanted and give the changes theirs; the last of each."""
    connection = session.connection()
    take = _records((p.hex, topic, n) for p, topic, n in wanted)
    taken = connection.exec_driver_sql(_TAKE, (take,))
    last = {(UUID(p), topic): seq for p, topic, seq in taken}
    if changes:
        moved = (
            (p.hex, kind, id_.hex, last[p, "changes"] - back) for p, kind, id_, back in changes
        )
        connection.exec_driver_sql(_MOVE, (_records(moved),))
    return last


def _records(rows: Iterable[tuple[object, ...]]) -> str:
    return orjson.dumps(list(rows)).decode()
