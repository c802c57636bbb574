"""Patients: finding one, adding one, changing what is known, and the page with everything about them."""

from uuid import UUID

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import consents, patients
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.consent import ConsentHow
from app.models.contact_preference import Preferences
from app.models.patient import Patient, PatientStatus
from app.queries import patient_page as reads
from app.queries import patient_search, timeline
from app.queries.board_choices import running_teams
from app.queries.duplicates import merged_records
from app.web import patient_form
from app.web.answers import done
from app.web.consent_wording import LANGUAGES, refusals, wording
from app.web.moment import now, today
from app.web.patient_form import Filled
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("patients", __name__, url_prefix="/patients")
#: What a person may say; the other one is an undone import's.
STATUSES = [each for each in PatientStatus if each is not PatientStatus.ENTERED_IN_ERROR]
bp.before_request(lambda: viewer().check_desk())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def page_of(patient_id: UUID) -> str:
    return url_for("patients.page", patient_id=patient_id)


@bp.get("")
def index() -> str:
    q, pages = (
        patient_search.clean_search(request.args.get("q", "")),
        request.args.get("pages", 1, int),
    )
    listed = "all" in request.args
    found = patient_search.search(viewer(), q, pages=pages) if q or listed else None
    recent = patient_search.recent(viewer()) if found is None else None
    return render_template(
        "patients/index.html", q=q, found=found, recent=recent, pages=pages, listed=listed
    )


@bp.get("/<uuid:patient_id>")
def page(patient_id: UUID) -> str | Response:
    sheet = reads.patient_page(viewer(), patient_id)
    if sheet.patient.id != patient_id:  # merged into another
        return redirect(page_of(sheet.patient.id))
    if not viewer().sees_care:
        return record_page(sheet)
    story = timeline.story(viewer(), sheet.patient, sheet.conversation)
    practice, patient = signed_in().practice, sheet.patient
    return render_template(
        "patients/page.html", sheet=sheet, patient=patient, story=story, kind="", first=True,
        statuses=STATUSES, age=age(patient), merged=merged_records(viewer(), patient),
        wishes=Preferences.of(patient.preferences),
        give=wording("given", patient.language, practice),
        refusals=refusals(patient.language, practice),
    )  # fmt: skip


def record_page(sheet: reads.PatientPage) -> str:
    """What the front desk sees: who they are and how to reach them, nothing of their care."""
    practice, patient = signed_in().practice, sheet.patient
    return render_template(
        "patients/desk.html", sheet=sheet, patient=patient, statuses=STATUSES, age=age(patient),
        wishes=Preferences.of(patient.preferences),
        give=wording("given", patient.language, practice),
        refusals=refusals(patient.language, practice),
    )  # fmt: skip


@bp.get("/<uuid:patient_id>/story")
def story(patient_id: UUID) -> str:
    """A part of the story: refreshed, narrowed by a chip, or the older page below."""
    viewer().check_staff()
    patient = access.patient_for(viewer(), patient_id, through="patient")
    kind, before = request.args.get("kind", ""), request.args.get("before")
    kind = kind if kind in timeline.KINDS else ""
    found = timeline.story(
        viewer(), patient, reads.thread_of(patient), kind=kind, before=before,
        back_to=request.args.get("back_to"),
    )  # fmt: skip
    return render_template(
        "patients/_story.html", patient=patient, story=found, kind=kind, first=before is None
    )


@bp.get("/new")
def new() -> str:
    team_id = next(iter(viewer().team_ids), None)
    return form(patient_form.blank(request.args.get("phone", "")[:40], team_id))


@bp.post("")
def create() -> Response | tuple[str, int]:
    try:
        fields = patient_form.read_fields(is_new=True, sees_care=viewer().sees_care)
        patient_form.check_number(signed_in().practice.id, fields)
        with transaction():
            patient = patients.create(signed_in().practice, by=viewer().actor, at=now(), **fields)
            if request.form.get("agreed") == "yes":
                record_consent(patient)
    except patients.MrnTaken as taken:
        known = Conflict(f"A patient with this record number exists already: {url(taken)}")
        return form(patient_form.refused(Invalid(known.person_text, field="mrn"))), 422
    except Invalid as error:
        return form(patient_form.refused(error)), 422
    return done(f"{patient.name} is added.", then=page_of(patient.id))


@bp.get("/<uuid:patient_id>/edit")
def edit(patient_id: UUID) -> str:
    sheet = reads.patient_page(viewer(), patient_id)
    email = next((point.email for point in sheet.contacts if point.email), "")
    filled = patient_form.of_patient(
        sheet.patient, email=email or "", phone=sheet.number.e164 if sheet.number else "",
        subgroup=sheet.subgroup.name if sheet.subgroup else "",
    )  # fmt: skip
    return form(filled, sheet.patient)


@bp.post("/<uuid:patient_id>/edit")
def update(patient_id: UUID) -> Response | tuple[str, int]:
    patient = access.patient_for(viewer(), patient_id, through="patient")
    try:
        fields = patient_form.read_fields(is_new=False, sees_care=viewer().sees_care)
        patient_form.check_number(patient.practice_id, fields, patient)
        with transaction():
            patient = access.patient_for(viewer(), patient_id, through="patient")
            patients.update(patient, by=viewer().actor, at=now(), **fields)
    except Invalid as error:
        return form(patient_form.refused(error), patient), 422
    return done("Saved.", then=page_of(patient_id))


def form(filled: Filled, patient: Patient | None = None) -> str:
    teams = running_teams(viewer())
    return render_template(
        "patients/form.html", filled=filled, patient=patient,
        team_choices=[("", "No team: everyone sees them"), *((team.id, team.name) for team in teams)],
        subgroups=reads.subgroup_names(viewer()),
        consents={each: wording("given", each, signed_in().practice) for each in LANGUAGES},
    )  # fmt: skip


def record_consent(patient: Patient) -> None:
    """They agreed at the desk, to the words on the form."""
    db.session.flush()
    words = wording("given", patient.language, signed_in().practice)
    said = consents.Said(ConsentHow.DESK, words, patient.language)
    consents.give(patient, None, said, by=viewer().actor, at=now())


def url(taken: patients.MrnTaken) -> str:
    """The known patient's page, if this viewer may see them."""
    known = patient_search.chosen_patient(viewer(), str(taken.patient_id))
    return f"{known.name}." if known else "somebody outside of your teams."


def age(patient: Patient) -> int:
    """Whole years today, in the practice's zone."""
    day, born = today(signed_in().practice.time_zone), patient.birth_date
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
