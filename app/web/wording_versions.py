"""Deciding about a version of a wording: let it be used, send it back, take it back, use it again; and adding
a wording of the practice's own."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import own_wording, wording_in_force, wording_versions
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.user import Role
from app.models.wording_version import WordingVersion
from app.queries import wordings as reads
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.wording import typed

bp = staff_blueprint("wording_versions", __name__, url_prefix="/settings/wording")
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def page_of(row: WordingVersion) -> str:
    return url_for("wording.page", key=row.key, _anchor=f"side-{row.language}")


@bp.post("/versions/<uuid:version_id>/approval")
def approve(version_id: UUID) -> Response:
    with transaction():
        row = reads.version_for(viewer(), version_id)
        known = reads.known_wording(viewer(), row.key)
        wording_in_force.approve(access.practice_of(viewer()), known, row, by=viewer(), at=now())
    said = "Approved. New texts use these words; texts that wait keep theirs."
    return done(said, then=page_of(row))


@bp.post("/versions/<uuid:version_id>/return")
def send_back(version_id: UUID) -> Response:
    with transaction():
        row = reads.version_for(viewer(), version_id)
        reason = request.form.get("reason", "")
        wording_versions.send_back(row, reason, by=viewer(), at=now())
    return done("Sent back with your reason.", then=page_of(row))


@bp.delete("/versions/<uuid:version_id>/draft")
def discard(version_id: UUID) -> Response:
    with transaction():
        row = reads.version_for(viewer(), version_id)
        wording_versions.discard(row, by=viewer(), at=now())
    answer = done("The draft is taken back.", then=page_of(row))
    answer.headers["HX-Refresh"] = "true"
    return answer


@bp.post("/versions/<uuid:version_id>/use")
def use_again(version_id: UUID) -> Response:
    with transaction():
        row = reads.version_for(viewer(), version_id)
        known = reads.known_wording(viewer(), row.key)
        practice = access.practice_of(viewer())
        wording_in_force.use_again(practice, known, row, by=viewer(), at=now())
    return done(f"Version {row.number} is in force again.", then=page_of(row))


@bp.get("/new")
def new() -> str:
    return render_template("settings/wording_new.html", values={"use": "reply"}, error=None)


@bp.post("/new")
def create() -> Response | tuple[str, int]:
    try:
        with transaction():
            row = own_wording.create(
                access.practice_of(viewer()), title=request.form.get("title", ""),
                is_reply=request.form.get("use") != "list", body=typed(), by=viewer(), at=now(),
            )  # fmt: skip
    except Invalid as error:
        page = render_template("settings/wording_new.html", values=request.form, error=error)
        return page, 422
    return done("Saved. It is offered once somebody has approved it.", then=page_of(row))
