"""What a person reads when something is refused or goes wrong: a plain page, a toast for fragments,
problem+json under /api. Never internals."""

from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, Unauthorized

from app.core.columns import OutOfCalendar
from app.core.db import db
from app.core.errors import Busy, TouchlineError
from app.core.log import logger
from app.web.answers import toast_header
from app.web.session import ask_to_sign_in
from messaging.errors import MessagingError

log = logger("web")
#: Title and advice by status; the error's own words come in between.
WORDS = {
    400: ("That request made no sense to us", "Go back, reload the page and try again."),
    403: ("Not allowed", "Ask a lead or an admin of your practice if you need this."),
    404: ("Nothing here", "It may have moved, or it is not yours to see."),
    405: ("That doesn't work here", "Go back and try again."),
    409: ("Somebody was faster", "Look again, then decide."),
    413: ("That file is too large", "The most we take is 32 MB."),
    422: ("Something needs a second look", "Correct it and send it again."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("Something broke on our side", "Nothing was changed. Try again in a moment."),
    503: ("The database is busy", "Nothing was changed. Try again in a moment."),
}


def register(app: Flask) -> None:
    app.register_error_handler(TouchlineError, ours)
    app.register_error_handler(MessagingError, unfit)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(Unauthorized, lambda _error: ask_to_sign_in())
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(DataError, unusable)
    app.register_error_handler(OverflowError, too_far)
    app.register_error_handler(OperationalError, crossed)
    app.register_error_handler(Exception, unexpected)


def ours(error: TouchlineError) -> Response:
    if error.our_fault and error.status >= 500 and not error.retryable:
        log.error("request failed", error=type(error).__name__, endpoint=request.endpoint)
    response = answer(error.status, error.person_text)
    if error.retryable:
        response.headers["Retry-After"] = "2"
    return response


def stale_form(_error: CSRFError) -> Response:
    return answer(400, "This form is too old or was not made for you. Reload the page first.")


def http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())
    own_words = status in (400, 429) and error.description != type(error).description
    response = answer(status, str(error.description) if own_words else "")
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def unfit(error: MessagingError) -> Response:
    """A number, zone or wording that cannot be used."""
    return answer(500 if error.our_fault else 422, error.person_text)


def unusable(_error: DataError) -> Response:
    """The database refused a value's shape, such as a NUL byte in a text."""
    return answer(422, "There is a character in there that we cannot store.")


def crossed(error: OperationalError) -> Response:
    """Two writes waited for each other, and the database let the other one through."""
    return ours(Busy()) if isinstance(error.orig, DeadlockDetected) else unexpected(error)


def too_far(_error: OverflowError) -> Response:
    """A day so far away that nothing can be counted from it."""
    return answer(422, str(OutOfCalendar()))


def unexpected(error: Exception) -> Response:
    log.exception("unexpected", error=type(error).__name__, endpoint=request.endpoint)
    return answer(500, "")


def answer(status: int, words: str) -> Response:
    """The refusal in the form the asker can use."""
    db.session.rollback()  # a failed statement must not poison the page about it
    title, advice = WORDS.get(status) or (HTTPStatus(status).phrase, "")
    if request.path.startswith("/api/"):
        problem = jsonify(type="about:blank", title=title, status=status, detail=words or advice)
        problem.mimetype = "application/problem+json"
        problem.status_code = status
        return problem
    if request.headers.get("HX-Request"):
        body = render_template("errors/_toast.html", title=title, words=words or advice)
        response = make_response(body, status)
        response.headers["HX-Reswap"] = "none"
        response.headers["HX-Trigger"] = toast_header(words or f"{title}. {advice}", kind="danger")
        return response
    return make_response(full_page(status, title, words, advice), status)


def full_page(status: int, title: str, words: str, advice: str) -> str:
    """The page, or a bare one when even drawing it fails (the database may be what broke)."""
    try:
        return render_template(
            "errors/page.html", status=status, title=title, words=words, advice=advice
        )
    except Exception:
        log.exception("error page failed")
        return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{advice}</p>"
