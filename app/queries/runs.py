"""Long work with its progress: imports with their refused lines, exports with their files."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Uuid, literal, select, tuple_

from app.access import export_for, import_for, visible_exports, visible_imports
from app.core.columns import UtcDateTime
from app.core.db import db
from app.models.run import ExportRun, ImportProblem, ImportRun
from app.models.secret import ApiToken
from app.models.viewer import Viewer

MOST = 30
PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class ImportPage:
    run: ImportRun
    problems: list[ImportProblem]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Exports:
    runs: list[ExportRun]
    has_older: bool


def imports(viewer: Viewer) -> list[ImportRun]:
    """The newest imports the viewer may see."""
    rows = visible_imports(viewer).order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
    return list(db.session.scalars(rows.limit(MOST)))


def import_page(viewer: Viewer, run_id: UUID) -> ImportPage:
    """A run with the first of its refused lines. Raises NotFound."""
    run = import_for(viewer, run_id)
    rows = select(ImportProblem).where(
        ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id
    )
    found = list(db.session.scalars(rows.order_by(ImportProblem.line).limit(PROBLEMS + 1)))
    return ImportPage(run, found[:PROBLEMS], len(found) > PROBLEMS)


def problems_of(viewer: Viewer, run_id: UUID) -> Iterator[ImportProblem]:
    """Every refused line, in the order of the file. Raises NotFound."""
    run = import_for(viewer, run_id)
    rows = select(ImportProblem).where(
        ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id
    )
    yield from db.session.scalars(rows.order_by(ImportProblem.line))


def exports(viewer: Viewer, *, before: UUID | None = None) -> Exports:
    """The newest exports the viewer may see, or those before one of them. Raises NotFound for one they
    may not."""
    rows = visible_exports(viewer).order_by(ExportRun.created_at.desc(), ExportRun.id.desc())
    if before is not None:
        last = export_for(viewer, before)
        rows = rows.where(
            tuple_(ExportRun.created_at, ExportRun.id)
            < tuple_(literal(last.created_at, UtcDateTime), literal(last.id, Uuid))
        )
    found = list(db.session.scalars(rows.limit(MOST + 1)))
    return Exports(found[:MOST], len(found) > MOST)


def export_page(viewer: Viewer, run_id: UUID) -> ExportRun:
    """Raises NotFound."""
    return export_for(viewer, run_id)


def token_names(viewer: Viewer) -> dict[UUID, str]:
    """What the practice calls its tokens: one may have asked for an export."""
    rows = select(ApiToken.id, ApiToken.name).where(ApiToken.practice_id == viewer.practice_id)
    return {token_id: name for token_id, name in db.session.execute(rows)}


def files_of(run: ExportRun) -> tuple[str, ...]:
    """The names of a finished export's own files, the rows first and the manifest last."""
    listed = (run.manifest or {}).get("files", [])
    return (*(str(each["name"]) for each in listed), "manifest.json")
