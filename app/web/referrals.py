"""Referrals: the list with the week's clock, a form for a new one, its page, and telling the referring PCP,
which is what completes the follow-up."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import mail, referral_steps, referral_updates, referrals, referrers
from app.actions.letter_draft import draft_for
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.patient import Patient
from app.models.patient_fields import clean_text
from app.models.referral import Referral, Referrer
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Task
from app.queries import referrals as reads
from app.queries.board_choices import owners
from app.queries.fit import criteria, fit_counts
from app.queries.letters import letters_of
from app.queries.offices import notes_of, waiting_count
from app.queries.organization_asks import asks_of
from app.queries.patient_search import chosen_patient
from app.queries.referral_weeks import weeks
from app.web.answers import Undo, done
from app.web.form_days import in_a_week
from app.web.moment import now
from app.web.patient_records import HEARD
from app.web.reply_form import moment_of
from app.web.session import staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint("referrals", __name__, url_prefix="/referrals")
bp.before_request(lambda: viewer().check_staff())


#: How somebody says that the words of a letter reached the office.
ATTESTED = [(way, word(way, "how")) for way in ("fax", "phone", "in_person", "letter")]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def page_of(referral_id: UUID) -> str:
    return url_for("referrals.page", referral_id=referral_id)


@bp.get("")
def index() -> str:
    view = request.args.get("view", "open")
    view = view if view in (*reads.VIEWS, reads.ASKED) else "open"
    pages = request.args.get("pages", 1, int)
    found = reads.referrals(viewer(), view, pages=pages)
    return render_template(
        "referrals/index.html", found=found, view=view, views=reads.VIEWS, pages=pages,
        fit=fit_counts(viewer(), at=now()), weeks=weeks(viewer(), at=now()),
        waiting=waiting_count(viewer()),
    )  # fmt: skip


@bp.get("/<uuid:referral_id>")
def page(referral_id: UUID) -> str:
    return sheet(reads.referral_page(viewer(), referral_id))


def sheet(found: reads.ReferralPage, error: Invalid | None = None) -> str:
    referral = found.line.referral
    written = request.form.get("body", "") or draft_for(referral, found.milestones)
    return render_template(
        "referrals/page.html", found=found, referral=found.line.referral, task=found.line.task,
        written=written, error=error, form=request.form,
        way_choices=[(way, word(way, "how")) for way in referral_updates.STAFF_WAYS],
        milestone_kinds=list(MilestoneKind), asks=asks_of(viewer(), referral), heard=HEARD,
        can_ask_by_mail=mail.is_set_up(), letters=letters_of(viewer(), referral.id),
        notes=notes_of(referral), can_mail=can_mail(referral), attest_choices=ATTESTED, **step_choices(found),
    )  # fmt: skip


def can_mail(referral: Referral) -> bool:
    return mail.is_set_up() and bool(referral.referrer and referral.referrer.email)


def step_choices(found: reads.ReferralPage) -> dict[str, object]:
    """What the forms of the next steps offer."""
    lines = criteria(viewer(), in_force=True)
    return {
        "criteria": lines,
        "criterion_choices": [("", "Something else"), *((each.id, each.text) for each in lines)],
        "recordable": [
            (kind, word(kind, "milestone"))
            for kind in referral_steps.RECORDED
            if kind not in found.milestones
        ],
        "evidence_choices": [
            (grade, word(grade, "evidence"))
            for grade in Evidence
            if grade is not Evidence.NOT_VERIFIED
        ],
        "hold_until": in_a_week(),
        "ways_to_end": [(how, word(how, "referral")) for how in referral_steps.ENDINGS],
    }


@bp.get("/new")
def new() -> str:
    """A code from a printed form fills in its office."""
    code = request.args.get("code", "").strip()
    known = referrers.find_by_code(viewer().practice_id, code) if code else None
    error = None if known or not code else Invalid("No office has this code.", field="code")
    patient = chosen_patient(viewer(), request.args.get("patient"))
    return form(patient, error, office_name=known.name if known else "", code=code)


@bp.post("")
def create() -> Response | tuple[str, int]:
    patient_id = request.form.get("patient_id", "")
    try:
        with transaction():
            if not patient_id:
                raise Invalid("Choose the patient first.", field="patient_id")
            patient = access.patient_for(viewer(), patient_id, through="referral")
            referral = add(patient)
    except Invalid as error:
        return form(chosen_patient(viewer(), patient_id), error), 422
    return done(f"The referral of {patient.name} is recorded.", then=page_of(referral.id))


def form(
    patient: Patient | None, error: Invalid | None = None, *, office_name: str = "", code: str = ""
) -> str:
    errors = {error.field or "": error.person_text} if error else {}
    return render_template(
        "referrals/new.html", patient=patient, offices=reads.offices(viewer()),
        owners=owners(viewer()), errors=errors, form=request.form,
        office_name=office_name, code=code,
    )  # fmt: skip


def add(patient: Patient) -> Referral:
    """From the form's fields to the action."""
    form_, by = request.form, viewer().actor
    reason, received = form_.get("reason", "").strip()[:1000], form_.get("received_at", "").strip()
    if not reason:
        raise Invalid("Write why they were referred.", field="reason")
    owner = access.user_for(viewer(), form_["owner_id"]) if form_.get("owner_id") else None
    return referrals.create(
        patient, reason=reason, by=by, at=now(), referrer=office(patient),
        referred_by=form_.get("referred_by", "").strip()[:120] or None,
        received_at=moment_of(received, field="received_at") if received else None,
        owner_id=owner.id if owner else None, ask_first=form_.get("ask_first") == "yes",
    )  # fmt: skip


