"""Time and notes of one patient: the months' minutes on their page, work entered by hand, and a note for the
chart to copy or print."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import time_entries
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import new_id, parse_id
from app.models.programs import PROGRAMS
from app.queries.chart_note import chart_note
from app.queries.patient_minutes import patient_minutes
from app.queries.touchpoint_filter import LogFilter
from app.web.answers import done
from app.web.moment import moment_in, now, today
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint("patient_time", __name__, url_prefix="/patients/<uuid:patient_id>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(chart_time)


def chart_time(moment: datetime, zone: str) -> str:
    """A moment that means the same whenever it is read: 2026-03-03 09:00 PST."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


@bp.get("/minutes")
def minutes(patient_id: UUID) -> str:
    """A part of the patient's page."""
    day = today(signed_in().practice.time_zone)
    found = patient_minutes(viewer(), patient_id, day=day)
    return render_template("patients/_minutes.html", found=found)


@bp.get("/time/new")
def new(patient_id: UUID) -> str:
    return form_of(patient_id)


def form_of(patient_id: UUID, error: Invalid | None = None) -> str:
    practice = signed_in().practice
    errors = {error.field or "": error.person_text} if error else {}
    started = now().astimezone(ZoneInfo(practice.time_zone))
    fresh = {"day": f"{started:%Y-%m-%d}", "time": f"{started:%H:%M}", "entry_id": str(new_id())}
    return render_template(
        "patients/time.html", patient=access.patient_for(viewer(), patient_id, through="time"),
        practice=practice, v=request.form if error else fresh, e=errors,
        programs=[("", "Those they are in"), *PROGRAMS.items(), (time_entries.NO_PROGRAM, "None")],
        activities=[(each, word(each, "activity")) for each in time_entries.ACTIVITIES],
    )  # fmt: skip


@bp.post("/time")
def create(patient_id: UUID) -> Response | tuple[str, int]:
    try:
        entry = read_entry()
        with transaction():
            patient = access.patient_for(viewer(), patient_id, through="time")
            time_entries.add(patient, by=viewer(), at=now(), **entry)
    except Invalid as error:
        return form_of(patient_id, error), 422
    return done("The time is in the ledger.", then=f"/patients/{patient_id}")


def read_entry() -> time_entries.Entry:
    """The form as the action wants it; the time is the practice's."""
    form = request.form
    length = form.get("minutes", "").strip()
    if not (length.isascii() and length.isdecimal()):
        raise Invalid("Minutes are a whole number from 1 on.", field="minutes")
    try:
        wall = datetime.fromisoformat(f"{form.get('day', '')}T{form.get('time', '')}")
    except ValueError:
        raise Invalid("Say on which day and when it began.", field="day") from None
    return time_entries.Entry(
        started_at=moment_in(signed_in().practice.time_zone, wall),
        seconds=int(length[:6]) * 60, activity=form.get("activity", ""),
        reason=form.get("reason", ""), late_reason=form.get("late_reason", ""),
        program=form.get("program", ""),
        note=form.get("note", "")[:4000], entry_id=parse_id(form.get("entry_id", "")),
    )  # fmt: skip


@bp.get("/chart-note")
def note(patient_id: UUID) -> str:
    zone = signed_in().practice.time_zone
    wanted = LogFilter.read(request.args, today=today(zone), zone=zone)
    found = chart_note(viewer(), patient_id, wanted)
    return render_template("patients/chart_note.html", note=found, wanted=wanted, zone=zone)
