"""A protocol's own pages in the settings: everyone reads it and its versions, leads and admins change it and
go back. A save makes a new version; running tasks keep theirs."""

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import protocol_approvals, protocol_changes, protocols
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from app.models.task import TaskType
from app.models.user import Role
from app.queries import protocol_versions as reads
from app.web import protocol_form
from app.web.answers import done
from app.web.moment import now
from app.web.protocol_form import Filled, Refused
from app.web.protocol_words import ACTIONS, NEXT, tell
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("protocol_settings", __name__, url_prefix="/settings/protocols/<kind>")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def kind_named(kind: str) -> TaskType:
    if kind not in TaskType.__members__.values():
        raise NotFound
    return TaskType(kind)


def in_force(kind: TaskType) -> Protocol:
    with transaction():
        return protocols.current(viewer().practice_id, kind, at=now())


@bp.get("/versions")
def versions(kind: str) -> str:
    of_kind = kind_named(kind)
    in_force(of_kind)
    found = reads.versions(viewer(), of_kind)
    told = [tell(protocols.read(row)) for row, _ in found]
    return render_template(
        "protocols/versions.html", kind=of_kind, found=found, told=told,
        approvable=protocol_approvals.approvable([row for row, _ in found], viewer()),
        changes=[reads.changed(now_, was) for now_, was in zip(told, [*told[1:], None], strict=True)],
    )  # fmt: skip


@bp.get("/versions/<int:version>")
def version(kind: str, version: int) -> str:
    of_kind = kind_named(kind)
    row = protocol_changes.version_of(viewer().practice_id, of_kind, version)
    return render_template(
        "protocols/version.html", kind=of_kind, row=row, told=tell(protocols.read(row)),
        names=reads.names(viewer()),
    )  # fmt: skip


@bp.post("/versions/<int:version>/restoration")
def restore(kind: str, version: int) -> Response:
    """Back to what an earlier version said, as a new one."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    of_kind, why = kind_named(kind), request.form.get("why", "")
    with transaction():
        made = protocol_changes.go_back(
            viewer().practice_id, of_kind, version, why=why, by=viewer(), at=now()
        )
    words = f"Version {made.version} says what version {version} said. New tasks begin with it."
    return done(words, then=url_for("protocol_settings.versions", kind=kind))


@bp.get("/edit")
def edit(kind: str) -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    row = in_force(kind_named(kind))
    definition = protocols.read(row)
    return sheet(row.version, definition, protocol_form.of_definition(definition))


@bp.post("/edit")
def update(kind: str) -> Response | tuple[str, int] | str:
    """Save, or move the steps of the form about: a step's button says what."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    definition = protocols.read(in_force(kind_named(kind)))
    filled = protocol_form.of_form(request.form, definition)
    based_on = request.form.get("version", 0, int)
    what = request.form.get("do", "save")
    if what != "save":
        return sheet(based_on, definition, filled, focus=protocol_form.rearrange(filled, what))
    try:
        changed = protocol_form.definition_of(filled, definition)
        with transaction():
            made = protocol_changes.save(
                viewer().practice_id, changed, based_on=based_on, by=viewer(), at=now(),
                why=filled.values["why"],
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        if not isinstance(error, Refused):
            filled.errors[getattr(error, "field", None) or ""] = error.person_text
        return sheet(based_on, definition, filled), error.status
    words = f"Version {made.version} is saved. New tasks begin with it; running ones keep theirs."
    return done(words, then=url_for("settings.protocol_pages"))


def sheet(version: int, definition: Definition, filled: Filled, *, focus: str = "") -> str:
    outcomes = [("", "No outcome"), *((each.key, each.title) for each in definition.outcomes)]
    return render_template(
        "protocols/form.html", version=version, definition=definition, filled=filled, focus=focus,
        kind=definition.task_type, actions=list(ACTIONS.items()), nexts=list(NEXT.items()),
        wordings=protocol_form.wordings_for(definition.task_type), grades=protocol_form.GRADES,
        most=protocol_form.MOST_STEPS, outcomes=outcomes, step_choices=protocol_form.step_choices(filled),
    )  # fmt: skip
