"""API tokens: issued once, shown once, revoked at any time. Admins only."""

from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import tokens
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.models.user import Role
from app.queries import practice_set_up as reads
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("tokens", __name__, url_prefix="/settings/tokens")
bp.before_request(lambda: viewer().check_role(Role.ADMIN))


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    return listed()


def listed(*, text: str | None = None, error: Invalid | None = None) -> str:
    """`text` is a token just made; this is the only time it is seen."""
    return render_template(
        "settings/tokens.html", tokens=reads.tokens(viewer()), scopes=tokens.SCOPES, text=text,
        error=error, chosen=request.form.getlist("scope"),
    )  # fmt: skip


@bp.post("")
def create() -> tuple[str, int]:
    name, scopes = request.form.get("name", "")[:80], request.form.getlist("scope")
    try:
        with transaction():
            _token, text = tokens.create(
                access.practice_of(viewer()), name, scopes, by=viewer().actor, at=now()
            )
    except Invalid as error:
        return listed(error=error), 422
    return listed(text=text), 201


@bp.post("/<uuid:token_id>/revocation")
def revoke(token_id: UUID) -> Response:
    with transaction():
        found = reads.token(viewer(), token_id)
        if found is None:
            raise NotFound
        tokens.revoke(found, by=viewer().actor, at=now())
    answer = done("Revoked: it works no more.", then="/settings/tokens")
    answer.headers["HX-Refresh"] = "true"
    return answer
