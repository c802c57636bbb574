"""Exports of the ledger: asking for one, watching it being made, and fetching its files. A worker makes them
in a child process; files are served only to who may see the run."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, render_template, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app import access
from app.actions import export_checks, exports
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid
from app.core.ids import parse_id
from app.exports.purposes import BASES, PURPOSES
from app.exports.zipped import zipped
from app.models.event import record
from app.models.run import RunStatus
from app.queries import runs
from app.queries.payer_reports import payers_of
from app.queries.timeline import staff_names
from app.web.answers import done
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("exports", __name__, url_prefix="/reports/exports")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_ledger() -> None:
    """Files hold the whole practice's ledger."""
    if not viewer().sees_ledger:
        raise Forbidden("Exports are made by leads, admins and analysts.")


@bp.get("")
def index() -> str:
    return listed()


def listed(error: Invalid | None = None) -> str:
    day = today(signed_in().practice.time_zone)
    errors = {error.field or "": error.person_text} if error else {}
    fresh = {"from": day.replace(day=1), "to": day, "format": "csv", "purpose": "internal"}
    return render_template(
        "reports/exports.html", found=runs.exports(viewer(), before=parse_id(request.args.get("before", ""))),
        errors=errors,
        chosen=request.form if error else fresh, formats=list(FORMATS.items()),
        purposes=[(each.key, each.title) for each in PURPOSES.values()
                  if not each.of_a_sample], bases=list(BASES.items()),
        payers=[(name, name) for name in payers_of(viewer().practice_id)],
    )  # fmt: skip


FORMATS = {
    "csv": "CSV, for spreadsheets (cells that could run as formulas are made harmless)",
    "jsonl": "JSON Lines, exact, for machines",
    "parquet": "Parquet, for data tools",
    "fhir": "FHIR R4, for other health systems (one file per kind of resource)",
    "xlsx": "Excel, a copy to look at (not the record)",
}
ASKED = ("purpose", "reason", "basis", "payer", "mrn")
PLACES = ("as_of_seq", "since_seq")


@bp.post("")
def create() -> Response | tuple[str, int]:
    asked: Any = {name: request.form[name] for name in ASKED if request.form.get(name)}
    try:
        asked |= {name: place_of(name) for name in PLACES if request.form.get(name, "").strip()}
        with transaction():
            run = exports.request(
                access.practice_of(viewer()), from_on=day_of("from"), to_on=day_of("to"),
                file_format=request.form.get("format", ""), by=viewer(), at=now(), **asked,
            )  # fmt: skip
    except Invalid as error:
        return listed(error), 422
    return done("The export is being made.", then=url_for("exports.page", run_id=run.id))


def place_of(name: str) -> int:
    """A number of the chain. Raises Invalid."""
    try:
        return int(request.form[name])
    except ValueError:
        raise Invalid("Write a number of the ledger, like 1204.", field=name) from None


def day_of(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Choose a day.", field=name) from None


@bp.get("/<uuid:run_id>")
def page(run_id: UUID) -> str:
    return shown(run_id)


def shown(run_id: UUID, error: Invalid | None = None) -> str:
    run = runs.export_page(viewer(), run_id)
    purpose = PURPOSES[run.purpose].title if run.purpose in PURPOSES else run.purpose
    names = staff_names(viewer()) | runs.token_names(viewer())
    return render_template(
        "reports/export.html", run=run, files=runs.files_of(run), purpose=purpose,
        basis=BASES.get(run.basis or ""), names=names, error=error,
    )  # fmt: skip


@bp.post("/<uuid:run_id>/check")
def check(run_id: UUID) -> Response | tuple[str, int]:
    """Whether the files that lie here are still what was signed, and the ledger's own."""
    try:
        found = export_checks.check(access.export_for(viewer(), run_id), at=now())
    except Invalid as error:
        return shown(run_id, error), 422
    with transaction():
        run = access.export_for(viewer(), run_id)
        export_checks.note(run, found, by=viewer().actor, at=now())
    said = "Checked: whole." if found.is_whole else "Checked: NOT whole. See below."
    return done(said, then=url_for("exports.page", run_id=run_id))


@bp.get("/<uuid:run_id>/package.zip")
def whole(run_id: UUID) -> Response:
    """Every file of the package in one."""
    run = runs.export_page(viewer(), run_id)
    if run.status is not RunStatus.DONE or not run.path:
        raise NotFound
    note_fetched(run_id, "package.zip")
    name = f"touchpoints-{run.from_on}-{run.to_on}"
    parts = zipped(Path(run.path), runs.files_of(run), inside=name)
    answer = Response(parts, mimetype="application/zip", direct_passthrough=True)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def note_fetched(run_id: UUID, name: str) -> None:
    with transaction():
        run = access.export_for(viewer(), run_id)
        record(run, "export.fetched", by=viewer().actor, at=now(), file=name)


@bp.get("/<uuid:run_id>/files/<name>")
def file(run_id: UUID, name: str) -> Response:
    """One of the export's own files; who fetched it stands in the audit trail. A download that broke off goes
    on where it stopped (HTTP ranges)."""
    run = runs.export_page(viewer(), run_id)
    if run.status is not RunStatus.DONE or not run.path or name not in runs.files_of(run):
        raise NotFound
    answer = send_from_directory(run.path, name, as_attachment=True)
    note_fetched(run_id, name)
    return answer
