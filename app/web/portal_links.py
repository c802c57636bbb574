"""Staff send a patient a sign-in link for the portal, as a small resource of the patient."""

from uuid import UUID

from flask import Flask, request
from werkzeug.wrappers import Response

from app import access
from app.actions import portal_links
from app.core.db import transaction
from app.core.errors import Conflict
from app.models.patient import PatientStatus
from app.web import security
from app.web.answers import done, way_back
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from messaging.delivery import MessageStatus
from messaging.gate import Verdict, explain

bp = staff_blueprint("portal_links", __name__)
bp.before_request(lambda: viewer().check_staff())
PER_PATIENT = "3/10 minute"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/patients/<uuid:patient_id>/portal-links")
def create(patient_id: UUID) -> Response:
    """Text the link; `asked` says that the patient just asked for it, so that it leaves at once."""
    with transaction():
        patient = access.patient_for(viewer(), patient_id, through="patient")
        security.check_rate(PER_PATIENT, "portal-staff", str(patient.id))
        if patient.status is not PatientStatus.ACTIVE:
            raise Conflict("Links are sent to active patients only.")
        message = portal_links.send_link(
            patient, by=viewer().actor, at=now(), solicited=bool(request.form.get("asked"))
        )
    if message.status is MessageStatus.WITHHELD and message.verdict:
        raise Conflict(explain(Verdict.from_json(message.verdict)))
    return done("A sign-in link is on its way. It works for 15 minutes.",
                then=way_back(f"/patients/{patient_id}"))  # fmt: skip
