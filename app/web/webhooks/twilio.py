"""Twilio's two webhooks: a text came in; one of our texts moved on. Verify, read strictly, one
transaction, quick 200. A repeat is a no-op; nothing here answers 500 or says what went wrong."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy.exc import OperationalError

from app.actions import delivery, inbound
from app.core.clock import db_now
from app.core.db import transaction
from app.core.errors import Forbidden
from app.core.log import logger
from app.queries import lines
from app.web.webhooks.signed import NotSigned, check_signed, note_refusal, read_form, value_of
from messaging.carriers.twilio_forms import parse_inbound, parse_status
from messaging.errors import MessagingError

bp = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")
log = logger("webhooks")


@bp.post("/messages")
def create_message() -> Response:
    """A text came in on one of our lines."""
    form = read_form()
    found = lines.find_line(value_of(form, "AccountSid"), value_of(form, "To"))
    if found is None:
        raise NotSigned
    check_signed(found.token, form)
    incoming = parse_inbound(form)
    _take_in(lambda at: inbound.receive(found.line, incoming, at=at))
    return _empty_answer()


@bp.post("/messages/<uuid:message_id>/status")
def create_status(message_id: UUID) -> Response:
    """The carrier reports what became of one of our texts."""
    form = read_form()
    sent = lines.find_sent(value_of(form, "AccountSid"), message_id, sender=dict(form).get("From"))
    if sent is None:
        raise NotSigned
    found, message = sent
    check_signed(found.token, form)
    report = parse_status(form)
    _take_in(lambda at: delivery.apply_report(message, report, at=at))
    return _empty_answer()


def _take_in(effect: Callable[[datetime], object]) -> None:
    """One transaction; tried once more when it and another one waited for each other."""
    try:
        with transaction():
            effect(db_now())
    except OperationalError:
        with transaction():
            effect(db_now())


def _empty_answer() -> Response:
    """Valid TwiML that says nothing: replies go through the outbox."""
    return Response("<Response/>", content_type="text/xml; charset=utf-8")


@bp.errorhandler(MessagingError)
def _bad(error: MessagingError) -> Response:
    note_refusal("bad_form", error)
    return Response("bad request", 400, content_type="text/plain; charset=utf-8")


@bp.errorhandler(NotSigned)
def _forbidden(error: Forbidden) -> Response:
    note_refusal("signature", error)
    return Response("forbidden", 403, content_type="text/plain; charset=utf-8")


@bp.errorhandler(Exception)
def _later(error: Exception) -> Response:
    """Nothing was stored. The carrier may try again; if not, the reconciler brings the message."""
    log.error("webhook failed", error=type(error).__name__, exc_info=error)
    return Response("try again later", 503, content_type="text/plain; charset=utf-8")
