"""A ledger with every kind of cell in it, and exporting it with the command and nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import seals, touchpoint_corrections, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from tests.world import World

Run = Callable[..., Any]
#: Words that files must carry unharmed, or make harmless.
ODD = ("=1+1", 'She said "no", twice', "line\nbreak", "ñandú 😀", "\u200b+1", "Plan, B", "", "İstanbul", "'",
       "back\\slash", "tab\there", "-5")  # fmt: skip


def write(world: World, at: Any, count: int, *, first: int = 0, **more: Any) -> list[Touchpoint]:
    """Calls of Ana's with odd words in every free field."""
    with transaction():
        rows = []
        for number in range(first, first + count):
            odd = ODD[number % len(ODD)]
            rows.append(touchpoints.write(
                Contact(**({
                    "patient": (world.sam, world.rosa)[number % 2], "source_kind": "call",
                    "source_id": f"{odd}{number}", "activity_type": "call", "channel": "phone",
                    "direction": "outbound", "actor_kind": ActorKind.HUMAN, "actor_id": world.ana.id,
                    "started_at": at, "ended_at": at, "seconds": 60 + number,
                    "minutes_source": MinutesSource.MANUAL, "late_entry_reason": odd or None, "goal": odd,
                    "result": {"kind": odd, "Zeta": number, "alpha": "x"} if number % 3 else {},
                    "contact_outcome": "reached",
                } | more)),
                by=world.viewer(world.ana).actor, at=at,
            ))  # fmt: skip
    return [row for row in rows if row]


def void(row_id: Any, at: Any) -> None:
    with transaction():
        row = db.session.scalars(select(Touchpoint).where(Touchpoint.id == row_id)).one()
        touchpoint_corrections.void(row, reason="=typed twice", by=SYSTEM, at=at)


def seal_all(practice_id: UUID, at: Any) -> int:
    """Seal everything; the chain's end."""
    while True:
        with transaction():
            if not seals.seal_next(practice_id, at=at):
                return seals.head_of(practice_id).seq


def exporter(app: Any) -> Run:
    """`run(out, format, *more)`: the command's result."""

    def run(
        out: Path, kind: str = "jsonl", *more: str, slug: str = "harbor", day: str = "2026-03-03"
    ) -> Any:
        words = ["touchpoints", "export", "--practice", slug, "--from", day, "--to", day, "--format",
                 kind, "--out", str(out), *more]  # fmt: skip
        return app.test_cli_runner().invoke(args=words)

    return run


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one per line."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def verify(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The package's own verifier, in a process that knows nothing of Touchline."""
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *more],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
