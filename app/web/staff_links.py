"""The page behind a one-time link: join a practice's staff, or choose a new password. Looking changes
nothing, because mail scanners look; the form's button uses the link up."""

from flask import Blueprint, Flask, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.actions import sign_ins, staff_links
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.models.practice import Practice
from app.models.staff_link import LinkPurpose, StaffLink
from app.models.user import SignIn, User
from app.queries.signed_in import Seat
from app.web import security, session
from app.web.moment import now
from app.web.sign_in import note_failure, sit_down

bp = Blueprint("staff_links", __name__, url_prefix="/join")
PER_ADDRESS = "30/10 minute"
NOT_YOURS = "That is not the password you sign in with. Several wrong tries lock it for a while."
TWICE = "The two passwords differ. Type the same one twice."


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<token>")
def page(token: str) -> str | tuple[str, int]:
    link = staff_links.find(token, at=now())
    return drawn(link, token) if link is not None else dead()


def drawn(link: StaffLink, token: str, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "sign_in/join.html", link=link, token=token, errors=errors or {},
        practice=db.session.get_one(Practice, link.practice_id),
        email=db.session.get_one(SignIn, link.user.sign_in_id).email,
        name=request.form.get("name", link.user.name), keeps=staff_links.keeps_password(link),
        is_invitation=link.purpose is LinkPurpose.INVITE,
    )  # fmt: skip


def dead() -> tuple[str, int]:
    return render_template("sign_in/dead_link.html"), 410


@bp.post("/<token>")
def use(token: str) -> Response | str | tuple[str, int]:
    """The form spends the link; the person is signed in by it."""
    security.check_rate(PER_ADDRESS, "join", security.remote_address())
    link = staff_links.find(token, at=now())
    if link is None:
        return dead()
    try:
        chosen = password(link)
        db.session.rollback()  # argon2 took its time with nothing open
        with transaction():
            user = spend(token, chosen)
    except Invalid as error:
        again = staff_links.find(token, at=now())
        return (
            (drawn(again, token, {error.field or "": error.person_text}), 422) if again else dead()
        )
    except (NotFound, Conflict):
        return dead()
    session.finish()  # whoever was signed in here before
    sit_down(Seat(user, db.session.get_one(Practice, user.practice_id)))
    flash("You are signed in. Next time, use your e-mail and this password.", "success")
    return redirect("/", 303)


def spend(token: str, chosen: str | None) -> User:
    """Found again inside the transaction: whoever was faster has used it. Raises NotFound."""
    link = staff_links.find(token, at=now())
    if link is None:
        raise NotFound
    return staff_links.use(link, name=request.form.get("name", "")[:120], password=chosen, at=now())


def password(link: StaffLink) -> str | None:
    """The new password; None where the person proved the one they have. Raises Invalid."""
    typed = request.form.get("password", "")[:1024]
    if not staff_links.keeps_password(link):
        if typed != request.form.get("again", "")[:1024]:
            raise Invalid(TWICE, field="again")
        return typed
    sign_in = db.session.get_one(SignIn, link.user.sign_in_id)
    security.check_rate("20/minute", "sign-in", sign_in.email)
    if not sign_ins.is_right(sign_in, typed, at=now()):
        note_failure(sign_in)
        raise Invalid(NOT_YOURS, field="password")
    return None
