"""Importing: upload a file, look at what it would do, let it go in, watch it, see every refused row with what
to do, and take the whole of it back. A worker does the work in a child process."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from app import access
from app.actions import import_choices, imports
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid
from app.core.ids import new_id
from app.core.settings import VAR
from app.exports.cells import safe_cell
from app.models.run import ImportKind, ImportPhase, ImportRun
from app.queries import runs
from app.value.commitments import Plain
from app.web.answers import done
from app.web.import_kinds import FORMS, form_of
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("imports", __name__, url_prefix="/imports")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_whole_practice() -> None:
    """A panel is the whole practice's."""
    if not viewer().sees_practice:
        raise Forbidden("Panels are imported by leads and admins.")


@bp.get("")
def index() -> str:
    return listed(form_of(request.args.get("kind")).kind)


def listed(kind: ImportKind, error: Invalid | None = None) -> str:
    return render_template(
        "imports/index.html", runs=runs.imports(viewer()), error=error, forms=FORMS,
        form=form_of(kind.value),
    )  # fmt: skip


@bp.post("")
def create() -> Response | tuple[str, int]:
    kind = form_of(request.form.get("kind")).kind
    try:
        name, path = keep(request.files.get("file"), kind)
    except Invalid as error:
        return listed(kind, error), 422
    with transaction():
        run: ImportRun = imports.ask(
            signed_in().practice, name, str(path), by=viewer().actor, at=now(), kind=kind,
            phase=ImportPhase.PREVIEW,
        )  # fmt: skip
    return done("The file is in. It is being looked at.", then=_page_of(run.id))


def keep(upload: FileStorage | None, kind: ImportKind) -> tuple[str, Path]:
    """Put the upload under var/uploads and look at its beginning. Raises Invalid; then nothing is kept."""
    if upload is None or not upload.filename:
        raise Invalid("Choose a file first.", field="file")
    folder = VAR / "uploads" / str(viewer().practice_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = Path(upload.filename).name[:200]
    path = folder / f"{new_id()}{Path(name).suffix[:8]}"
    upload.save(path)
    try:
        imports.KINDS[kind].open(path)
    except Invalid:
        path.unlink()
        raise
    return name, path


@bp.get("/<uuid:run_id>")
def page(run_id: UUID) -> str:
    found = runs.import_page(viewer(), run_id)
    sample = json.loads(found.run.sample) if found.run.sample else []
    return render_template("imports/page.html", found=found, sample=sample)


@bp.post("/<uuid:run_id>/approval")
def approve(run_id: UUID) -> Response:
    """What was looked at goes in; a second click changes nothing."""
    with transaction():
        import_choices.approve(access.import_for(viewer(), run_id), by=viewer().actor, at=now())
    return done("It goes in now.", then=_page_of(run_id))


@bp.post("/<uuid:run_id>/refusal")
def refuse(run_id: UUID) -> Response:
    """What was looked at does not go in; the upload is removed."""
    with transaction():
        run = access.import_for(viewer(), run_id)
        gone = import_choices.discard(run, by=viewer().actor, at=now())
    if gone and run.path:
        Path(run.path).unlink(missing_ok=True)
    return done("Nothing of it went in.", then=_page_of(run_id))


@bp.post("/<uuid:run_id>/resumption")
def resume(run_id: UUID) -> Response:
    """One that broke off goes on where it stopped."""
    with transaction():
        import_choices.go_on(access.import_for(viewer(), run_id), by=viewer().actor, at=now())
    return done("It goes on.", then=_page_of(run_id))


@bp.post("/<uuid:run_id>/undoing")
def undo(run_id: UUID) -> Response:
    """The whole of it is taken back, or the page says what stands in the way."""
    with transaction():
        run = access.import_for(viewer(), run_id)
        begun = import_choices.undo(run, by=viewer().actor, at=now())
    words = "It is being taken back." if begun else "It cannot be taken back: see why."
    return done(words, then=_page_of(run_id))


def _page_of(run_id: UUID) -> str:
    return url_for("imports.page", run_id=run_id)


@bp.get("/<uuid:run_id>/problems.csv")
def problems(run_id: UUID) -> Response:
    """Every refused line, to mend the file with."""
    rows = [(row.line, row.field or "", row.reason) for row in runs.problems_of(viewer(), run_id)]
    return as_file("problems.csv", ("line", "column", "reason"), rows)


@bp.get("/template.csv")
def template() -> Response:
    """An empty file with an invented row or two, to begin with."""
    form = form_of(request.args.get("kind"))
    return as_file(f"{form.kind}.csv", form.columns, form.examples, is_ours=True)


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
