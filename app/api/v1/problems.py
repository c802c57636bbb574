"""Errors as problem+json (RFC 9457): what happened, what to do, which fields. Never internals, and never
the value that was sent: it may be a patient's."""

import re

import structlog
from flask import Response, g, request
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from app.actions.patients import MrnTaken
from app.api.v1.blueprint import bp
from app.core.db import db
from app.core.errors import Invalid, TouchlineError
from app.core.ids import new_id
from app.core.log import logger
from app.models.patient_fields import InvalidFields

log = logger("api")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TITLES = {
    400: "The request cannot be read",
    401: "A valid token is needed",
    403: "The token may not do this",
    404: "There is nothing here",
    405: "This method does not work here",
    409: "This is in the way",
    413: "The request is too large",
    416: "The file has no such part",
    415: "The body must be JSON",
    422: "Something in the request cannot be used",
    429: "Too many requests",
    503: "The database is busy",
}


class FieldProblem(BaseModel):
    """One field and what is wrong with it."""

    field: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 writes it. `id` names the existing record of a 409."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)
    id: str | None = None


class Refused(Exception):
    """The request is answered with a problem."""

    def __init__(self, status: int, detail: str, *errors: FieldProblem) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, list(errors)


def problem(
    status: int, detail: str, errors: list[FieldProblem] | None = None, *, id: str | None = None
) -> Response:
    """The answer; a failed statement must not poison what follows, so the session is rolled back."""
    db.session.rollback()
    body = Problem(
        title=TITLES.get(status, "Something went wrong"),
        status=status,
        detail=detail,
        errors=errors or [],
        id=id,
    )
    answer = Response(
        body.model_dump_json(exclude_none=True), status, mimetype="application/problem+json"
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503):
        answer.headers["Retry-After"] = "2"
    return answer


@bp.before_request
def name_request() -> None:
    """The caller's X-Request-Id if it is a plain word, else one of ours; logs carry it."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else str(new_id())
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


@bp.after_request
def return_request_name(response: Response) -> Response:
    structlog.contextvars.unbind_contextvars("request_id")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


@bp.errorhandler(Refused)
def refused(error: Refused) -> Response:
    return problem(error.status, error.detail, error.errors)


@bp.errorhandler(ValidationError)
def unfit(error: ValidationError) -> Response:
    """A body or a query that is not what the document says."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in found):
        return problem(400, "The body is not JSON. Send one JSON object in UTF-8.")
    fields = [
        FieldProblem(field=".".join(str(part) for part in each["loc"])[:100], message=each["msg"])
        for each in found[:50]
    ]
    return problem(422, "Some fields cannot be used. Nothing was saved.", fields)


@bp.errorhandler(MrnTaken)
def taken(error: MrnTaken) -> Response:
    return problem(409, error.person_text, id=str(error.patient_id))


@bp.errorhandler(InvalidFields)
def invalid_fields(error: InvalidFields) -> Response:
    fields = [
        FieldProblem(field=each.field or "", message=each.person_text) for each in error.problems
    ]
    return problem(422, "Some fields cannot be used. Nothing was saved.", fields)


@bp.errorhandler(Invalid)
def invalid(error: Invalid) -> Response:
    fields = [FieldProblem(field=error.field, message=error.person_text)] if error.field else []
    return problem(422, error.person_text, fields)


@bp.errorhandler(TouchlineError)
def ours(error: TouchlineError) -> Response:
    return problem(error.status, error.person_text)


@bp.errorhandler(OperationalError)
def busy(error: OperationalError) -> Response:
    """A lock, a deadlock or a database that is away: nothing was changed, another try may help."""
    log.error("database", error=type(error.orig).__name__)
    return problem(503, "Nothing was changed. Try again in a moment.")


@bp.errorhandler(DataError)
def unusable(_error: DataError) -> Response:
    return problem(422, "There is a character in there that cannot be stored.")


@bp.errorhandler(HTTPException)
def http(error: HTTPException) -> Response:
    status = error.code or 500
    return problem(status, TITLES.get(status, "The request was refused."))
