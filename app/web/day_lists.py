"""Settings: the standing link of an organization's day list, shown once when it is made."""

from uuid import UUID

from flask import Flask, render_template, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import day_lists
from app.core.db import transaction
from app.models.user import Role
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint(
    "day_lists",
    __name__,
    url_prefix="/settings/referrals/organizations/<uuid:organization_id>/day-list",
)
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("")
def create(organization_id: UUID) -> str:
    """A fresh link; the one of before ends."""
    with transaction():
        one = access.organization_for(viewer(), organization_id)
        address = day_lists.make_link(one, by=viewer().actor, at=now())
    return render_template("settings/day_list.html", one=one, address=address)


@bp.delete("")
def delete(organization_id: UUID) -> Response:
    with transaction():
        one = access.organization_for(viewer(), organization_id)
        day_lists.end_links(one, by=viewer().actor, at=now())
    then = url_for("organizations.edit", organization_id=organization_id)
    return done("It opens nothing any more.", then=then)
