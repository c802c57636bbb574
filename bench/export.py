"""Files of the ledger against the plainest writer of the same rows and columns: `psql` with COPY on
PostgreSQL, a cursor and `csv` on SQLite. Spreadsheet-safe CSV, exact JSON Lines, Parquet, FHIR. Each turn of
ours is a process of its own, so that its memory can be told."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench import export_rows, sealing, stage
from bench.servers import ROOT
from bench.side_by_side import Comparison, compare

FORMATS = ("csv", "jsonl", "parquet", "fhir")
#: PERFORMANCE row 15, FHIR from its aims. SQLite stands beside it without a goal: it has no COPY.
GOALS = {"csv": 0.5, "jsonl": 0.3, "parquet": 0.4, "fhir": 0.35}
MOST_MEGABYTES, FIRST_BYTE_SECONDS = 256, 0.3


@dataclass(frozen=True, slots=True)
class Wanted:
    """Databases and formats to measure, A-B pairs of each, rows of the ledger."""

    databases: Sequence[str]
    formats: Sequence[str]
    repetitions: int
    rows: int


def run(wanted: Wanted) -> int:
    """Prints ratios, memory and first bytes. 1 when a goal is missed, else 0."""
    return max(_measured(kind, wanted) for kind in wanted.databases)


def _measured(database: str, wanted: Wanted) -> int:
    missed, found = False, []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with stage.staged(database, folder) as ready:
            export_rows.fill(ready, wanted.rows)
            if database == "postgres":
                sealing.run(ready)
            for kind in wanted.formats:
                seen: list[dict[str, Any]] = []
                ours = folder / f"ours.{kind}"
                found.append(compare(
                    f"{kind}, {wanted.rows:,} rows on {database} ÷ the plainest writer",
                    partial(export_rows.bare_copy, ready, folder / "copy.csv", wanted.rows),
                    partial(_ours, ready, kind, ours, wanted.rows, seen),
                    repetitions=wanted.repetitions,
                ))  # fmt: skip
                missed |= _said(kind, found[-1], seen, has_goal=database == "postgres")
    for each in found:
        each.check_quiet()
    return int(missed)


def _said(kind: str, found: Comparison, seen: list[dict[str, Any]], *, has_goal: bool) -> bool:
    """Print what was measured; whether a goal was missed."""
    print("\n".join(found.lines()))
    memory, first = max(each["megabytes"] for each in seen), sorted(each["first"] for each in seen)
    middle = first[len(first) // 2]
    print(f"  peak RSS {memory:.0f} MB, first byte {middle * 1000:.0f} ms (median)", flush=True)
    if not has_goal:
        return False
    kept = {
        f"ratio ≥ {GOALS[kind]}": found.ratio >= GOALS[kind],
        f"RSS ≤ {MOST_MEGABYTES} MB": memory <= MOST_MEGABYTES,
        f"first byte ≤ {FIRST_BYTE_SECONDS * 1000:.0f} ms": middle <= FIRST_BYTE_SECONDS,
    }
    print("  " + ", ".join(f"{goal}: {'reached' if ok else 'missed'}" for goal, ok in kept.items()))
    return not all(kept.values())


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
    """One file by the product's own writer, in this process; FHIR is a folder of them."""
    from app.core.db import db
    from app.exports import fhir, touchpoints
    from app.exports.fhir_choice import Choice
    from app.exports.lines import Style, lines
    from app.exports.period import Period
    from app.exports.wanted import Wanted as Asked
    from app.exports.wanted import count
    from app.factory import create_app
    from app.models.practice import Practice
    from app.models.viewer import system_viewer

    with create_app().app_context():
        practice = db.session.query(Practice).filter_by(slug="bench-0").one()
        viewer = system_viewer(practice.id)
        period = Period(date(2025, 1, 1), date(2040, 1, 1), "UTC", rows)
        asked = Asked(period, datetime.now(UTC).date())
        no_rates = Choice(with_rates=False)  # they are no rows; the pages' measurements know them
        writers: dict[str, Callable[[], object]] = {
            "fhir": lambda: fhir.write(viewer, practice, period, folder=path, choice=no_rates)
        }
        found = count(viewer, asked)
        first = _timed(lambda: next(iter(lines(viewer, asked, Style.SAFE))))
        db.session.rollback()
        seconds = _timed(
            writers.get(kind, lambda: touchpoints.write_file(viewer, asked, kind, path))
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": found, "seconds": seconds, "first": first, "megabytes": peak}


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(child(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
