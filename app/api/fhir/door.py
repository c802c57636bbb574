"""The door of FHIR: the API's tokens with the scope `fhir:read`, and errors as OperationOutcome."""

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from app.api.v1 import auth
from app.api.v1.problems import Refused
from app.core.db import db
from app.core.errors import TouchlineError
from app.models.viewer import Viewer
from app.value.plain_json import dumps

FHIR_JSON = "application/fhir+json"
SCOPE = "fhir:read"
#: Seconds a caller should wait before it asks again.
AGAIN = 5
bp = Blueprint("fhir", __name__, url_prefix="/api/fhir")
CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported",
         422: "invalid", 429: "throttled", 503: "transient"}  # fmt: skip


@bp.before_request
def check_token() -> None:
    auth.let_in()


def viewer() -> Viewer:
    """The token that asks. Raises Forbidden unless it may read FHIR."""
    found: Viewer = g.api_viewer
    found.check_scope(SCOPE)
    return found


def outcome(status: int, text: str) -> Response:
    """An OperationOutcome; a failed statement must not poison what follows."""
    db.session.rollback()
    issue = {"severity": "error", "code": CODES.get(status, "exception"), "diagnostics": text}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    answer = Response(dumps(body), status, content_type=FHIR_JSON)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        answer.headers["Retry-After"] = str(AGAIN)
    return answer


@bp.errorhandler(Refused)
def refused(error: Refused) -> Response:
    return outcome(error.status, error.detail)


@bp.errorhandler(TouchlineError)
def ours(error: TouchlineError) -> Response:
    return outcome(error.status, error.person_text)


@bp.errorhandler(HTTPException)
def http(error: HTTPException) -> Response:
    return outcome(error.code or 500, error.description or "Something went wrong.")


@bp.after_request
def keep_private(answer: Response) -> Response:
    """Nothing of a patient may stay in a cache on the way."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def here() -> str:
    """The request's own address as callers know it, query and all."""
    query = request.query_string.decode("ascii", "replace")
    return f"{request.path}?{query}" if query else request.path
