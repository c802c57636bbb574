"""Tasks: one with its story, a form for a new one, and creating it."""

from collections.abc import Mapping
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import contact_rules, own_appointments, protocols, referrals, tasks
from app.core.columns import check_calendar
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.appointment import Appointment
from app.models.contact_preference import Preferences
from app.models.patient import Patient
from app.models.task import TaskType
from app.queries.board_choices import owners
from app.queries.patient_search import chosen_patient, patients_like
from app.queries.protocol_versions import current_version
from app.queries.task_card import task_card
from app.web.answers import done
from app.web.display import is_fragment
from app.web.form_days import day_in
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.task_next import what_next

bp = staff_blueprint("tasks", __name__, url_prefix="/tasks")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<uuid:task_id>")
def page(task_id: UUID) -> str:
    card = task_card(viewer(), task_id)
    definition = protocols.definition_of(card.task)
    followed = referrals.find_of(card.task)
    sentence = what_next(card.task, definition, card.waiting_text, card.others, followed)
    template = "tasks/_card.html" if is_fragment() else "tasks/page.html"
    return render_template(
        template, card=card, task=card.task, next=sentence, definition=definition,
        contact=contact_rules.standing(card.task, at=now()),
        wishes=Preferences.of(card.task.patient.preferences),
        newest_version=current_version(viewer(), card.task.type),
    )  # fmt: skip


@bp.get("/new")
def new() -> str:
    patient = chosen_patient(viewer(), request.args.get("patient"))
    return form(patient)


@bp.get("/new/patients")
def patients() -> str:
    """The patients found while typing, as radio buttons."""
    q = request.args.get("q", "")
    return render_template("tasks/_patients.html", found=patients_like(viewer(), q), q=q)


@bp.post("")
def create() -> Response | tuple[str, int]:
    patient_id = request.form.get("patient_id", "")
    try:
        with transaction():
            if not patient_id:
                raise Invalid("Choose the patient first.", field="patient_id")
            patient = access.patient_for(viewer(), patient_id, through="task form")
            add(patient)
    except Invalid as error:
        return form(chosen_patient(viewer(), patient_id), error=error), 422
    first = (
        "Touchline asks by text first."
        if request.form.get("ask_first") == "yes"
        else "A call is due."
    )
    return done(f"Added for {patient.name}. {first}", then="/")


def form(patient: Patient | None, *, error: Invalid | None = None) -> str:
    template = "tasks/_new.html" if is_fragment() else "tasks/new.html"
    errors = {error.field: error.person_text} if error else {}
    return render_template(template, patient=patient, owners=owners(viewer()), errors=errors)


def add(patient: Patient) -> None:
    """From the form's fields to the action. A referral has its own record, so it goes that way."""
    form_, by = request.form, viewer().actor
    kind = form_.get("type", "")
    if kind not in TaskType.__members__.values():
        raise Invalid("Choose what to follow up.", field="type")
    owner = access.user_for(viewer(), form_["owner_id"]) if form_.get("owner_id") else None
    owner_id, ask_first = owner.id if owner else None, form_.get("ask_first") == "yes"
    if kind == TaskType.REFERRAL_FOLLOW_UP:
        referrals.create(
            patient, reason=form_.get("reason", ""), by=by, at=now(), owner_id=owner_id,
            referred_by=form_.get("referred_by", "").strip() or None, ask_first=ask_first,
            received_at=received(), goal=form_.get("goal"), sensitivity=form_.get("sensitivity"),
        )  # fmt: skip
        return
    told = about()
    tasks.create(
        patient, TaskType(kind), by=by, at=now(), about=told, due_on=day_in("due_on"),
        owner_id=owner_id, ask_first=ask_first, received_at=received(),
        goal=form_.get("goal"), sensitivity=form_.get("sensitivity"),
        priority="urgent" if form_.get("urgent") == "yes" else "routine",
        appointment=planned(patient, TaskType(kind), told),
    )  # fmt: skip


def planned(patient: Patient, kind: TaskType, told: Mapping[str, str]) -> Appointment | None:
    """The appointment that is asked about, for the patient's own calendar."""
    if kind is not TaskType.APPOINTMENT_KEPT or "happens_at" not in told:
        return None
    day, place = datetime.fromisoformat(told["happens_at"]), told.get("appointment_place", "")
    return own_appointments.plan(patient, day, place, by=viewer().actor, at=now())


def received() -> datetime | None:
    """When it came in, if that is said: days count from there."""
    written = request.form.get("received_at", "").strip()
    return local_moment(written, "received_at") if written else None


def about() -> dict[str, str]:
    """What the task is about, as far as it was said."""
    said = {
        "medication_label": request.form.get("medication_label", "").strip()[:120],
        "appointment_place": request.form.get("appointment_place", "").strip()[:120],
        "hospital": request.form.get("hospital", "").strip()[:120],
    }
    if request.form.get("happens_at"):
        said["happens_at"] = local_moment(request.form["happens_at"], "happens_at").isoformat()
    said |= happened(request.form.get("type", ""))
    return {name: value for name, value in said.items() if value}


def happened(kind: str) -> dict[str, str]:
    """The day of a discharge or of a missed visit, which lies behind us."""
    field = {"hospital_discharge": "discharged_on", "no_show": "missed_on"}.get(kind)
    day = day_in(field) if field else None
    if field is None or day is None:
        if kind == "hospital_discharge":
            raise Invalid("Say on which day they came home.", field=field)
        return {}
    here = ZoneInfo(signed_in().practice.time_zone)
    if day > now().astimezone(here).date():
        raise Invalid("This day is still to come.", field=field)
    noon = datetime.combine(day, time(12), tzinfo=here)
    check_calendar(noon)
    return {"happens_at": noon.isoformat()}


def local_moment(written: str, field: str) -> datetime:
    """A date-and-time field, meant in the practice's zone."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid("Write the day and time like 2026-03-31 14:30.", field=field) from None
    here = ZoneInfo(signed_in().practice.time_zone)
    aware = moment.replace(tzinfo=here) if moment.tzinfo is None else moment
    check_calendar(aware)
    return aware
