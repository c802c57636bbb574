"""Imports of any kind. Rows are taken in short batches, one transaction each: a batch is written at once,
and where that fails row by row, so that a bad row never stops or half-writes another."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.actions import import_trail
from app.actions.import_fhir import FhirKind
from app.actions.import_kinds import BadRow, ImportFile, Kind, ReadRow, Written
from app.actions.import_panel import PanelKind
from app.actions.import_work import WorkKind
from app.core.db import db, savepoint
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.log import logger
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.run import ImportKind, ImportPhase, ImportProblem, ImportRun, RunStatus

BATCH = 200
LEASE = timedelta(minutes=2)
KINDS: Mapping[ImportKind, Kind] = {
    ImportKind.PANEL: PanelKind(),
    ImportKind.WORK: WorkKind(),
    ImportKind.FHIR: FhirKind(),
}
log = logger("imports")


@dataclass(slots=True)
class Taken:
    """The keys a file has named so far, with the line that was taken for each."""

    by_key: dict[str, int] = field(default_factory=dict)


class Came(TypedDict, total=False):
    """What a file holds, how it came, and whether it is only looked at first."""

    kind: ImportKind
    phase: ImportPhase
    came_by: str
    run_id: UUID


def ask(
    practice: Practice,
    file_name: str,
    path: str | None,
    *,
    by: Actor,
    at: datetime,
    **came: Unpack[Came],
) -> ImportRun:
    """Note that this file is to be imported; a worker (or the command that asked) does it."""
    run = ImportRun(
        practice_id=practice.id,
        id=came.get("run_id") or new_id(),
        file_name=file_name[-200:],
        kind=came.get("kind", ImportKind.PANEL),
        phase=came.get("phase", ImportPhase.COMMIT),
        came_by=came.get("came_by", "page"),
        path=path,
        by_id=by.id if by.kind == "user" else None,
        created_at=at,
    )
    db.session.add(run)
    record(run, "import.asked", by=by, at=at, of=run.kind.value, phase=run.phase.value)
    return run


def begin(run: ImportRun, file: ImportFile, *, at: datetime) -> None:
    """Start the run, or go on where a run that was cut short had got to."""
    run.status = RunStatus.RUNNING
    run.total = file.count()
    if run.done == 0:
        run.passed_over = file.passed_over() or None
    run.lease_until = at + LEASE


def take(
    run: ImportRun, practice: Practice, batch: Sequence[Any], taken: Taken, *, at: datetime
) -> None:
    """Write one batch: what can be used goes in, the rest is reported; counts and lease move on."""
    rows = readable(run, practice, batch, taken, at=at)
    for row, made in write(run, practice, rows, at=at):
        if isinstance(made, Written):
            count(run, made)
            import_trail.keep(run, row.number, made, at=at)
        else:
            refuse(run, row.number, made.problems)
    run.done += len(batch)
    run.lease_until = at + LEASE


def readable(
    run: ImportRun, practice: Practice, batch: Sequence[Any], taken: Taken, *, at: datetime
) -> list[ReadRow]:
    """The rows of a batch that make sense and were not there before; the others are reported."""
    kept = []
    for row in KINDS[run.kind].read(batch, practice, at=at):
        if isinstance(row, BadRow):
            refuse(run, row.number, row.problems)
        elif problems := _taken_before(row, taken):
            refuse(run, row.number, problems)
        else:
            kept.append(row)
    return kept


def write(
    run: ImportRun, practice: Practice, rows: Sequence[ReadRow], *, at: datetime
) -> list[tuple[ReadRow, Written | BadRow]]:
    """All rows at once, and singly where one of them is in the way."""
    by = actor_of(run)
    try:
        with savepoint():
            made = KINDS[run.kind].write(practice, rows, by=by, at=at)
            db.session.flush()
        return [*zip(rows, made, strict=True)]
    except OperationalError:
        raise
    except Exception:
        log.info("import batch is written line by line", run=str(run.id))
        return _write_singly(run, practice, rows, by=by, at=at)


def pass_over(
    run: ImportRun, practice: Practice, batch: Sequence[Any], taken: Taken, *, at: datetime
) -> None:
    """Rows an earlier try has dealt with: only their keys matter now."""
    for row in KINDS[run.kind].read(batch, practice, at=at):
        if isinstance(row, ReadRow):
            taken.by_key.setdefault(row.key, row.number)


def finish(run: ImportRun, *, at: datetime) -> None:
    run.status, run.finished_at, run.lease_until = RunStatus.DONE, at, None
    if run.came_by != "folder":  # that file stays for whoever sent it, beside its report
        run.path = None
    record(run, "import.finished", by=actor_of(run), at=at, created=run.created,
           updated=run.updated, unchanged=run.unchanged, refused=run.refused)  # fmt: skip


def ready(run: ImportRun, *, at: datetime) -> None:
    """It was looked at: now somebody decides."""
    run.status, run.finished_at, run.lease_until = RunStatus.READY, at, None
    record(run, "import.ready", by=actor_of(run), at=at)


def fail(run: ImportRun, why: str, *, at: datetime) -> None:
    """The file could not be read, or the run broke: say so on the page; what went in stays in."""
    run.status, run.finished_at, run.lease_until, run.error = RunStatus.FAILED, at, None, why
    record(run, "import.failed", by=actor_of(run), at=at)


def actor_of(run: ImportRun) -> Actor:
    return Actor("user", run.by_id) if run.by_id else Actor("system")


def count(run: ImportRun, written: Written) -> None:
    name = written.effect.value
    setattr(run, name, getattr(run, name) + 1)
    if written.left_out:
        passed = Counter(run.passed_over or {})
        passed.update(written.left_out)
        run.passed_over = dict(passed)


def _taken_before(row: ReadRow, taken: Taken) -> list[Invalid]:
    first = taken.by_key.setdefault(row.key, row.number)
    if first == row.number:
        return []
    words = f"Line {first} has the same {row.key_field} and was taken. Keep one of them."
    return [Invalid(words, field=row.key_field)]


def _write_singly(
    run: ImportRun, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
) -> list[tuple[ReadRow, Written | BadRow]]:
    """A savepoint per row; one that can't be written is refused, the rest go in."""
    made: list[tuple[ReadRow, Written | BadRow]] = []
    for row in rows:
        try:
            with savepoint():
                [written] = KINDS[run.kind].write(practice, [row], by=by, at=at)
                db.session.flush()
        except OperationalError:
            raise
        except (Invalid, Conflict) as problem:
            made.append((row, BadRow(row.number, [problem])))
        except Exception:
            log.exception("import line failed", run=str(run.id), line=row.number)
            why = Invalid("This line could not be saved. Import it again.")
            made.append((row, BadRow(row.number, [why])))
        else:
            made.append((row, written))
    return made


def refuse(run: ImportRun, number: int, problems: Sequence[Invalid | Conflict]) -> None:
    """Report a line once, with all that is wrong with it."""
    said = [(getattr(each, "field", None), each.person_text) for each in problems]
    (first, words), *rest = said
    reasons = [words, *(f"{name}: {text}" for name, text in rest)]
    db.session.add(
        ImportProblem(
            practice_id=run.practice_id,
            run_id=run.id,
            line=number,
            field=first,
            reason=" · ".join(reasons),
        )
    )
    run.refused += 1
