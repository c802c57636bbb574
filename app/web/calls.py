"""Logging a call with a patient: one form for every task it served, with a timer. POST writes it; DELETE
takes it back by a reversing row."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import call_language, call_undo, calls, protocols, timers
from app.actions.calls import Call
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id, parse_id
from app.models.contact_preference import Preferences
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient
from app.models.task import Task
from app.models.touchpoint import MinutesSource
from app.models.work_timer import WorkTimer
from app.queries.call_sheet import call_sheet
from app.queries.incoming_calls import call_for
from app.queries.timers import timer_for
from app.web.answers import Undo, done
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.timers import call_timer
from app.web.words import word

bp = staff_blueprint("calls", __name__)
bp.before_request(lambda: viewer().check_staff())
LONGEST_MINUTES = 240


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/patients/<uuid:patient_id>/calls/new")
def new(patient_id: UUID) -> str:
    sheet = call_sheet(viewer(), patient_id, at=now())
    template = "calls/_form.html" if is_fragment() else "calls/new.html"
    answers = {task.id: answers_to(task) for task in sheet.tasks}
    wishes = Preferences.of(sheet.patient.preferences)
    return render_template(
        template, sheet=sheet, answers=answers, outcomes=calls.OUTCOMES,
        parties=[(key, word(key, "party")) for key in calls.PARTIES],
        call_id=new_id(), chosen=request.args.get("task"), wishes=wishes, bar=call_timer(patient_id),
        patient=sheet.patient,
        asks_interpreter=wishes.interpreter or sheet.patient.language != call_language.COMMON,
    )  # fmt: skip


@bp.post("/patients/<uuid:patient_id>/calls")
def create(patient_id: UUID) -> Response:
    call = read_call()
    with transaction():
        patient = access.patient_for(viewer(), patient_id, through="call")
        for task_id in call["task_ids"]:
            access.task_for(viewer(), task_id)
        call["incoming"] = came_in(patient)
        timer = measured(call, patient)
        row = calls.log_call(patient, by=viewer(), at=now(), **call)
        if timer is not None and row is not None:
            timer.touchpoint_id = row.id
    undo = Undo(url_for("calls.delete", call_id=row.id)) if row else None
    return done(f"Call with {patient.name} logged.", then="/", undo=undo)


@bp.delete("/calls/<uuid:call_id>")
def delete(call_id: UUID) -> Response:
    with transaction():
        call_undo.take_back(access.touchpoint_for(viewer(), call_id), by=viewer(), at=now())
    return done("The call is taken back; its tasks are open again.", then="/")


def answers_to(task: Task) -> list[tuple[str, str]]:
    """What may be said about a task: yes, no, not yet, and what may be in the way."""
    definition = protocols.definition_of(task)
    options = (*definition.question.options, *definition.barrier.options)
    return [(option.key, option.label["en"]) for option in options]


def read_call() -> Call:
    """The form as the action wants it; raises Invalid for what cannot be read."""
    form = request.form
    started_at, seconds, source = read_time()
    results = {
        UUID(name.removeprefix("result-")): value
        for name, value in form.items()
        if name.startswith("result-") and value and parse_id(name.removeprefix("result-"))
    }
    ids = [found for text in form.getlist("task_ids") if (found := parse_id(text))]
    return Call(
        task_ids=list({*ids, *results}), outcome=form.get("outcome", ""), results=results,
        started_at=started_at, seconds=seconds, minutes_source=source, note=note(),
        contact_party=form.get("contact_party", "patient"), call_id=parse_id(form.get("call_id", "")),
        interpreter=form.get("interpreter", ""),
        direction="inbound" if form.get("came_in") else "outbound",
    )  # fmt: skip


def came_in(patient: Patient) -> IncomingCall | None:
    """The call on a line that is written down here, if they called on one."""
    call_id = parse_id(request.form.get("came_in", ""))
    if call_id is None:
        return None
    call = call_for(viewer(), call_id)
    if call.patient_id != patient.id:
        raise NotFound
    return call


def note() -> str:
    """The note, with the reason for typed-in minutes, which the ledger keeps beside them."""
    reason = request.form.get("minutes_reason", "").strip()[:200]
    words = request.form.get("note", "").strip()[:4000]
    return f"{words}\n(Minutes typed in: {reason})".strip() if reason else words


def measured(call: Call, patient: Patient) -> WorkTimer | None:
    """Put the seconds of the person's timer into the call; typed minutes stand instead of them."""
    timer_id = parse_id(request.form.get("timer_id", ""))
    if timer_id is None:
        return None
    timer = timer_for(viewer(), timer_id)
    if timer.patient_id != patient.id:
        raise NotFound
    if call["minutes_source"] is MinutesSource.MANUAL:
        timers.take_back(timer, by=viewer(), at=now())
        return None
    seconds = timers.take_into_call(timer, call.get("call_id"), by=viewer(), at=now())
    call["started_at"], call["seconds"] = timer.started_at, seconds
    call["minutes_source"] = MinutesSource.TIMER
    return timer


def read_time() -> tuple[datetime, int, MinutesSource]:
    """When it began, the seconds to credit, and where they come from; a timer's are put in later."""
    if not request.form.get("minutes", "").strip():
        return now(), 0, MinutesSource.NONE
    length = typed_minutes() * 60
    return now() - timedelta(seconds=length), length, MinutesSource.MANUAL


def typed_minutes() -> int:
    minutes = request.form.get("minutes", "").strip()
    if not minutes.isdecimal() or not 0 < int(minutes) <= LONGEST_MINUTES:
        raise Invalid("Minutes are a whole number from 1 to 240.", field="minutes")
    if not request.form.get("minutes_reason", "").strip():
        raise Invalid("Say why the minutes are typed in.", field="minutes_reason")
    return int(minutes)
