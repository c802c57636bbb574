"""Looking at an import before it goes in: the same writes as the real ones, and every batch of them taken
back before anything is committed. So a preview promises nothing that the import would not do."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.actions import imports
from app.actions.import_kinds import BadRow, ReadRow, Written
from app.core.db import savepoint
from app.models.practice import Practice
from app.models.run import ImportRun

#: How many rows are shown of each: new, changed.
SHOWN = 8


class _OnlyLooked(Exception):
    """Ends the savepoint, so that nothing in it happened."""


def look(
    run: ImportRun, practice: Practice, batch: Sequence[Any], taken: imports.Taken, *, at: datetime
) -> None:
    """What one batch would do: counts, problems and the first rows."""
    rows = imports.readable(run, practice, batch, taken, at=at)
    made: list[tuple[ReadRow, Written | BadRow]] = []
    try:
        with savepoint():
            made = imports.write(run, practice, rows, at=at)
            raise _OnlyLooked
    except _OnlyLooked:
        pass
    sample = json.loads(run.sample) if run.sample else []
    for row, found in made:
        if isinstance(found, BadRow):
            imports.refuse(run, row.number, found.problems)
            continue
        imports.count(run, found)
        if found.effect != "unchanged":
            _show(sample, row, found)
    run.sample = json.dumps(sample)
    run.done += len(batch)
    run.lease_until = at + imports.LEASE


def _show(sample: list[dict[str, Any]], row: ReadRow, found: Written) -> None:
    effect = found.effect.value
    if sum(each["effect"] == effect for each in sample) < SHOWN:
        sample.append({"line": row.number, "effect": effect, "who": found.who, "what": found.what})
