"""Portal sessions at the edge: the cookie's secret, `signed_in()` and `viewer()`, and the blueprints of the
patient side with their own errors and headers. A page's own polls don't keep a session alive."""

from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, g, request
from flask import session as cookie
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from app import access
from app.actions import portal_sessions
from app.core.db import transaction
from app.core.settings import current_settings
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.queries.portal_session import PatientSignedIn, find_patient
from app.web import locale
from app.web.moment import now
from app.web.portal import display, errors, opening
from app.web.session import AUTOMATIC

#: Its own cookie, so that staff and a patient can be signed in side by side in one browser.
COOKIE = "touchline_portal"
#: How stale `seen_at` may be before a request writes it again.
TOUCH = timedelta(minutes=1)
_PRACTICE = "portal_practice"
_LONGEST_SECRET = 200


def register(app: Flask) -> None:
    app.extensions.setdefault("touchline.viewers", []).append(find_viewer)


def open_blueprint(name: str, import_name: str) -> Blueprint:
    """Pages of the patient side that need nobody signed in."""
    made = Blueprint(name, import_name)
    errors.attach(made)
    made.context_processor(to_templates)
    made.before_request(greet)
    made.after_request(keep_to_ourselves)
    return made


def patient_blueprint(name: str, import_name: str) -> Blueprint:
    """Pages that need a signed-in patient."""
    made = open_blueprint(name, import_name)
    made.before_request(check_signed_in)
    return made


def find_signed_in() -> PatientSignedIn | None:
    """The signed-in patient of this request, read once."""
    if "portal_signed_in" not in g:
        g.portal_signed_in = _look()
    found: PatientSignedIn | None = g.portal_signed_in
    return found


def signed_in() -> PatientSignedIn:
    """The signed-in patient; 401 (the way to a new link) when there is none."""
    found = find_signed_in()
    if found is None:
        raise Unauthorized
    return found


def viewer() -> Viewer:
    return signed_in().viewer


def myself() -> Patient:
    """The signed-in patient's own record, found through access."""
    return access.patient_for(viewer(), signed_in().patient.id, through="portal")


def find_viewer() -> Viewer | None:
    """The signed-in patient's viewer or None, judged afresh: sockets ask again and again."""
    g.pop("now", None)
    found = _look()
    return found.viewer if found else None


def _look() -> PatientSignedIn | None:
    secret = request.cookies.get(COOKIE, "")
    if not secret or len(secret) > _LONGEST_SECRET:
        return None
    return find_patient(secret, at=now())


def is_automatic() -> bool:
    """Whether the page asked by itself."""
    return bool(request.headers.get(AUTOMATIC))


def greet() -> None:
    """Speak the patient's language."""
    found = find_signed_in()
    if found is not None:
        locale.suggest(found.patient.language)


def check_signed_in() -> AnyResponse | None:
    found = find_signed_in()
    if found is None:
        return errors.ask_to_sign_in()
    if not is_automatic():
        access.seen(found.viewer, [found.patient.id], through="portal")
        if now() - found.session.seen_at >= TOUCH:
            with transaction():
                portal_sessions.note_activity(found.session, at=now())
    return None


def to_templates() -> dict[str, object]:
    """What portal pages may call, and `me`: the signed-in patient or None."""
    return {**display.to_templates(), "can_text": opening.can_text, "me": find_signed_in()}


def keep_to_ourselves(response: Response) -> Response:
    """A link's token must not travel in a Referer, nor pages into a shared cache."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def begin(response: AnyResponse, secret: str, practice_slug: str) -> None:
    """Give the browser its secret, and remember where this patient belongs."""
    cookie[_PRACTICE] = practice_slug
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(portal_sessions.LONGEST.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=current_settings().is_https,
        path=current_app.config["APPLICATION_ROOT"],
    )


def finish(response: AnyResponse) -> None:
    """End the session on the server, then in the browser."""
    found = find_signed_in()
    if found is not None:
        with transaction():
            portal_sessions.end(found.session, at=now())
    g.pop("portal_signed_in", None)
    response.delete_cookie(COOKIE, path=current_app.config["APPLICATION_ROOT"])


def last_practice() -> str | None:
    """The practice this browser last signed in to."""
    slug = cookie.get(_PRACTICE)
    return str(slug) if slug else None
