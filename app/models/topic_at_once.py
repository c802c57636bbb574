"""The numbering of a commit as one statement, for PostgreSQL: counters and change feed. Each statement is a
round trip, and every commit of the product has these two; SQLite has no round trips."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

#: Rows go in as JSON: one statement for any number of them. `back`: from the last number.
#: Counters are raised in topic order, so that two commits never wait for each other in a circle.
#: In the driver's own words, as nothing in it has to be converted: it runs with every commit.
_NUMBER = """
WITH taken AS (
  INSERT INTO topic AS counter (practice_id, topic, seq)
  SELECT practice_id, topic, n
    FROM jsonb_to_recordset(CAST(%(wanted)s AS jsonb)) AS wanted (practice_id uuid, topic text, n bigint)
   ORDER BY practice_id, topic COLLATE "C"
  ON CONFLICT (practice_id, topic) DO UPDATE SET seq = counter.seq + excluded.seq
  RETURNING practice_id, topic, seq
), moved AS (
  INSERT INTO change (practice_id, kind, row_id, seq)
  SELECT moving.practice_id, moving.kind, moving.row_id, taken.seq - moving.back
    FROM jsonb_to_recordset(CAST(%(changes)s AS jsonb))
      AS moving (practice_id uuid, kind text, row_id uuid, back bigint)
    JOIN taken ON taken.practice_id = moving.practice_id AND taken.topic = 'changes'
  ON CONFLICT (practice_id, kind, row_id) DO UPDATE SET seq = excluded.seq
)
SELECT practice_id, topic, seq FROM taken
"""


def number_at_once(
    session: Session,
    wanted: Sequence[tuple[UUID, str, int]],
    changes: Sequence[tuple[UUID, str, UUID, int]],
) -> dict[tuple[UUID, str], int]:
    """Raise each counter by what is wanted and give the changes theirs; the last of each."""
    rows = session.connection().exec_driver_sql(
        _NUMBER,
        {
            "wanted": _records(("practice_id", "topic", "n"), wanted),
            "changes": _records(("practice_id", "kind", "row_id", "back"), changes),
        },
    )
    return {(practice_id, topic): seq for practice_id, topic, seq in rows}


def _records(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
