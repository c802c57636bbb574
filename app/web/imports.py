"""Importing a panel: upload a file, watch it being read, and see every refused line with what to do. A worker
does the work in a child process."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app.actions import imports
from app.actions.import_file import COLUMNS, PanelFile
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid
from app.core.ids import new_id
from app.core.settings import VAR
from app.exports.cells import safe_cell
from app.models.run import ImportRun
from app.queries import runs
from app.value.commitments import Plain
from app.web.answers import done
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("imports", __name__, url_prefix="/imports")
EXAMPLE = (
    "MRN-1001", "Rosa", "Jimenez", "1957-03-09", "+15035550123", "es", "97205", "", "yes", "2026-01-15",
    "rosa@example.org", "Dr. Lee", "Chronic conditions",
)  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_whole_practice() -> None:
    """A panel is the whole practice's."""
    if not viewer().sees_practice:
        raise Forbidden("Panels are imported by leads and admins.")


@bp.get("")
def index() -> str:
    return listed()


def listed(error: Invalid | None = None) -> str:
    return render_template(
        "imports/index.html", runs=runs.imports(viewer()), error=error, columns=COLUMNS
    )


@bp.post("")
def create() -> Response | tuple[str, int]:
    try:
        name, path = keep(request.files.get("file"))
    except Invalid as error:
        return listed(error), 422
    with transaction():
        run: ImportRun = imports.ask(
            signed_in().practice, name, str(path), by=viewer().actor, at=now()
        )
    return done("The file is in. It is being read.", then=url_for("imports.page", run_id=run.id))


def keep(upload: FileStorage | None) -> tuple[str, Path]:
    """Put the upload under var/uploads and look at its first line. Raises Invalid; then nothing is kept."""
    if upload is None or not upload.filename:
        raise Invalid("Choose a file first.", field="file")
    folder = VAR / "uploads" / str(viewer().practice_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{new_id()}.csv"
    upload.save(path)
    try:
        PanelFile(path)
    except Invalid:
        path.unlink()
        raise
    return Path(upload.filename).name[:200], path


@bp.get("/<uuid:run_id>")
def page(run_id: UUID) -> str:
    return render_template("imports/page.html", found=runs.import_page(viewer(), run_id))


@bp.get("/<uuid:run_id>/problems.csv")
def problems(run_id: UUID) -> Response:
    """Every refused line, to mend the file with."""
    rows = [(row.line, row.field or "", row.reason) for row in runs.problems_of(viewer(), run_id)]
    return as_file("problems.csv", ("line", "column", "reason"), rows)


@bp.get("/template.csv")
def template() -> Response:
    """An empty panel with one invented patient, to begin with."""
    return as_file("panel.csv", COLUMNS, [EXAMPLE], is_ours=True)


def as_file(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Plain]], *, is_ours: bool = False
) -> Response:
    """A CSV to download; cells that came from a file are made harmless for spreadsheets."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row if is_ours else [safe_cell(cell) for cell in row])
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(out.getvalue(), mimetype="text/csv", headers=headers)
