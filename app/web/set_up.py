"""The first page of an empty installation. Whoever has the code from the server makes the practice and
becomes its first admin; from then on there is nothing here but the way to sign in."""

from collections.abc import Mapping

from flask import Blueprint, Flask, flash, redirect, render_template, request
from flask import session as cookie
from werkzeug.wrappers import Response

from app.actions import set_up
from app.actions.set_up import First
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.practice import Practice
from app.models.user import User
from app.queries.signed_in import Seat
from app.web import security, session
from app.web.moment import now
from app.web.sign_in import sit_down

bp = Blueprint("set_up", __name__, url_prefix="/set-up")
PER_ADDRESS, IN_ALL = "10/10 minute", "60/hour"
_KNOWS = "set_up"
WRONG = "That is not the code. Look on the server: `touchline setup-code` (or `flask --app wsgi setup-code`)."
#: Where most practices that use it are; any IANA name can be typed.
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_open() -> Response | None:
    return None if set_up.is_open() else redirect("/settings/set-up", 303)


@bp.get("")
def page() -> str:
    return form({"kind": "real"}, {}) if cookie.get(_KNOWS) else door()


def door(error: str | None = None) -> str:
    return render_template("set_up/door.html", error=error)


def form(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template("set_up/first.html", values=values, errors=errors, zones=ZONES)


@bp.post("/code")
def enter() -> Response | tuple[str, int]:
    security.check_rate(PER_ADDRESS, "set-up", security.remote_address())
    security.check_rate(IN_ALL, "set-up")
    if not set_up.is_code(request.form.get("code", "")[:60]):
        return door(WRONG), 422
    cookie[_KNOWS] = True
    return redirect("/set-up", 303)


@bp.post("")
def create() -> Response | tuple[str, int]:
    if not cookie.get(_KNOWS):
        return door(), 403
    try:
        first = read_first()
        with transaction():
            user: User = set_up.begin(first, at=now())
    except Conflict as error:
        flash(error.person_text, "danger")
        return redirect("/sign-in", 303)
    except Invalid as error:
        return form(request.form, {error.field or "": error.person_text}), 422
    session.finish()
    sit_down(Seat(user, db.session.get_one(Practice, user.practice_id)))
    return redirect("/settings/set-up/hours", 303)


def read_first() -> First:
    """Raises Invalid."""
    typed = request.form
    if not typed.get("admin", "").strip():
        raise Invalid("Your name is needed.", field="admin")
    if typed.get("password", "") != typed.get("again", ""):
        raise Invalid("The two passwords differ. Type the same one twice.", field="again")
    return First(
        name=typed.get("name", "")[:120], time_zone=typed.get("time_zone", "").strip()[:60],
        phone=typed.get("phone", "").strip()[:40] or None,
        is_invented=typed.get("kind") == "invented", admin=typed["admin"][:120],
        email=typed.get("email", "")[:254], password=typed.get("password", "")[:1024],
    )  # fmt: skip