def office(patient: Patient) -> Referrer | None:
    name = request.form.get("office", "").strip()
    if not name:
        return None
    clean = clean_text(name, 120)
    return referrers.find_or_add(patient.practice_id, clean, by=viewer().actor, at=now())


@bp.post("/<uuid:referral_id>/connection")
def connect(referral_id: UUID) -> Response:
    """Patient and team are in touch, as staff know it."""
    with transaction():
        task = open_task(referral_id)
        evidence = Evidence.STAFF_ATTESTED
        referrals.connect(task, evidence=evidence, by=viewer().actor, at=now())
        told = access.referral_for(viewer(), referral_id).pcp_told_at
    undo = Undo(url_for("referrals.disconnect", referral_id=referral_id))
    return done(
        "In touch." if told else "In touch. Next: tell the referring office.",
        then=page_of(referral_id),
        undo=undo,
    )


@bp.delete("/<uuid:referral_id>/connection")
def disconnect(referral_id: UUID) -> Response:
    with transaction():
        referrals.disconnect(open_task(referral_id), by=viewer().actor, at=now())
    return done("Taken back: not in touch yet.", then=page_of(referral_id))


def open_task(referral_id: UUID) -> Task:
    task = reads.referral_page(viewer(), referral_id).line.task
    if task is None or not task.is_open:
        raise Conflict("The follow-up of this referral is closed.")
    return task


@bp.post("/<uuid:referral_id>/updates")
def tell(referral_id: UUID) -> Response | tuple[str, int]:
    """The referring office was told."""
    form_ = request.form
    try:
        told_at = form_.get("told_at", "").strip()
        with transaction():
            referral = access.referral_for(viewer(), referral_id)
            referral_updates.record_update(
                referral, how=form_.get("how", ""), told_to=form_.get("told_to", "")[:120],
                body=form_.get("body", "")[:8000], by=viewer(), at=now(), seconds=minutes() * 60,
                told_at=moment_of(told_at, field="told_at") if told_at else now(),
            )  # fmt: skip
    except Invalid as error:
        return sheet(reads.referral_page(viewer(), referral_id), error), 422
    return done("Recorded: the referring office knows.", then=page_of(referral_id))


def minutes() -> int:
    """Minutes it took, typed in; 0 when left empty."""
    written = request.form.get("minutes", "").strip()
    if written and (not written.isdecimal() or int(written) > 240):
        raise Invalid("Minutes are a whole number up to 240.", field="minutes")
    return int(written or 0)
