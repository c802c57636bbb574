"""Staff sessions at the edge: Flask-Login over server-side sessions, and `viewer()`, which every staff
view starts from. Pages' own polls don't count as a person being there."""

from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_login import login_required as login_required
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from app.actions import sign_ins
from app.core.db import db, transaction
from app.models.staff_session import TOUCH, StaffSession
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.signed_in import SessionKey, SignedIn, find_signed_in
from app.web.moment import now

#: A request header by which a page says: I asked by myself, nobody touched me.
AUTOMATIC = "X-Touchline-Auto"
_SESSION = "staff_session"


class StaffUser(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: holds what was read once for this request."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.signed_in = signed_in

    def get_id(self) -> str:
        return self.signed_in.key.user_key


def register(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None  # sessions are rows; an address that changes is no proof
    manager.init_app(app)
    manager.user_loader(load)
    manager.unauthorized_handler(ask_to_sign_in)
    app.before_request(note_activity)
    app.extensions.setdefault("touchline.viewers", []).append(find_viewer)


def load(user_key: str) -> StaffUser | None:
    key = SessionKey.parse(user_key, cookie.get(_SESSION))
    found = find_signed_in(key, at=now()) if key else None
    return StaffUser(found) if found else None


def signed_in() -> SignedIn:
    """The signed-in member of staff; 401 (the sign-in page) when there is none."""
    if not current_user.is_authenticated:
        raise Unauthorized
    found: SignedIn = current_user.signed_in
    return found


def viewer() -> Viewer:
    return signed_in().viewer


def find_viewer() -> Viewer | None:
    """The signed-in staff viewer or None, judged afresh: sockets ask again and again."""
    key = SessionKey.parse(cookie.get("_user_id"), cookie.get(_SESSION))
    g.pop("now", None)
    found = find_signed_in(key, at=now()) if key else None
    return found.viewer if found else None


def staff_blueprint(name: str, import_name: str, **options: Any) -> Blueprint:
    """A blueprint whose every page needs a signed-in member of staff."""
    made = Blueprint(name, import_name, **options)
    made.before_request(check_signed_in)
    return made


def check_signed_in() -> AnyResponse | None:
    return None if current_user.is_authenticated else ask_to_sign_in()


def ask_to_sign_in() -> AnyResponse:
    """To the sign-in page, and back afterwards; fragments and fetches get 401 and the way there."""
    if request.headers.get("HX-Request") or request.headers.get(AUTOMATIC):
        return Response(status=401, headers={"HX-Redirect": url_for("sign_in.page")})
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.page", next=back if back != "/" else None), 303)


def note_activity() -> None:
    """A person is there: move the session's clock, at most once a minute."""
    if request.headers.get(AUTOMATIC) or request.endpoint == "static" or not cookie.get(_SESSION):
        return
    if current_user.is_authenticated and now() - signed_in().active_at >= TOUCH:
        key = signed_in().key
        with transaction():
            open_one = sign_ins.find_session(key.practice_id, key.session_id)
            if open_one is not None:
                open_one.active_at = now()


def begin(user: User, opened: StaffSession) -> None:
    """Put a fresh session into the cookie: nothing of an earlier one is kept."""
    cookie.clear()
    cookie[_SESSION] = str(opened.id)
    key = SessionKey(user.practice_id, user.id, user.session_epoch, opened.id)
    found = find_signed_in(key, at=now())
    if found is not None:
        login_user(StaffUser(found))


def finish() -> None:
    """End the session on the server, then forget the cookie."""
    if current_user.is_authenticated:
        key = signed_in().key
        with transaction():
            open_one = sign_ins.find_session(key.practice_id, key.session_id)
            if open_one is not None:
                sign_ins.end(open_one, at=now())
    logout_user()
    cookie.clear()
    db.session.info.pop("practice_id", None)
