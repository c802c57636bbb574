"""The people around a patient, as staff write them down: who may hear and answer what, from when to when, by
whose word, with their own phone, language and consent to texts."""

from datetime import date
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import consents, related_people
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.consent import ConsentHow
from app.models.patient import EVERY_TASK, Patient, RelatedPerson
from app.models.patient_fields import InvalidFields
from app.queries.related_people import Helper, helpers_of
from app.web.answers import Undo, done
from app.web.consent_wording import helper_wording
from app.web.event_words import EVENTS
from app.web.form_days import day_in
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import WORDS

bp = staff_blueprint("related_people", __name__, url_prefix="/patients/<uuid:patient_id>/people")
bp.before_request(lambda: viewer().check_desk())
HEARD = (ConsentHow.DESK, ConsentHow.PHONE)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    WORDS["matter"] = {EVERY_TASK: "Everything", **WORDS["type"]}
    EVENTS.update({
        "related_person.added": "Somebody who may speak for them was added",
        "related_person.changed": "What was agreed with somebody around them changed",
        "related_person.ended": "Somebody may not speak for them any more",
        "related_person.revoked": "They ended it themselves: somebody may not speak for them any more",
        "related_person.resumed": "Somebody may speak for them again",
    })  # fmt: skip


@bp.get("")
def index(patient_id: UUID) -> str:
    practice = signed_in().practice
    wordings = {each: helper_wording(each, practice) for each in practice.all_languages}
    return render_template(
        "patients/people.html", patient=found(patient_id), helpers=helpers(patient_id),
        wordings=wordings,
    )  # fmt: skip


@bp.get("/new")
def new(patient_id: UUID) -> str:
    patient = found(patient_id)
    blank = related_people.Agreed(
        name="", relationship="", language=patient.language, may_receive=[], may_answer=[],
        authorised_by=f"{patient.name}, in person", from_on=today(signed_in().practice.time_zone),
    )  # fmt: skip
    return sheet(patient, blank, None)


@bp.post("")
def create(patient_id: UUID) -> Response | tuple[str, int]:
    agreed = None
    try:
        agreed = read()
        with transaction():
            person = related_people.add(found(patient_id), agreed, by=viewer().actor, at=now())
    except Invalid as error:
        return sheet(found(patient_id), agreed or raw(), None, errors_of(error)), 422
    return done(f"{person.name} is added.", then=people_of(patient_id))


@bp.get("/<uuid:person_id>/edit")
def edit(patient_id: UUID, person_id: UUID) -> str:
    patient, person = found(patient_id), person_of(patient_id, person_id)
    number = next(each.number for each in helpers(patient_id) if each.person.id == person.id)
    agreed = related_people.Agreed(
        phone=number.e164 if number else "",
        **{name: getattr(person, name) for name in related_people.FIELDS},
    )
    return sheet(patient, agreed, person)


@bp.post("/<uuid:person_id>/edit")
def update(patient_id: UUID, person_id: UUID) -> Response | tuple[str, int]:
    agreed = None
    try:
        agreed = read()
        with transaction():
            person = person_of(patient_id, person_id)
            related_people.change(person, agreed, by=viewer().actor, at=now())
    except Invalid as error:
        person = person_of(patient_id, person_id)
        return sheet(found(patient_id), agreed or raw(), person, errors_of(error)), 422
    return done("Saved.", then=people_of(patient_id))


@bp.post("/<uuid:person_id>/ending")
def end(patient_id: UUID, person_id: UUID) -> Response:
    with transaction():
        person = person_of(patient_id, person_id)
        related_people.end(person, by=viewer().actor, at=now())
    undo = Undo(url_for("related_people.end", patient_id=patient_id, person_id=person_id))
    return done(f"{person.name} hears nothing any more.", then=people_of(patient_id), undo=undo)


@bp.delete("/<uuid:person_id>/ending")
def take_back_end(patient_id: UUID, person_id: UUID) -> Response:
    with transaction():
        person = person_of(patient_id, person_id)
        related_people.take_back_end(person, by=viewer().actor, at=now())
    return done("As it was before.", then=people_of(patient_id))


@bp.post("/<uuid:person_id>/texts")
def agree(patient_id: UUID, person_id: UUID) -> Response:
    """They said yes, at the desk or by phone, to the words the page shows."""
    with transaction():
        person = person_of(patient_id, person_id)
        heard = said(person.language)
        if heard is None:
            raise Invalid("Say how they told us.", field="texts")
        related_people.agree(person, heard, by=viewer().actor, at=now())
    return done(f"{person.name} said yes to texts.", then=people_of(patient_id))


def people_of(patient_id: UUID) -> str:
    return url_for("related_people.index", patient_id=patient_id)


def found(patient_id: UUID) -> Patient:
    return access.patient_for(viewer(), patient_id, through="patient")


def person_of(patient_id: UUID, person_id: UUID) -> RelatedPerson:
    return access.around_for(viewer(), RelatedPerson, person_id, of=patient_id)


def helpers(patient_id: UUID) -> list[Helper]:
    return helpers_of(viewer(), patient_id, today=today(signed_in().practice.time_zone))


def raw(from_on: date | None = None, to_on: date | None = None) -> related_people.Agreed:
    """What the form holds, to be shown again or checked."""
    form = request.form
    return related_people.Agreed(
        **{name: form.get(name, "") for name in ("name", "relationship", "language", "phone",
                                                 "authorised_by")},
        may_receive=form.getlist("may_receive"), may_answer=form.getlist("may_answer"),
        from_on=from_on or today(signed_in().practice.time_zone), to_on=to_on, texts=said(),
    )  # fmt: skip


def read() -> related_people.Agreed:
    return raw(day_in("from_on"), day_in("to_on"))


def said(language: str | None = None) -> consents.Said | None:
    """Their yes to texts, in the words of the form or page, if it was ticked."""
    how = request.form.get("texts", "")
    if how not in HEARD:
        return None
    language = language or request.form.get("language", "")
    return consents.Said(ConsentHow(how), helper_wording(language, signed_in().practice), language)


def errors_of(error: Invalid) -> dict[str, str]:
    problems = error.problems if isinstance(error, InvalidFields) else [error]
    return {problem.field or "": problem.person_text for problem in problems}


def sheet(
    patient: Patient, agreed: related_people.Agreed, person: RelatedPerson | None,
    errors: dict[str, str] | None = None,
) -> str:  # fmt: skip
    practice = signed_in().practice
    return render_template(
        "patients/related_person.html", patient=patient, agreed=agreed, person=person,
        matters=related_people.MATTERS, languages=practice.all_languages, errors=errors or {},
        wordings={each: helper_wording(each, practice) for each in practice.all_languages},
    )  # fmt: skip
