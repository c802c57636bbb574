"""How long the carrier waits for the webhook at a steady rate: 50 texts/s on SQLite, 150 on PostgreSQL.
Not a ratio: the limit is the carrier's own patience, so the times themselves are what counts."""

import tempfile
from pathlib import Path

from bench import stage
from bench.open_loop import drive_at
from bench.servers import serving
from bench.webhook import check_written, signed_text

RATES = {"sqlite": 50, "postgres": 150}
#: GUARANTEES W6: p99 and the longest wait, in seconds.
P99_GOAL, LONGEST_GOAL = 0.5, 5.0


def run(databases: list[str], *, seconds: int) -> int:
    """Measure on each database; prints the waits. 1 when a goal is missed, else 0."""
    missed = 0
    for kind in databases:
        rate = RATES[kind]
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            stage.staged(kind, Path(folder)) as ready,
            serving("wsgi:app", ready.env, workers=ready.workers) as port,
        ):
            warm, texts = 100, rate * seconds
            drive_at(port, [signed_text(n) for n in range(warm)], per_second=rate / 2)
            waits = drive_at(port, [signed_text(n) for n in range(texts)], per_second=rate)
            if set(waits.statuses) != {200}:
                raise AssertionError(f"answers other than 200: {dict(waits.statuses)}")
            check_written(ready, expected=warm + texts)
        p50, p99, longest = waits.at(0.5), waits.at(0.99), waits.seconds[-1]
        good = p99 < P99_GOAL and longest < LONGEST_GOAL
        missed += not good
        print(
            f"webhook on {kind} at {rate}/s for {seconds} s, n = {texts}: p50 {p50 * 1000:.0f} ms, "
            f"p99 {p99 * 1000:.0f} ms, longest {longest * 1000:.0f} ms; all 200, each text once\n"
            f"  goal p99 < 500 ms, longest < 5 s: {'reached' if good else 'missed'}"
        )
    return int(missed > 0)
