"""What a patient agreed to beside texts: programmes and passing on records under 42 CFR Part 2; with the
words they hear, what they say now, and everything they said before."""

from datetime import date
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import agreements
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.consent import PART_2_SHARING, ConsentDecision, ConsentHow
from app.models.patient import Patient
from app.models.programs import PROGRAMS
from app.queries.agreements import Agreements, agreements_of
from app.queries.coverage import coverages_of
from app.web.agreement_wording import agreement_words
from app.web.answers import done
from app.web.form_days import day_in
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("agreements", __name__, url_prefix="/patients/<uuid:patient_id>/agreements")
bp.before_request(lambda: viewer().check_staff())
HEARD = (ConsentHow.DESK, ConsentHow.PHONE)
PURPOSES = (*PROGRAMS, PART_2_SHARING)
#: Shown for everybody.
USUAL = {"ccm", "apcm", PART_2_SHARING}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index(patient_id: UUID) -> str:
    return page(found(patient_id))


@bp.post("")
def create(patient_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            patient = found(patient_id)
            word = said(patient)
            agreements.hear(patient, word, today=here(), by=viewer().actor, at=now())
    except Invalid as error:
        return page(found(patient_id), {error.field or "": error.person_text}), 422
    return done("Recorded.", then=url_for("agreements.index", patient_id=patient_id))


def said(patient: Patient) -> agreements.Word:
    """The form, with exactly the words it showed."""
    purpose, decision = request.form.get("purpose", ""), request.form.get("decision", "")
    if purpose not in PURPOSES or decision not in ConsentDecision.__members__.values():
        raise Invalid("Choose what they said, and about what.", field="decision")
    how = request.form.get("how", "")
    if how not in HEARD:
        raise Invalid("Choose how you heard it.", field="how")
    choice, practice = ConsentDecision(decision), signed_in().practice
    return agreements.Word(
        purpose, choice, ConsentHow(how),
        agreement_words(purpose, choice, patient.language, practice),
        "es" if patient.language == "es" else "en", day_in("on") or here(), day_in("until"),
    )  # fmt: skip


def page(patient: Patient, errors: dict[str, str] | None = None) -> str:
    practice, language = signed_in().practice, patient.language
    words = {
        purpose: {
            str(each): agreement_words(purpose, each, language, practice)
            for each in (ConsentDecision.GIVEN, ConsentDecision.DECLINED)
        }
        for purpose in PURPOSES
    }
    found = agreements_of(viewer(), patient, today=here())
    return render_template(
        "patients/agreements.html", patient=patient, words=words, day=here(), errors=errors or {},
        found=found, first=first_of(patient, found),
    )  # fmt: skip


def first_of(patient: Patient, said: Agreements) -> list[str]:
    """What is not folded away: what they spoke of, and what their coverage or the law asks for."""
    covered = {row.program for row in coverages_of(patient) if row.to_on is None}
    near = {row.purpose for row in said.rows} | covered | USUAL
    return [purpose for purpose in PURPOSES if purpose in near]


def found(patient_id: UUID) -> Patient:
    return access.patient_for(viewer(), patient_id, through="patient")


def here() -> date:
    return today(signed_in().practice.time_zone)
