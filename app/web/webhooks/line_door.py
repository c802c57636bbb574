"""What every one of Twilio's doors has in common: which line is meant and whether its account signed the
request, answers in TwiML, and refusals that say nothing about why."""

from flask import Blueprint, Response

from app.core.errors import Forbidden
from app.core.log import logger
from app.models.practice import Line
from app.queries import lines
from app.web.webhooks.signed import NotSigned, Pairs, is_signed, note_refusal, value_of
from messaging.errors import MessagingError

log = logger("webhooks")


def twilio_blueprint(name: str) -> Blueprint:
    """A blueprint under Twilio's address, with the refusals of all of them."""
    bp = Blueprint(name, __name__, url_prefix="/webhooks/twilio")
    bp.register_error_handler(MessagingError, _bad)
    bp.register_error_handler(NotSigned, _forbidden)
    bp.register_error_handler(Exception, _later)
    return bp


def verified_line(form: Pairs, *, fresh: bool = False) -> Line:
    """The line the request is for, if its account signed it. Raises NotSigned.

    A remembered token may be old: before refusing, the line is read again.
    """
    account_sid, number = value_of(form, "AccountSid"), value_of(form, "To")
    found = lines.find_line(account_sid, number, fresh=fresh)
    if found is not None and not is_signed(found.token, form):
        found = lines.find_line(account_sid, number, fresh=True)
        found = found if found is not None and is_signed(found.token, form) else None
    if found is None:
        raise NotSigned
    return found.line


def twiml(text: str = "<Response/>") -> Response:
    """TwiML; without words it says nothing, because replies go through the outbox."""
    return Response(text, content_type="text/xml; charset=utf-8")


def _bad(error: MessagingError) -> Response:
    note_refusal("bad_form", error)
    return Response("bad request", 400, content_type="text/plain; charset=utf-8")


def _forbidden(error: Forbidden) -> Response:
    note_refusal("signature", error)
    return Response("forbidden", 403, content_type="text/plain; charset=utf-8")


def _later(error: Exception) -> Response:
    """Nothing was stored. The carrier may try again; if not, the reconciler brings the message."""
    log.error("webhook failed", error=type(error).__name__, exc_info=error)
    return Response("try again later", 503, content_type="text/plain; charset=utf-8")
