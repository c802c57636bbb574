"""How long the ledger is kept: the years, holds on a patient or on all, what goes next and what went."""

from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import retention
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, TouchlineError
from app.models.patient import Patient
from app.models.user import Role
from app.queries.retention import hold_for, keeping
from app.web.answers import done
from app.web.event_words import EVENTS
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

HERE = "/settings/retention"
bp = staff_blueprint("retention", __name__, url_prefix=HERE)
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    EVENTS.update({
        "hold.placed": "Legal hold: nothing of them is deleted",
        "hold.lifted": "The legal hold ended",
    })  # fmt: skip


@bp.get("")
def page() -> str:
    return shown()


def shown(error: TouchlineError | None = None) -> str:
    errors = {getattr(error, "field", None) or "": error.person_text} if error else {}
    return render_template(
        "settings/retention.html", found=keeping(viewer(), at=now()), errors=errors,
        values=request.form,
    )  # fmt: skip


@bp.post("")
def update() -> Response | tuple[str, int]:
    viewer().check_role(Role.ADMIN)
    try:
        years = whole_number("keep_years")
        with transaction():
            practice = access.practice_of(viewer())
            retention.keep(practice, years, by=viewer().actor, at=now())
    except Invalid as error:
        return shown(error), 422
    return done(f"Rows are kept {years} years.", then=HERE)


def whole_number(name: str) -> int:
    try:
        return int(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Write a whole number.", field=name) from None


@bp.post("/holds")
def hold() -> Response | tuple[str, int]:
    try:
        with transaction():
            practice = access.practice_of(viewer())
            patient = None if request.form.get("whole") == "yes" else named()
            reason = request.form.get("reason", "")
            retention.hold(practice, patient, reason=reason, by=viewer().actor, at=now())
    except (Invalid, Conflict) as error:
        return shown(error), 422
    return done("Nothing of it is deleted while the hold stands.", then=HERE)


def named() -> Patient:
    mrn = request.form.get("mrn", "").strip()
    rows = access.visible_patients(viewer()).where(Patient.mrn == mrn)
    patient = db.session.scalars(rows).one_or_none() if mrn else None
    if patient is None:
        raise Invalid("Name the patient by their record number.", field="mrn")
    return access.patient_for(viewer(), patient.id, through="retention")


@bp.post("/holds/<uuid:hold_id>/ending")
def lift(hold_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            row = hold_for(viewer(), hold_id)
            reason = request.form.get("reason", "")
            retention.lift(row, reason=reason, by=viewer().actor, at=now())
    except (Invalid, Conflict) as error:
        return shown(error), 422
    return done("The hold has ended.", then=HERE)
