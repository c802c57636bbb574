"""What staff record about a patient, each a small resource: a consent, a status, a pause of automatic texts,
and a sign-in link for the portal."""

from uuid import UUID

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import consents, message_route, number_endings, patient_changes, portal_links
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.consent import EVERYTHING, ConsentHow
from app.models.patient import Patient, PatientStatus
from app.web.answers import Undo, done
from app.web.consent_wording import wording
from app.web.form_days import day_in
from app.web.moment import now, today
from app.web.patients import page_of
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.thread_words import state_words
from messaging.delivery import MessageStatus

bp = staff_blueprint("patient_records", __name__, url_prefix="/patients/<uuid:patient_id>")
bp.before_request(lambda: viewer().check_desk())
#: How a decision can reach the practice's staff.
HEARD = (ConsentHow.DESK, ConsentHow.PHONE)

#: What is withheld and can be mended right here.
WITHHELD = {
    "expired": "Not sent: texts may leave only after this link has ended (quiet hours). "
    "If they just asked for it, tick “They asked for it”."
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def found(patient_id: UUID) -> Patient:
    return access.patient_for(viewer(), patient_id, through="patient")


@bp.post("/consents")
def consent(patient_id: UUID) -> Response:
    decision, how = request.form.get("decision", ""), request.form.get("how", "")
    if decision not in ("given", "withdrawn"):
        raise Invalid("Choose whether they agree or not.", field="decision")
    if how not in HEARD:
        raise Invalid("Choose how you heard it.", field="how")
    with transaction():
        patient = found(patient_id)
        about = refused_purpose(decision)
        words = wording(decision, patient.language, signed_in().practice, purpose=about)
        said = consents.Said(ConsentHow(how), words, patient.language, purpose=about)
        record(patient, decision, said)
    return done("Recorded in the consent ledger.", then=page_of(patient_id))


def refused_purpose(decision: str) -> str:
    """What a no is about; a yes is about everything."""
    wanted = request.form.get("purpose", EVERYTHING) if decision == "withdrawn" else EVERYTHING
    if wanted not in {EVERYTHING, *consents.NARROWER}:
        raise Invalid("Choose what they do not want texts about.", field="purpose")
    return wanted


def record(patient: Patient, decision: str, said: consents.Said) -> None:
    """A yes is for the number texts go to, and lifts a STOP of that number; a no is the person's."""
    by, at = viewer().actor, now()
    if decision == "given":
        consents.give(patient, message_route.best_number(patient), said, by=by, at=at)
        consents.resume(patient, by=by, at=at)
    else:
        consents.withdraw(patient, None, said, by=by, at=at)


@bp.post("/status")
def status(patient_id: UUID) -> Response:
    chosen = request.form.get("status", "")
    if chosen not in list(PatientStatus):
        raise Invalid("Choose a status.", field="status")
    day = today(signed_in().practice.time_zone)
    with transaction():
        patient_changes.set_status(
            found(patient_id), PatientStatus(chosen), since=day_in("since") or day, today=day,
            by=viewer().actor, at=now(),
        )  # fmt: skip
    return done("Status saved.", then=page_of(patient_id))


@bp.post("/pause")
def pause(patient_id: UUID) -> Response:
    viewer().check_staff()
    with transaction():
        consents.pause(found(patient_id), by=viewer().actor, at=now())
    undo = Undo(url_for("patient_records.resume", patient_id=patient_id))
    return done("Automatic texts are paused.", then=page_of(patient_id), undo=undo)


@bp.delete("/pause")
def resume(patient_id: UUID) -> Response:
    viewer().check_staff()
    with transaction():
        consents.resume(found(patient_id), by=viewer().actor, at=now())
    return done("Automatic texts go on.", then=page_of(patient_id))


@bp.post("/portal-links")
def portal_link(patient_id: UUID) -> Response:
    viewer().check_staff()
    with transaction():
        patient = found(patient_id)
        message = portal_links.send_link(
            patient, by=viewer().actor, at=now(), solicited=request.form.get("asked") == "yes"
        )
    if message.status is MessageStatus.WITHHELD:
        words = WITHHELD.get(message.withheld_reason or "", state_words(message))
        return done(words, then=page_of(patient_id))
    return done("The link is on its way. It works for 15 minutes.", then=page_of(patient_id))


@bp.post("/phones/<uuid:point_id>/ending")
def end_phone(patient_id: UUID, point_id: UUID) -> Response:
    """The number is not theirs any more: somebody else answers there."""
    with transaction():
        patient = found(patient_id)
        point = number_endings.phone_of(patient, point_id)
        number_endings.end(patient, point, by=viewer().actor, at=now())
    undo = Undo(url_for("patient_records.restore_phone", patient_id=patient_id, point_id=point_id))
    words = "Nothing is sent there any more, and what comes from there is not taken for theirs."
    return done(words, then=page_of(patient_id), undo=undo)


@bp.delete("/phones/<uuid:point_id>/ending")
def restore_phone(patient_id: UUID, point_id: UUID) -> Response:
    with transaction():
        patient = found(patient_id)
        point = number_endings.phone_of(patient, point_id)
        number_endings.take_back(patient, point, by=viewer().actor, at=now())
    return done("The number is theirs again.", then=page_of(patient_id))
