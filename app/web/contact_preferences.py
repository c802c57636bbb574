"""How a patient wants to be contacted, as staff write it down: language, channel, time of day, calls only, no
links, a flip phone, an interpreter. Protocols choose their steps by it."""

from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import contact_preferences
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.contact_preference import FLAGS, TIMES, Preferences
from app.models.patient import Patient
from app.web.answers import done
from app.web.moment import now
from app.web.patients import page_of
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint(
    "contact_preferences", __name__, url_prefix="/patients/<uuid:patient_id>/contact-preferences"
)
bp.before_request(lambda: viewer().check_desk())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def edit(patient_id: UUID) -> str:
    patient = found(patient_id)
    chosen = Preferences.of(patient.preferences)
    return sheet(patient, chosen, patient.language, patient.preferred_channel)


@bp.post("")
def update(patient_id: UUID) -> Response | tuple[str, int]:
    form = request.form
    wanted = Preferences(
        **{flag: form.get(flag) == "yes" for flag in FLAGS}, best_time=form.get("best_time", "")
    )
    language, channel = form.get("language", ""), form.get("channel", "")
    try:
        with transaction():
            contact_preferences.change(
                found(patient_id), wanted, language=language, channel=channel, by=viewer().actor,
                at=now(),
            )  # fmt: skip
    except Invalid as error:
        errors = {error.field or "": error.person_text}
        return sheet(found(patient_id), wanted, language, channel, errors), 422
    return done(
        "Saved. Steps of a protocol follow it from the next one on.", then=page_of(patient_id)
    )


def found(patient_id: UUID) -> Patient:
    return access.patient_for(viewer(), patient_id, through="patient")


def sheet(
    patient: Patient, chosen: Preferences, language: str, channel: str,
    errors: dict[str, str] | None = None,
) -> str:  # fmt: skip
    mine = signed_in().practice.all_languages
    known = mine if language in mine else (*mine, language)
    return render_template(
        "patients/contact_preferences.html", patient=patient, chosen=chosen, language=language,
        channel=channel, flags=FLAGS, times=TIMES, languages=known, errors=errors or {},
    )  # fmt: skip
