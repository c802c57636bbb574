"""Signing in and out, and moving between the practices of one sign-in."""

from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.actions import set_up, sign_ins
from app.core.db import db, enter_practice, transaction
from app.core.errors import NotFound
from app.models.staff_session import StaffSession
from app.models.user import SignIn, User
from app.queries.signed_in import Seat, seats_of
from app.web import security, session
from app.web.answers import local_path
from app.web.moment import now

bp = Blueprint("sign_in", __name__)
#: Per address; a whole practice may sit behind one.
PER_ADDRESS = "60/minute"
PER_EMAIL = "20/minute"
WRONG = (
    "That e-mail and password do not go together, or there were too many tries. "
    "Check both; after several wrong tries, wait a few minutes."
)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/sign-in")
def page() -> Response | str:
    if current_user.is_authenticated:
        return redirect("/")
    if set_up.is_open():
        return redirect("/set-up", 303)
    return render_template("sign_in/page.html", email="", error=None)


@bp.post("/sign-in")
def create() -> Response | tuple[str, int]:
    email, password = request.form.get("email", "")[:254], request.form.get("password", "")[:1024]
    security.check_rate(PER_ADDRESS, "sign-in", security.remote_address())
    security.check_rate(PER_EMAIL, "sign-in", email.strip().lower())
    found = sign_ins.find_sign_in(email)
    is_right = sign_ins.is_right(found, password, at=now())
    seats = seats_of(found.id) if found and is_right else []
    if not seats:
        note_failure(found)
        return render_template("sign_in/page.html", email=email, error=WRONG), 422
    sit_down(seats[0])
    return redirect(local_path(request.args.get("next")) or "/", 303)


@bp.post("/sign-out")
def delete() -> Response:
    session.finish()
    flash("You are signed out.", "success")
    return redirect("/sign-in", 303)


@bp.post("/seat")
def move() -> Response:
    """Work in another practice of the same sign-in: a fresh session, the old one ended."""
    wanted = request.form.get("practice_id", "")
    seats = seats_of(session.signed_in().sign_in_id)
    seat = next((s for s in seats if str(s.practice.id) == wanted), None)
    if seat is None:
        raise NotFound
    session.finish()
    sit_down(seat)
    return redirect("/", 303)


def note_failure(found: SignIn | None) -> None:
    """Counted only after a real wrong try; an unknown e-mail has nothing to count on."""
    if found is not None:
        with transaction():
            sign_ins.note_failure(found.id, at=now())


def sit_down(seat: Seat) -> None:
    enter_practice(seat.practice.id)
    user_id: UUID = seat.user.id
    with transaction():
        user = db.session.get_one(User, (seat.practice.id, user_id))
        opened: StaffSession = sign_ins.start(user, at=now())
    session.begin(user, opened)
