"""What a patient reads when something is refused or goes wrong: the portal's own page in their language, or a
line under the form. Never internals."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from app.core.db import db
from app.core.errors import TouchlineError
from app.core.log import logger
from app.web.answers import toast_header
from messaging.errors import MessagingError

log = logger("portal")
#: Title and advice by status.
WORDS = {
    400: (_l("That did not work"), _l("Please go back, reload the page and try again.")),
    404: (_l("There is nothing here"), _l("The address may be wrong or too old.")),
    409: (_l("That is no longer possible"), _l("Please look again.")),
    422: (_l("Something needs a second look"), _l("Please correct it and send it again.")),
    429: (_l("Too many tries"), _l("Please wait ten minutes, then try again, or call us.")),
    500: (_l("Something went wrong on our side"), _l("Nothing was changed. Please try again.")),
    503: (_l("We are very busy just now"), _l("Nothing was changed. Please try again.")),
}
#: What the actions a patient can reach may refuse with; here so that it is collected for translation.
REFUSALS = (
    _l("Write a message first."),
    _l("Shorten the message to 8000 characters."),
    _l("This question is no longer open. Write to us instead."),
    _l("We have acted on this already. Please write to us."),
    _l("This link no longer works. Ask for a new one."),
    _l("Choose one of the answers shown."),
    _l("We have no mobile number for you. Please call us."),
    _l("There is nothing here, or it is not yours to see."),
    _l("The database is busy. Nothing was changed; please try again."),
)


def attach(blueprint: Blueprint) -> None:
    """Answer for everything this blueprint's pages raise."""
    blueprint.register_error_handler(Unauthorized, lambda _error: ask_to_sign_in())
    blueprint.register_error_handler(CSRFError, stale_form)
    blueprint.register_error_handler(TouchlineError, ours)
    blueprint.register_error_handler(MessagingError, unfit)
    blueprint.register_error_handler(HTTPException, http)
    blueprint.register_error_handler(Exception, unexpected)


def ask_to_sign_in() -> AnyResponse:
    """To the page that explains how; fragments get 401 and the way there."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": url_for("portal_sign_in.start")})
    return redirect(url_for("portal_sign_in.start"), 303)


def stale_form(_error: CSRFError) -> Response:
    return answer(400, gettext("This page was open for too long. Please reload it first."))


def ours(error: TouchlineError) -> Response:
    if error.our_fault and not error.retryable:
        log.error("request failed", error=type(error).__name__, endpoint=request.endpoint)
    return answer(error.status, said(error) if not error.our_fault else "")


def unfit(_error: MessagingError) -> Response:
    return answer(422, "")


def http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    return answer(error.code or 500, "")


def unexpected(error: Exception) -> Response:
    log.exception("unexpected", error=type(error).__name__, endpoint=request.endpoint)
    return answer(500, "")


def said(error: TouchlineError) -> str:
    """The refusal in the patient's language."""
    return str(gettext(error.person_text))


def answer(status: int, words: str) -> Response:
    """The refusal as a page, or as a note for a fragment."""
    db.session.rollback()  # a failed statement must not poison the page about it
    title, advice = WORDS.get(status) or WORDS[400 if status < 500 else 500]
    if request.headers.get("HX-Request"):
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
        response.headers["HX-Trigger"] = toast_header(words or f"{title}. {advice}", kind="danger")
        return response
    return make_response(full_page(str(title), words, str(advice)), status)


def full_page(title: str, words: str, advice: str) -> str:
    """The page, or a bare one when even drawing it fails (the database may be what broke)."""
    try:
        return render_template(
            "portal/error.html", title=title, words=words, advice=advice, me=None, practice=None
        )
    except Exception:
        log.exception("error page failed")
        return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{advice}</p>"
