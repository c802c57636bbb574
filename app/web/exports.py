"""Exports of the ledger: asking for one, watching it being made, and fetching its files. A worker makes them
in a child process; files are served only to who may see the run."""

from datetime import date
from uuid import UUID

from flask import Flask, render_template, request, send_from_directory, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app import access
from app.actions import exports
from app.core.db import transaction
from app.core.errors import Forbidden, Invalid
from app.exports.touchpoints import FORMATS
from app.models.event import record
from app.models.run import RunStatus
from app.queries import runs
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
    chosen = request.form if error else {"from": day.replace(day=1), "to": day, "format": "csv"}
    return render_template(
        "reports/exports.html", runs=runs.exports(viewer()), errors=errors, chosen=chosen,
        formats=[(each, TITLES.get(each, each)) for each in FORMATS],
    )  # fmt: skip


TITLES = {
    "csv": "CSV, for spreadsheets (cells that could run as formulas are made harmless)",
    "jsonl": "JSON Lines, exact, for machines",
    "parquet": "Parquet, for data tools",
    "fhir": "FHIR R4, for other health systems (one file per kind of resource)",
}


@bp.post("")
def create() -> Response | tuple[str, int]:
    try:
        with transaction():
            run = exports.request(
                access.practice_of(viewer()), from_on=day_of("from"), to_on=day_of("to"),
                file_format=request.form.get("format", ""), by=viewer(), at=now(),
            )  # fmt: skip
    except Invalid as error:
        return listed(error), 422
    return done("The export is being made.", then=url_for("exports.page", run_id=run.id))


def day_of(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Choose a day.", field=name) from None


@bp.get("/<uuid:run_id>")
def page(run_id: UUID) -> str:
    return render_template("reports/export.html", run=runs.export_page(viewer(), run_id))


@bp.get("/<uuid:run_id>/files/<name>")
def file(run_id: UUID, name: str) -> Response:
    """One of the export's own files; who fetched it stands in the audit trail."""
    run = runs.export_page(viewer(), run_id)
    own = {each["name"] for each in (run.manifest or {}).get("files", [])} | {"manifest.json"}
    if run.status is not RunStatus.DONE or not run.path or name not in own:
        raise NotFound
    answer = send_from_directory(run.path, name, as_attachment=True)
    with transaction():
        record(
            access.export_for(viewer(), run_id), "export.fetched", by=viewer().actor, at=now(),
            file=name,
        )  # fmt: skip
    return answer
