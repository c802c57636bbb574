"""Settings: whom this practice's care is for, which referrals are checked against."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import fit
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.user import Role
from app.queries.fit import criteria, criterion_for
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("fit_settings", __name__, url_prefix="/settings/fit")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def page() -> str:
    viewer().check_staff()
    return drawn()


def drawn(error: Invalid | None = None) -> str:
    return render_template(
        "settings/fit.html", criteria=criteria(viewer()), error=error, form=request.form
    )


@bp.post("")
def create() -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    try:
        with transaction():
            text = request.form.get("text", "")
            fit.add(viewer().practice_id, text, by=viewer().actor, at=now())
    except Invalid as error:
        return drawn(error), 422
    return done("Added.", then=url_for("fit_settings.page"))


@bp.post("/<uuid:criterion_id>/force")
def put_in_force(criterion_id: UUID) -> Response:
    switch(criterion_id, is_active=True)
    undo = Undo(url_for("fit_settings.put_out_of_force", criterion_id=criterion_id))
    return done("In force.", then=url_for("fit_settings.page"), undo=undo)


@bp.delete("/<uuid:criterion_id>/force")
def put_out_of_force(criterion_id: UUID) -> Response:
    switch(criterion_id, is_active=False)
    undo = Undo(url_for("fit_settings.put_in_force", criterion_id=criterion_id), "POST")
    return done("Not asked any more.", then=url_for("fit_settings.page"), undo=undo)


def switch(criterion_id: UUID, *, is_active: bool) -> None:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        criterion = criterion_for(viewer(), criterion_id)
        fit.switch(criterion, is_active=is_active, by=viewer().actor, at=now())
