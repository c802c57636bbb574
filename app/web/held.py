"""Held messages: what was odd, what the carrier said when asked, and asking it again. Nothing here releases
one: only the carrier's own record does."""

from uuid import UUID

from flask import Flask, render_template, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import held
from app.core.db import transaction
from app.models.user import Role
from app.queries.held import held_list
from app.web.answers import done
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("held", __name__, url_prefix="/messages")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/held")
def index() -> str:
    page = "messages/_held.html" if is_fragment() else "messages/held.html"
    return render_template(page, found=held_list(viewer(), at=now()))


@bp.post("/<uuid:message_id>/question")
def ask_again(message_id: UUID) -> Response:
    """The worker asks the carrier at its next look, within half a minute."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        held.ask_again(access.message_for(viewer(), message_id), by=viewer().actor, at=now())
    words = "The phone company is asked within half a minute. Its answer appears here."
    return done(words, then=url_for("held.index"))
