"""Who pays for a patient, dated; and the patients nobody is known to pay for, on a page and as a file."""

from datetime import date
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import coverages
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.coverage import Coverage
from app.models.event import record
from app.models.patient import Patient
from app.models.patient_fields import InvalidFields
from app.queries.coverage import coverages_of, uncovered_all, uncovered_page
from app.web.answers import Undo, done
from app.web.event_words import EVENTS
from app.web.form_days import day_in
from app.web.imports import as_file
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint("coverages", __name__, url_prefix="/patients")
bp.before_request(lambda: viewer().check_desk())
OF_PATIENT = "/<uuid:patient_id>/coverages"
ONE = f"{OF_PATIENT}/<uuid:coverage_id>"
COLUMNS = ("mrn", "given_name", "family_name", "birth_date", "status", "team", "last_payer",
           "ended_on")  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    EVENTS.update({
        "coverage.added": lambda facts: f"Coverage added: {facts.get('payer')}",
        "coverage.corrected": "Coverage corrected",
        "coverage.ended": lambda facts: f"Coverage by {facts.get('payer')} ends {facts.get('to_on')}",
        "coverage.resumed": lambda facts: f"Coverage by {facts.get('payer')} goes on",
    })  # fmt: skip


@bp.get(OF_PATIENT)
def index(patient_id: UUID) -> str:
    patient = found(patient_id)
    return render_template(
        "patients/coverages.html", patient=patient, coverages=coverages_of(patient), day=here()
    )


@bp.get(f"{OF_PATIENT}/new")
def new(patient_id: UUID) -> str:
    return sheet(found(patient_id), coverages.Facts("", "", "", here()), None)


@bp.post(OF_PATIENT)
def create(patient_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            coverages.add(found(patient_id), read(), by=viewer().actor, at=now())
    except Invalid as error:
        return sheet(found(patient_id), written(), None, errors_of(error)), 422
    return done("Coverage added.", then=page_of(patient_id))


@bp.get(f"{ONE}/edit")
def edit(patient_id: UUID, coverage_id: UUID) -> str:
    row = one(patient_id, coverage_id)
    facts = coverages.Facts(row.payer, row.member_id, row.program or "", row.from_on, row.to_on)
    return sheet(found(patient_id), facts, row)


@bp.post(f"{ONE}/edit")
def update(patient_id: UUID, coverage_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            row = one(patient_id, coverage_id)
            coverages.correct(row, read(), by=viewer().actor, at=now())
    except Invalid as error:
        row = one(patient_id, coverage_id)
        return sheet(found(patient_id), written(), row, errors_of(error)), 422
    return done("Corrected.", then=page_of(patient_id))


@bp.post(f"{ONE}/ending")
def end(patient_id: UUID, coverage_id: UUID) -> Response:
    with transaction():
        row = one(patient_id, coverage_id)
        coverages.end(row, day_in("to_on") or here(), by=viewer().actor, at=now())
    undo = Undo(url_for("coverages.end", patient_id=patient_id, coverage_id=coverage_id))
    return done("Coverage ended.", then=page_of(patient_id), undo=undo)


@bp.delete(f"{ONE}/ending")
def take_back_end(patient_id: UUID, coverage_id: UUID) -> Response:
    with transaction():
        coverages.take_back_end(one(patient_id, coverage_id), by=viewer().actor, at=now())
    return done("Coverage goes on.", then=page_of(patient_id))


@bp.get("/uncovered")
def uncovered() -> str:
    listed = uncovered_page(viewer(), on=here(), page=request.args.get("page", 1, type=int))
    return render_template("patients/uncovered.html", found=listed)


@bp.get("/uncovered/file.csv")
def uncovered_file() -> Response:
    """All of them; that it was taken stands in the audit trail."""
    with transaction():
        rows = uncovered_all(viewer(), on=here())
        who = access.user_for(viewer(), str(viewer().id))
        record(who, "uncovered.fetched", by=viewer().actor, at=now(), rows=len(rows))
    cells = [
        (each.patient.mrn, each.patient.given_name, each.patient.family_name,
         each.patient.birth_date.isoformat(), word(each.patient.status, "patient_status"),
         each.patient.care_team.name if each.patient.care_team else "", each.payer or "",
         each.last_day.isoformat() if each.last_day else "")
        for each in rows
    ]  # fmt: skip
    return as_file("without-coverage.csv", COLUMNS, cells)


def page_of(patient_id: UUID) -> str:
    return url_for("coverages.index", patient_id=patient_id)


def here() -> date:
    return today(signed_in().practice.time_zone)


def found(patient_id: UUID) -> Patient:
    return access.patient_for(viewer(), patient_id, through="patient")


def one(patient_id: UUID, coverage_id: UUID) -> Coverage:
    return access.around_for(viewer(), Coverage, coverage_id, of=patient_id)


def read() -> coverages.Facts:
    return written(day_in("from_on"), day_in("to_on"))


def written(from_on: date | None = None, to_on: date | None = None) -> coverages.Facts:
    """What the form holds."""
    payer, member_id, program = (
        request.form.get(name, "") for name in ("payer", "member_id", "program")
    )
    return coverages.Facts(payer, member_id, program, from_on or here(), to_on)


def errors_of(error: Invalid) -> dict[str, str]:
    problems = error.problems if isinstance(error, InvalidFields) else [error]
    return {problem.field or "": problem.person_text for problem in problems}


def sheet(
    patient: Patient, facts: coverages.Facts, row: Coverage | None,
    errors: dict[str, str] | None = None,
) -> str:  # fmt: skip
    return render_template(
        "patients/coverage.html", patient=patient, facts=facts, row=row, errors=errors or {}
    )
