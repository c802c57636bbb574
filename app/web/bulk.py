"""Several tasks of the board at once: who gets them, shown with the count before anything is done, and the
way back."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import bulk
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.user import User
from app.queries.board_choices import owners
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("bulk", __name__, url_prefix="/board/assignments")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/new")
def new() -> str:
    """What would happen, as far as an owner is chosen."""
    try:
        tasks = bulk.chosen(viewer(), task_ids(request.args.getlist("task")))
    except Invalid as error:
        return render_template("board/assign.html", tasks=[], plan=None, error=error.person_text)
    access.seen(viewer(), {task.patient_id for task in tasks}, through="board")
    owner_id = request.args.get("owner_id")
    plan = bulk.plan(viewer(), tasks, owner_of(owner_id)) if owner_id is not None else None
    return render_template(
        "board/assign.html", tasks=tasks, plan=plan, owner_id=owner_id, error=None,
        owners=owners(viewer()),
    )  # fmt: skip


@bp.post("")
def create() -> Response:
    form = request.form
    if "owner_id" not in form:
        raise Invalid("Choose who gets them.", field="owner_id")
    with transaction():
        owner = owner_of(form["owner_id"])
        tasks = bulk.chosen(viewer(), task_ids(form.getlist("task")))
        plan, event_id = bulk.assign(tasks, owner, by=viewer(), at=now())
    count = len(plan.gets)
    words = (
        f"{count} {'task' if count == 1 else 'tasks'} given to {owner.name if owner else 'nobody'}."
    )
    if plan.unseen:
        words += f" {len(plan.unseen)} left: not their patients to see."
    undo = Undo(url_for("bulk.take_back", event_id=event_id))
    return done(words, then=url_for("board.page"), undo=undo)


@bp.delete("/<uuid:event_id>")
def take_back(event_id: UUID) -> Response:
    with transaction():
        back = bulk.take_back(event_id, by=viewer(), at=now())
    return done(
        f"{back} {'is' if back == 1 else 'are'} back where they were.", then=url_for("board.page")
    )


def owner_of(wanted: str | None) -> User | None:
    return access.user_for(viewer(), wanted) if wanted else None


def task_ids(written: list[str]) -> list[UUID]:
    return [found for each in written if (found := parse_id(each))]
