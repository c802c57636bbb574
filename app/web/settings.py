"""Settings of the practice: what it is, its lines, and its protocols in plain sentences.
Everyone may read them; leads and admins change what the practice says about itself."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import carrier_queue, line_pace, on_call, practice_changes, protocols
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.practice import Practice
from app.models.shipped.loader import shipped_protocols
from app.models.user import Role
from app.queries import practice_set_up as reads
from app.queries.board_choices import owners
from app.web.answers import done
from app.web.moment import now, today
from app.web.practice_form import of_practice, read_changes
from app.web.protocol_words import tell
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import word

RESTORED = (
    "This database was restored from a backup. Whoever runs the server first compares it with the "
    "phone company."
)
bp = staff_blueprint("settings", __name__, url_prefix="/settings")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def page() -> str:
    return render_template(
        "settings/practice.html",
        lines=reads.lines(viewer()),
        there=carrier_queue.read(viewer().practice_id, at=now()),
        at=now(),
        today=today(signed_in().practice.time_zone).isoformat(),
        on_call=reads.on_call(viewer()),
        is_admin=viewer().role is Role.ADMIN,
    )


@bp.get("/practice")
def edit() -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    person = reads.on_call(viewer())
    values = dict(of_practice(signed_in().practice)) | {"on_call": str(person.id) if person else ""}
    return practice_sheet(values, {})


def practice_sheet(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    people = [
        (user.id, f"{user.name}, {word(user.role, 'role').lower()}") for user in owners(viewer())
    ]
    return render_template(
        "settings/practice_form.html", values=values, errors=errors,
        choices=[("", "Nobody: they stand first in everybody's inbox"), *people],
    )  # fmt: skip


@bp.post("/practice")
def update() -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    try:
        changes = read_changes()
        with transaction():
            practice = access.practice_of(viewer())
            practice_changes.update(practice, by=viewer().actor, at=now(), **changes)
            if "on_call" in request.form:
                name_on_call(practice, request.form["on_call"])
    except Invalid as error:
        errors = {error.field or "": error.person_text}
        return practice_sheet(request.form, errors), 422
    return done("Saved.", then="/settings")


def name_on_call(practice: Practice, wanted: str) -> None:
    person = access.user_for(viewer(), wanted) if wanted else None
    on_call.name(practice, person, by=viewer().actor, at=now())


@bp.post("/sending")
def resume() -> Response:
    """Texts leave again."""
    return switch(on=True)


@bp.delete("/sending")
def pause() -> Response:
    """Every text waits until sending is resumed."""
    return switch(on=False)


def switch(*, on: bool) -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        practice = access.practice_of(viewer())
        if on and practice.restored_from is not None:
            raise Conflict(RESTORED)
        practice_changes.update(practice, by=viewer().actor, at=now(), is_sending=on)
    words = "Texts leave again." if on else "Sending is paused. Texts wait."
    answer = done(words, then="/settings")
    answer.headers["HX-Refresh"] = "true"
    return answer


@bp.delete("/lines/<uuid:line_id>/stop")
def resume_line(line_id: UUID) -> Response:
    """Try a line again at once that its carrier had us stop."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        was_stopped = line_pace.resume(
            reads.line_for(viewer(), line_id), by=viewer().actor, at=now()
        )
    answer = done(
        "It is tried again now." if was_stopped else "It was not stopped.", then="/settings"
    )
    answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/protocols")
def protocol_pages() -> str:
    rows = {row.task_type.value: row for row in reads.protocols(viewer())}
    told = [
        (
            kind,
            rows.get(kind),
            tell(protocols.read(rows[kind]) if kind in rows else shipped),
        )
        for kind, shipped in shipped_protocols().items()
    ]
    return render_template("settings/protocols.html", told=told)
