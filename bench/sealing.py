"""How many rows of the ledger a sealer seals in a second: numbers, commitments of every field, hashes.
Rows of another practice than the files' wait in its change feed, as if they had just been written."""

import json
import os
import subprocess
import sys
import time

import psycopg

from bench import stage
from bench.servers import ROOT

ROWS = 5000
UNSEALED = """
SET session_replication_role = replica;
INSERT INTO touchpoint ({names}) SELECT {values} FROM touchpoint t, practice p
  WHERE p.slug = 'bench-1' AND t.source_id::bigint <= {rows};
INSERT INTO change (practice_id, kind, row_id, seq)
  SELECT t.practice_id, 'touchpoint', t.id, 1000000 + t.source_id::bigint FROM touchpoint t
  JOIN practice p ON p.id = t.practice_id WHERE p.slug = 'bench-1';
"""


def run(ready: stage.Stage) -> None:
    """Print rows per second. No goal: a practice of ten thousand patients writes about one a second."""
    from app.models.touchpoint import Touchpoint

    own = {"practice_id": "p.id", "id": "gen_random_uuid()"}
    names = [column.name for column in Touchpoint.__table__.columns]
    values = ", ".join(own.get(name, f"t.{name}") for name in names)
    with psycopg.connect(ready.env["BARE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(UNSEALED.format(names=", ".join(names), values=values, rows=ROWS))
    made = subprocess.run(
        [sys.executable, "-m", "bench.sealing"], cwd=ROOT, env={**os.environ, **ready.env},
        stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    said = json.loads(made.stdout.splitlines()[-1])
    assert said["rows"] == ROWS
    print(f"sealing: {said['rows'] / said['seconds']:.0f} rows/s"
          f" ({said['cpu'] / said['rows'] * 1e6:.0f} µs of CPU each)")  # fmt: skip


def child() -> dict[str, float]:
    """Seal what waits, in the sealer's own batches."""
    from datetime import UTC, datetime

    from app.actions import seals
    from app.core.db import db, transaction
    from app.factory import create_app
    from app.models.practice import Practice

    with create_app().app_context():
        practice = db.session.query(Practice).filter_by(slug="bench-1").one()
        begun, cpu, rows = time.perf_counter(), time.process_time(), 0
        while True:
            with transaction():
                sealed = seals.seal_next(practice.id, at=datetime.now(UTC))
            if not sealed:
                break
            rows += sealed
        seconds = time.perf_counter() - begun
        return {"rows": rows, "seconds": seconds, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    print(json.dumps(child()))
