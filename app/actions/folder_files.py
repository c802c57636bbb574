"""Files that another system puts into a folder at night: what each is, the run that takes it in, and the
report left beside it. Who moves the files is the sweep."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from app.actions import imports
from app.actions.import_file import BadFile
from app.core.db import db
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ImportKind, ImportProblem, ImportRun, RunStatus

FOLDER = "folder"
MOST_PROBLEMS = 10_000
_ENDED = (RunStatus.DONE, RunStatus.FAILED)
_TABLES = (ImportKind.WORK, ImportKind.PANEL)


def kind_of(path: Path) -> ImportKind:
    """What a file holds, by its beginning. Raises BadFile with what to do."""
    try:
        start = _start(path)
    except OSError as error:
        raise BadFile(f"The file cannot be opened: {error.strerror}.") from None
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return ImportKind.FHIR
    kind = ImportKind.WORK if b"source_id" in start.lower() else ImportKind.PANEL
    imports.KINDS[kind].open(path)
    return kind


def take(
    practice: Practice, run_id: UUID, file_name: str, path: Path, *, at: datetime
) -> ImportRun:
    """The run of a file that lies apart under this id; one that cannot be read has failed already.

    Taken once: under an id that is known, that run is given back.
    """
    known = db.session.get(ImportRun, (practice.id, run_id))
    if known is not None:
        return known
    problem = None
    try:
        kind = kind_of(path)
    except BadFile as error:
        kind, problem = ImportKind.PANEL, error.person_text
    run = imports.ask(
        practice, file_name, str(path), by=SYSTEM, at=at, kind=kind, came_by=FOLDER, run_id=run_id
    )
    if problem is not None:
        imports.fail(run, problem, at=at)
    return run


def ended(practice_id: UUID) -> list[ImportRun]:
    """Runs of the folder that are over and whose file still lies where it was taken from."""
    rows = select(ImportRun).where(
        ImportRun.practice_id == practice_id,
        ImportRun.came_by == FOLDER,
        ImportRun.status.in_(_ENDED),
        ImportRun.path.is_not(None),
    )
    return list(db.session.scalars(rows.order_by(ImportRun.created_at, ImportRun.id)))


def went_in(run: ImportRun) -> bool:
    """Whether the file belongs with those that are done: it could be read, and not all of it was refused."""
    useful = run.created + run.updated + run.unchanged
    return run.status is RunStatus.DONE and (useful > 0 or run.refused == 0)


def report(run: ImportRun) -> Iterator[str]:
    """The lines of the report beside the file."""
    yield f"{run.file_name} ({run.kind.value})"
    if run.error:
        yield run.error
    yield (f"{run.total} rows: {run.created} created, {run.updated} updated, "
           f"{run.unchanged} unchanged, {run.refused} refused.")  # fmt: skip
    for name, times in sorted((run.passed_over or {}).items()):
        yield f"passed over: {times} {name}"
    rows = db.session.scalars(
        select(ImportProblem)
        .where(ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id)
        .order_by(ImportProblem.line)
        .limit(MOST_PROBLEMS)
    )
    for row in rows:
        yield f"line {row.line}: {f'{row.field}: ' if row.field else ''}{row.reason}"


def _start(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(4096)
