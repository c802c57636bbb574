"""What somebody with a link reads when it is dead, or when something is refused. Never internals, and never
whether a link was there once, but to whoever holds one that ran out."""

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.core.db import db
from app.core.errors import TouchlineError
from app.core.log import logger
from messaging.errors import MessagingError

log = logger("partner")
ADVICE = {
    400: "Go back, reload the page and try again.",
    404: "The address may be wrong or too old.",
    409: "Look at the page again, then decide.",
    422: "Go back, correct it and send it again.",
    429: "Wait ten minutes, then try again, or call the practice.",
}


def attach(blueprint: Blueprint) -> None:
    """Answer for everything this blueprint's pages raise."""
    blueprint.register_error_handler(TouchlineError, ours)
    blueprint.register_error_handler(MessagingError, ours)
    blueprint.register_error_handler(HTTPException, http)
    blueprint.register_error_handler(Exception, unexpected)


def dead_link() -> Response:
    return make_response(render_template("partner/dead_link.html"), 410)


def ours(error: TouchlineError | MessagingError) -> Response:
    status = error.status if isinstance(error, TouchlineError) else 422
    if error.our_fault and not error.retryable:
        log.error("request failed", error=type(error).__name__, endpoint=request.endpoint)
        return answer(500, "")
    return answer(status, error.person_text)


def http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    return answer(error.code or 500, "")


def unexpected(error: Exception) -> Response:
    log.exception("unexpected", error=type(error).__name__, endpoint=request.endpoint)
    return answer(500, "")


def answer(status: int, words: str) -> Response:
    db.session.rollback()  # a failed statement must not poison the page about it
    title = "Something went wrong on our side" if status >= 500 else "That did not work"
    advice = ADVICE.get(status, "Nothing was changed. Try again in a moment.")
    page = render_template("partner/refused.html", title=title, words=words, advice=advice)
    return make_response(page, status)
