"""Correcting a row of the ledger on its page: what is right, and why. Whoever did the work may while its
month is open, a lead always."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import call_undo, corrections, time_entries
from app.actions.calls import OUTCOMES
from app.actions.corrections import Right
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.patient import Patient
from app.models.touchpoint import Touchpoint
from app.web.answers import done
from app.web.calls import answers_to
from app.web.moment import moment_in, now
from app.web.reports import page_of
from app.web.session import staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint(
    "corrections", __name__, url_prefix="/reports/touchpoints/<uuid:touchpoint_id>/correction"
)
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def new(touchpoint_id: UUID) -> str:
    row = access.touchpoint_for(viewer(), touchpoint_id)
    corrections.check_may(row, viewer(), worked_at=row.started_at, at=now())
    return form_of(row, Shown.of(row, patient_of(row)).__dict__)


@bp.post("")
def create(touchpoint_id: UUID) -> Response | tuple[str, int]:
    reason = request.form.get("reason", "")[:200]
    try:
        with transaction():
            row = access.touchpoint_for(viewer(), touchpoint_id)
            if request.form.get("nothing"):
                corrections.take_back(row, reason=reason, by=viewer(), at=now())
                return done("The entry is taken back.", then=page_of(row.id))
            written = corrections.correct(row, read(row), reason=reason, by=viewer(), at=now())
    except Invalid as error:
        row = access.touchpoint_for(viewer(), touchpoint_id)
        return form_of(row, request.form, error), 422
    return done("Corrected. The right entry waits to be vouched for.", then=page_of(written.id))


@dataclass
class Shown:
    """The row as the form shows it: to the minute, where the practice is."""

    day: str
    time: str
    minutes: str
    activity: str
    outcome: str | None
    mrn: str

    @classmethod
    def of(cls, row: Touchpoint, patient: Patient) -> "Shown":
        local = row.started_at.astimezone(ZoneInfo(row.time_zone))
        return cls(f"{local:%Y-%m-%d}", f"{local:%H:%M}", str(row.seconds // 60),
                   row.activity_type, row.contact_outcome, patient.mrn)  # fmt: skip


def form_of(row: Touchpoint, values: object, error: Invalid | None = None) -> str:
    served = call_undo.served(row) if corrections.is_call(row) else []
    return render_template(
        "reports/correction.html", t=row, v=values, e={error.field or "": error.person_text} if error else {},
        patient=patient_of(row), is_call=corrections.is_call(row), may_move=corrections.may_move(row),
        served=[(task, answers_to(task)) for task in served], said=corrections.said_in(row),
        activities=[(each, word(each, "activity")) for each in time_entries.ACTIVITIES],
        outcomes=[(each, word(each, "call")) for each in OUTCOMES],
    )  # fmt: skip


def patient_of(row: Touchpoint) -> Patient:
    """As the row names them: a record merged since stays the row's own."""
    return db.session.scalars(
        access.visible_patients(viewer()).where(Patient.id == row.patient_id)
    ).one()


def read(row: Touchpoint) -> Right:
    """The form as the action wants it. What it shows to the minute stays exact where it is unchanged."""
    form, patient = request.form, patient_of(row)
    was = Shown.of(row, patient)
    is_call = corrections.is_call(row)
    return Right(
        patient=_patient(form.get("mrn", was.mrn).strip(), patient),
        started_at=_moment(row, was),
        seconds=row.seconds if form.get("minutes", "").strip() == was.minutes else _minutes() * 60,
        activity=form.get("activity", row.activity_type),
        outcome=form.get("outcome") if is_call else row.contact_outcome,
        said=_said() if is_call else {},
    )


def _patient(mrn: str, patient: Patient) -> Patient:
    if mrn in (patient.mrn, ""):
        return patient
    found = db.session.scalars(
        access.visible_patients(viewer()).where(
            Patient.mrn == mrn, Patient.merged_into_id.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise Invalid("Nobody you see has this record number.", field="mrn")
    return found


def _moment(row: Touchpoint, was: Shown) -> datetime:
    day, time = request.form.get("day", ""), request.form.get("time", "")
    if (day, time) == (was.day, was.time):
        return row.started_at
    try:
        wall = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        raise Invalid("Say on which day and when it began.", field="day") from None
    return moment_in(row.time_zone, wall)


def _minutes() -> int:
    length = request.form.get("minutes", "").strip()
    if not (length.isascii() and length.isdecimal()):
        raise Invalid("Minutes are a whole number.", field="minutes")
    return int(length[:6])


def _said() -> dict[UUID, str]:
    found = {
        parse_id(name.removeprefix("result-")): key
        for name, key in request.form.items()
        if name.startswith("result-") and key
    }
    return {task_id: key for task_id, key in found.items() if task_id is not None}
