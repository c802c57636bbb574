"""Likely duplicates as a worklist, and merging two records of one person: seen before it is done, and taken
back by one button."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import access
from app.actions import merges
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, NotFound
from app.models.patient import Patient
from app.models.patient_merge import PatientMerge
from app.queries import duplicates as reads
from app.queries.patient_search import clean_search, patients_like
from app.queries.surroundings import consent_state, decisions_of, own_contacts
from app.web.answers import Undo, done
from app.web.event_words import EVENTS
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import WORDS

bp = staff_blueprint("merges", __name__, url_prefix="/patients")


@bp.before_request
def check_leads() -> None:
    """Who sees every patient's care: a merge moves what belongs to several teams."""
    if not (viewer().sees_practice and viewer().kind == "user"):
        raise Forbidden


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    WORDS["same_because"] = {
        "phone_and_birth_date": "Same phone and birth date",
        "name_and_birth_date": "Same name and birth date",
        "mrn": "Same record number, written otherwise",
        "swapped_names_and_birth_date": "Given and family name exchanged, same birth date",
        "nickname_and_birth_date": "A short form of the same name, same birth date",
        "phone_and_name": "Same phone and name, another birth date",
        "name_and_swapped_birth_date": "Same name, day and month of birth exchanged",
        "similar_name_and_birth_date": "Nearly the same name, same birth date",
    }
    WORDS["moved_rows"] = {
        "task": "tasks", "referral": "referrals", "appointment": "appointments",
        "medication_order": "medication orders", "coverage": "coverages",
        "related_person": "people around them", "work_timer": "timers",
        "organization_ask": "asks to organizations", "message": "messages",
        "incoming_call": "calls that came in", "note": "notes", "contact_point": "phones and e-mails",
    }  # fmt: skip
    EVENTS.update({
        "patient.merged": lambda facts: f"The record {facts.get('other')} was merged into this one",
        "patient.merged_away": lambda facts: f"A record was merged into {facts.get('other')}",
        "patient.merge_undone": lambda facts: f"The merge with {facts.get('other')} was taken back",
        "patient.came_back": lambda facts: f"Taken out of the record {facts.get('other')} again",
        "patient.not_same": lambda facts: f"Is not the same person as {facts.get('other')}",
        "patient.maybe_same": lambda facts: f"May be the same person as {facts.get('other')} after all",
    })  # fmt: skip


@bp.get("/duplicates")
def index() -> str:
    return render_template("patients/duplicates.html", found=reads.duplicates(viewer()))


@bp.post("/<uuid:patient_id>/not-same/<uuid:other_id>")
def create_not_same(patient_id: UUID, other_id: UUID) -> Response:
    with transaction():
        one, other = alone(patient_id), alone(other_id)
        merges.say_not_same(one, other, by=viewer().actor, at=now())
    return done(
        f"{one.mrn} and {other.mrn} are two people.", then=url_for("merges.index"),
        undo=Undo(url_for("merges.delete_not_same", patient_id=patient_id, other_id=other_id)),
    )  # fmt: skip


@bp.delete("/<uuid:patient_id>/not-same/<uuid:other_id>")
def delete_not_same(patient_id: UUID, other_id: UUID) -> Response:
    with transaction():
        merges.take_back_not_same(alone(patient_id), alone(other_id), by=viewer().actor, at=now())
    return done("They are on the list again.", then=url_for("merges.index"))


@bp.get("/<uuid:patient_id>/merges/new")
def new(patient_id: UUID) -> str:
    """What a merge would do; without a second record, the search for one."""
    survivor = alone(patient_id)
    q = clean_search(request.args.get("q", ""))
    if not request.args.get("other"):
        found = [each for each in patients_like(viewer(), q) if each.id != survivor.id]
        return render_template("patients/merge_with.html", patient=survivor, q=q, found=found)
    merged = alone(request.args["other"])
    pair = [survivor, merged]
    numbers = own_contacts(viewer().practice_id, [each.id for each in pair])
    decided = decisions_of(viewer().practice_id, [each.id for each in pair])
    best = {each.id: next((p.phone_number for p in numbers.get(each.id, []) if p.phone_number), None)
            for each in pair}  # fmt: skip
    consents = {each.id: consent_state(decided.get(each.id, []), best[each.id]) for each in pair}
    return render_template(
        "patients/merge.html",
        plan=merges.plan(survivor, merged),
        numbers=numbers,
        consents=consents,
    )


@bp.post("/<uuid:patient_id>/merges")
def create(patient_id: UUID) -> Response:
    with transaction():
        survivor, merged = alone(patient_id), alone(request.form.get("other", ""))
        row = merges.merge(survivor, merged, by=viewer().actor, at=now())
    undo = Undo(url_for("merges.delete", patient_id=survivor.id, merge_id=row.id))
    words = f"{merged.mrn} is merged into {survivor.mrn}. Nothing was sent."
    return done(words, then=url_for("patients.page", patient_id=survivor.id), undo=undo)


@bp.delete("/<uuid:patient_id>/merges/<uuid:merge_id>")
def delete(patient_id: UUID, merge_id: UUID) -> Response:
    with transaction():
        row = one(patient_id, merge_id)
        merges.undo(row, by=viewer().actor, at=now())
    return done(
        "The merge is taken back.", then=url_for("patients.page", patient_id=row.survivor_id)
    )


def alone(patient_id: UUID | str) -> Patient:
    """The record itself. Raises NotFound, and Conflict for one that stands for another by now."""
    found = access.patient_for(viewer(), patient_id, through="merge")
    if str(found.id) != str(patient_id):
        raise Conflict("This record is merged already. Reload the page.")
    return found


def one(patient_id: UUID, merge_id: UUID) -> PatientMerge:
    survivor = access.patient_for(viewer(), patient_id, through="merge")
    row = db.session.scalars(
        select(PatientMerge).where(
            PatientMerge.practice_id == viewer().practice_id,
            PatientMerge.id == merge_id,
            PatientMerge.survivor_id.in_({survivor.id, patient_id}),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row
