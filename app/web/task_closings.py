"""Closing a task: its completion (outcome and evidence) and its cancellation. Each is a small resource:
POST makes it, DELETE takes it back."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import referral_onward, referrals, tasks
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.task import Evidence
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint("task_closings", __name__, url_prefix="/tasks/<uuid:task_id>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/completion/new")
def new_completion(task_id: UUID) -> str:
    task = access.task_for(viewer(), task_id)
    access.seen(viewer(), [task.patient_id], through="task")
    return render_template("tasks/completion.html", task=task, outcomes=tasks.outcomes_of(task))


@bp.post("/completion")
def complete(task_id: UUID) -> Response:
    form, evidence = request.form, request.form.get("evidence") or None
    if evidence is not None and evidence not in Evidence.__members__.values():
        raise Invalid("Choose who confirmed it.", field="evidence")
    with transaction():
        task = access.task_for(viewer(), task_id)
        tasks.complete(
            task, outcome=form.get("outcome", ""), by=viewer().actor, at=now(),
            evidence=Evidence(evidence) if evidence else None, note=form.get("note"),
            reason=form.get("reason", "")[:300],
        )  # fmt: skip
    words = f"Done: {word(task.type, 'type')}, {word(task.outcome, 'outcome').lower()}."
    undo = Undo(url_for("task_closings.take_back", task_id=task_id))
    return done(words, then=url_for("tasks.page", task_id=task_id), undo=undo)


@bp.delete("/completion")
def take_back(task_id: UUID) -> Response:
    with transaction():
        task = access.task_for(viewer(), task_id)
        tasks.take_back(task, by=viewer().actor, at=now())
        referral = referrals.find_of(task)
        if referral is not None:
            referral_onward.advance(referral, at=now())
    return done("Taken back: it is open again.", then=url_for("tasks.page", task_id=task_id))


@bp.post("/cancellation")
def cancel(task_id: UUID) -> Response:
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Invalid("Say why it is cancelled.", field="reason")
    with transaction():
        task = access.task_for(viewer(), task_id)
        tasks.cancel(task, reason=reason[:300], by=viewer().actor, at=now())
    undo = Undo(url_for("task_closings.take_back_cancellation", task_id=task_id))
    return done("Cancelled.", then=url_for("tasks.page", task_id=task_id), undo=undo)


@bp.delete("/cancellation")
def take_back_cancellation(task_id: UUID) -> Response:
    return take_back(task_id)
