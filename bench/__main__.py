"""`python -m bench`: runs the measurements, prints what they gave, exits 1 when a goal is missed and 2 when
the machine was too noisy to say."""

import argparse
import sys
from collections.abc import Callable

from bench import export, imports, latency, outbox, pacing, search, tasks, webhook
from bench.side_by_side import TooNoisy

Measurement = Callable[[argparse.Namespace], int]

MEASUREMENTS: dict[str, Measurement] = {
    "webhook": lambda wanted: webhook.run(
        wanted.database, repetitions=wanted.repetitions, requests=wanted.requests
    ),
    "latency": lambda wanted: latency.run(wanted.database, seconds=wanted.seconds),
    "outbox": lambda wanted: outbox.run(
        wanted.database, repetitions=wanted.repetitions, texts=wanted.texts
    ),
    "pacing": lambda wanted: pacing.run(wanted.database, seconds=wanted.seconds),
    "tasks": lambda wanted: tasks.run(
        tasks.Wanted(
            wanted.database,
            tuple(wanted.part or tasks.PARTS),
            wanted.repetitions,
            wanted.tasks,
            wanted.due,
        )
    ),
    "search": lambda wanted: search.run(
        wanted.database, patients=wanted.patients, messages=wanted.messages
    ),
    "imports": lambda wanted: imports.run(wanted.database, patients=wanted.incoming),
    "export": lambda wanted: export.run(
        export.Wanted(
            wanted.database, wanted.format or export.FORMATS, wanted.repetitions, wanted.rows
        )
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--repetitions", type=int, default=7, help="A-B pairs (at least 5)")
    parser.add_argument("--requests", type=int, default=1200, help="requests per turn (webhook)")
    parser.add_argument(
        "--seconds", type=int, default=60, help="of a steady rate (latency, pacing)"
    )
    parser.add_argument("--texts", type=int, default=400, help="texts per turn (outbox)")
    parser.add_argument("--tasks", type=int, default=2_000_000, help="in the big table (tasks)")
    parser.add_argument("--due", type=int, default=10_000, help="due tasks per turn (tasks)")
    parser.add_argument(
        "--part", choices=tasks.PARTS, action="append", help="only this part (tasks); default: all"
    )
    parser.add_argument("--patients", type=int, default=50_000, help="to be found (search)")
    parser.add_argument("--messages", type=int, default=1_000_000, help="to be found (search)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the ledger (export)")
    parser.add_argument(
        "--format", choices=export.FORMATS, action="append", help="only this (export); default: all"
    )
    parser.add_argument(
        "--incoming", type=int, default=20_000, help="patients of the large file (imports)"
    )
    parser.add_argument(
        "--database", choices=("postgres", "sqlite"), action="append", help="default: both"
    )
    wanted = parser.parse_args()
    if wanted.repetitions < 5:
        parser.error("fewer than 5 repetitions say nothing")
    unknown = set(wanted.only) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    wanted.database = wanted.database or ["postgres", "sqlite"]
    return max(_run(name, wanted) for name in wanted.only or MEASUREMENTS)


def _run(name: str, wanted: argparse.Namespace) -> int:
    try:
        return MEASUREMENTS[name](wanted)
    except TooNoisy as error:
        print(f"too noisy: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
