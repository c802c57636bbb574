"""What happens to an open task on its way, each a small resource: hold, work, assignment, due day, and
asking the patient again."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import task_start, tasks
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.task import Task
from app.web.answers import Undo, done
from app.web.display import on_day
from app.web.form_days import day_in, in_a_week
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("task_changes", __name__, url_prefix="/tasks/<uuid:task_id>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def here(task_id: UUID) -> str:
    return url_for("tasks.page", task_id=task_id)


def found(task_id: UUID) -> Task:
    return access.task_for(viewer(), task_id)


@bp.get("/hold/new")
def new_hold(task_id: UUID) -> str:
    task = found(task_id)
    access.seen(viewer(), [task.patient_id], through="task")
    return render_template("tasks/hold.html", task=task, until=in_a_week())


@bp.post("/hold")
def hold(task_id: UUID) -> Response:
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Invalid("Say why it waits, so that the next person knows.", field="reason")
    with transaction():
        until = day_in("until")
        tasks.hold(found(task_id), reason=reason[:300], by=viewer().actor, at=now(), until=until)
    undo = Undo(url_for("task_changes.resume", task_id=task_id))
    words = f"until {on_day(until)}" if until else "until you resume it"
    return done(f"On hold. Nothing is sent {words}.", then=here(task_id), undo=undo)


@bp.delete("/hold")
def resume(task_id: UUID) -> Response:
    with transaction():
        tasks.resume(found(task_id), by=viewer().actor, at=now())
    return done("Resumed.", then=here(task_id))


@bp.post("/work")
def begin(task_id: UUID) -> Response:
    with transaction():
        task_start.begin(found(task_id), by=viewer(), at=now())
    undo = Undo(url_for("task_changes.put_back", task_id=task_id))
    return done("In progress.", then=here(task_id), undo=undo)


@bp.delete("/work")
def put_back(task_id: UUID) -> Response:
    with transaction():
        task_start.put_back(found(task_id), by=viewer(), at=now())
    return done("Back to to do.", then=here(task_id))


@bp.route("/assignment", methods=["POST", "PUT"])
def assign(task_id: UUID) -> Response:
    wanted = request.form.get("owner_id", "")
    with transaction():
        owner = access.user_for(viewer(), wanted) if wanted else None
        tasks.assign(found(task_id), owner, by=viewer().actor, at=now())
    words = f"Now {owner.name} has it." if owner else "Nobody has it now."
    return done(words, then=here(task_id))


@bp.route("/due-day", methods=["POST", "PUT"])
def reschedule(task_id: UUID) -> Response:
    due_on = day_in("due_on")
    if due_on is None:
        raise Invalid("Choose the new day.", field="due_on")
    with transaction():
        tasks.reschedule(found(task_id), due_on, by=viewer().actor, at=now())
    return done(f"Now due {on_day(due_on)}.", then=here(task_id))


@bp.route("/labels", methods=["POST", "PUT"])
def label(task_id: UUID) -> Response:
    """Under Part 2 or not, and which goal it serves."""
    with transaction():
        changed = tasks.label(
            found(task_id), goal=request.form.get("goal"),
            sensitivity=request.form.get("sensitivity"), by=viewer().actor, at=now(),
        )  # fmt: skip
    return done("Saved." if changed else "Nothing changed.", then=here(task_id))


@bp.post("/asking")
def ask_again(task_id: UUID) -> Response:
    """Ask by text from the first step on; quiet hours and consent still decide when it leaves."""
    with transaction():
        tasks.restart(found(task_id), by=viewer().actor, at=now())
    return done("Asking again. See below when the text leaves.", then=here(task_id))
