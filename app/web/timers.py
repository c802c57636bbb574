"""The timer on every page: start it on a task, a thread or a call, stop it, throw it away. The page says when
somebody does something; without that it ends by itself."""

from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import timers
from app.actions.timers import Work
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.work_timer import TimerKind, WorkTimer
from app.queries.timers import TimerBar, timer_bar, timer_for
from app.web.answers import Undo, done, way_back
from app.web.display import minutes
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("timers", __name__)
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/timer")
def bar() -> str:
    return render_template("timers/_bar.html", bar=timer_bar(viewer(), now()))


@bp.get("/patients/<uuid:patient_id>/call-timer")
def of_call(patient_id: UUID) -> str:
    """The part of the call form that measures."""
    patient = access.patient_for(viewer(), patient_id, through="call")
    return render_template("timers/_call.html", patient=patient, bar=call_timer(patient_id))


def call_timer(patient_id: UUID) -> TimerBar | None:
    """The person's timer, if it is one of a call with this patient."""
    found = timer_bar(viewer(), now())
    fits = found and found.is_call and found.timer.patient_id == patient_id
    return found if fits else None


@bp.post("/timers")
def create() -> Response:
    with transaction():
        before = timers.running_of(viewer())
        timer = timers.start(read_work(), by=viewer(), at=now())
    words = f"Timer runs: {timer.patient.name}."
    if before is not None:
        words += f" {ended(before)}"
    return done(words, then=way_back("/"))


def read_work() -> Work:
    """What the form says somebody works on; NotFound for what is not theirs."""
    form = request.form
    if form.get("task_id"):
        return Work.on_task(access.task_for(viewer(), form["task_id"]))
    if form.get("conversation_id"):
        thread = access.conversation_for(viewer(), form["conversation_id"], through="timer")
        return Work.on_thread(thread)
    if form.get("patient_id"):
        return Work.on_call(access.patient_for(viewer(), form["patient_id"], through="timer"))
    raise Invalid("Choose a task, a thread or a patient to time.")


@bp.post("/timers/<uuid:timer_id>/stop")
def stop(timer_id: UUID) -> Response:
    with transaction():
        timer = timer_for(viewer(), timer_id)
        timers.stop(timer, by=viewer().actor, at=now())
    undo = Undo(f"/timers/{timer.id}") if timer.touchpoint_id else None
    return done(ended(timer), then=way_back("/"), undo=undo)


def ended(timer: WorkTimer) -> str:
    """What became of a timer that ended, in one sentence."""
    length = minutes(timers.spent(timer))
    if timer.touchpoint_id is not None:
        return f"{length} for {timer.patient.name} are in the ledger."
    if timer.dropped_at is not None:
        return "Nothing was measured."
    if timer.kind is TimerKind.CALL:
        return f"{length} measured: write the call down."
    return f"{length} measured, more than one entry may have: enter them in parts."


@bp.post("/timers/<uuid:timer_id>/activity")
def activity(timer_id: UUID) -> Response:
    """Somebody is there; 204 with a fresh bar asked for when the timer had ended meanwhile."""
    with transaction():
        timer = timer_for(viewer(), timer_id)
        runs = timers.note_activity(timer, by=viewer(), at=now())
    return Response(status=204, headers={} if runs else {"HX-Trigger": "refresh"})


@bp.post("/timers/<uuid:timer_id>/reading")
def read(timer_id: UUID) -> Response:
    """The person has read that it ended by itself."""
    with transaction():
        timer_for(viewer(), timer_id).said_at = now()
    return done("All right.", then=way_back("/"))


@bp.delete("/timers/<uuid:timer_id>")
def delete(timer_id: UUID) -> Response:
    with transaction():
        timers.take_back(timer_for(viewer(), timer_id), by=viewer(), at=now())
    return done("The minutes are taken back.", then=way_back("/"))
