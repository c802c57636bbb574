"""Patients that offices referred by their link: matched to a patient, or put aside."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import intakes
from app.core.db import transaction
from app.core.errors import Invalid
from app.queries.offices import intake_for, waiting_intakes
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.referrals import page_of
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("intakes", __name__, url_prefix="/referrals/intakes")
bp.before_request(lambda: viewer().check_staff())
Answer = Response | tuple[str, int]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    return drawn()


def drawn(error: Invalid | None = None, intake_id: UUID | None = None) -> str:
    return render_template(
        "referrals/intakes.html", waiting=waiting_intakes(viewer()), error=error, at_fault=intake_id
    )


@bp.post("/<uuid:intake_id>/acceptance")
def accept(intake_id: UUID) -> Answer:
    """It is this patient."""
    try:
        with transaction():
            intake = intake_for(viewer(), intake_id)
            if not request.form.get("patient_id"):
                raise Invalid("Choose which patient it is.", field="patient_id")
            patient = access.patient_for(viewer(), request.form["patient_id"], through="intake")
            referral = intakes.accept(intake, patient, by=viewer(), at=now())
    except Invalid as error:
        return drawn(error, intake_id), 422
    return done("The referral is recorded.", then=page_of(referral.id))


@bp.post("/<uuid:intake_id>/dismissal")
def dismiss(intake_id: UUID) -> Answer:
    try:
        with transaction():
            why = request.form.get("why", "")
            intakes.dismiss(intake_for(viewer(), intake_id), why, by=viewer(), at=now())
    except Invalid as error:
        return drawn(error, intake_id), 422
    undo = Undo(url_for("intakes.put_back", intake_id=intake_id))
    return done("Put aside.", then=url_for("intakes.index"), undo=undo)


@bp.delete("/<uuid:intake_id>/dismissal")
def put_back(intake_id: UUID) -> Response:
    with transaction():
        intakes.put_back(intake_for(viewer(), intake_id), by=viewer(), at=now())
    return done("It waits again.", then=url_for("intakes.index"))
