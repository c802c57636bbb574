"""Lines for an admin: another one, its account or token when those were replaced, and off or on again."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import line_accounts, practices
from app.actions.line_accounts import Account
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.settings import current_settings
from app.models.practice import Line
from app.models.user import Role
from app.queries.practice_set_up import line_for
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("line_accounts", __name__, url_prefix="/settings/lines")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_admin() -> None:
    viewer().check_role(Role.ADMIN)


@bp.get("/new")
def form() -> str:
    return _sheet(None, {}, {})


@bp.post("")
def add() -> Response | tuple[str, int]:
    account = _account()
    try:
        _check_server(account)
        with transaction():
            practices.add_line(
                access.practice_of(viewer()), request.form.get("number", ""), by=viewer().actor,
                at=now(), account_sid=account.sid, auth_token=account.token,
                label=request.form.get("label", "").strip()[:60],
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _sheet(None, request.form, _told(error)), 422
    return done(
        "The line is there. Look at Doctor: the phone company has to call us.", then="/settings"
    )


@bp.get("/<uuid:line_id>/account")
def edit(line_id: UUID) -> str:
    line = line_for(viewer(), line_id)
    return _sheet(line, {"number": line.number, "account_sid": line.account_sid or ""}, {})


@bp.post("/<uuid:line_id>/account")
def update(line_id: UUID) -> Response | tuple[str, int]:
    account = _account()
    try:
        _check_server(account)
        with transaction():
            differs = line_accounts.replace(
                line_for(viewer(), line_id), request.form.get("number", ""), account,
                by=viewer().actor, at=now(),
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        return _sheet(line_for(viewer(), line_id), request.form, _told(error)), 422
    return done("Saved." if differs else "Nothing was different.", then="/settings")


@bp.delete("/<uuid:line_id>/active")
def switch_off(line_id: UUID) -> Response:
    return _switch(line_id, on=False)


@bp.post("/<uuid:line_id>/active")
def switch_on(line_id: UUID) -> Response:
    return _switch(line_id, on=True)


def _switch(line_id: UUID, *, on: bool) -> Response:
    with transaction():
        line_accounts.switch(line_for(viewer(), line_id), on=on, by=viewer().actor, at=now())
    back = Undo(request.path, "DELETE" if on else "POST")
    words = "Texts leave from it again." if on else "No text leaves from it any more."
    answer = done(words, then="/settings", undo=back)
    answer.headers["HX-Refresh"] = "true"
    return answer


def _account() -> Account:
    given = {name: request.form.get(name, "").strip() for name in ("account_sid", "auth_token")}
    return Account(given["account_sid"] or None, given["auth_token"] or None)


def _check_server(account: Account) -> None:
    """Raises Invalid where neither the line nor the server has an account."""
    settings = current_settings()
    if settings.carrier == "twilio" and not account.sid and not settings.twilio_account_sid:
        raise Invalid("Whose account is it? This server has none of its own.", field="account_sid")


def _told(error: Invalid | Conflict) -> dict[str, str]:
    return {(error.field if isinstance(error, Invalid) else "line") or "": error.person_text}


def _sheet(line: Line | None, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "settings/line_account.html", line=line, values=values, errors=errors,
        settings=current_settings(), is_used=line is not None and line_accounts.is_used(line),
    )  # fmt: skip
