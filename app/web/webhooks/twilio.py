"""Twilio's two webhooks: a text came in; one of our texts moved on. Verify, read strictly, one
transaction, quick 200. A repeat is a no-op; nothing here answers 500 or says what went wrong."""

from uuid import UUID

from flask import Blueprint, Response
from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions import delivery, inbound
from app.core.clock import began_at, db_now
from app.core.db import transaction
from app.core.errors import Forbidden
from app.core.failpoints import reach
from app.core.log import logger
from app.models.message import Message
from app.models.practice import Line
from app.queries import lines
from app.web.webhooks.signed import NotSigned, Pairs, is_signed, note_refusal, read_form, value_of
from messaging.carriers.base import StatusReport
from messaging.carriers.twilio_forms import parse_inbound, parse_status
from messaging.errors import MessagingError

bp = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")
log = logger("webhooks")


@bp.post("/messages")
def create_message() -> Response:
    """A text came in on one of our lines."""
    form = read_form()
    try:
        _receive(form)
    except (
        OperationalError,
        IntegrityError,
    ):  # another transaction and ours waited for each other,
        _receive(form, fresh=True)  # or the line we remembered is gone: once more from the start
    return _empty_answer()


def _receive(form: Pairs, *, fresh: bool = False) -> None:
    line = _verified_line(form, fresh=fresh)
    incoming = parse_inbound(form)
    reach("inbound.verified")
    with transaction():
        inbound.receive(line, incoming, at=began_at())
        reach("inbound.written")
    reach("inbound.committed")


def _verified_line(form: Pairs, *, fresh: bool) -> Line:
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


@bp.post("/messages/<uuid:message_id>/status")
def create_status(message_id: UUID) -> Response:
    """The carrier reports what became of one of our texts."""
    form = read_form()
    sent = lines.find_sent(value_of(form, "AccountSid"), message_id, sender=dict(form).get("From"))
    if sent is None or not is_signed(sent[0].token, form):
        raise NotSigned
    report, message = parse_status(form), sent[1]
    reach("status.verified")
    try:
        _apply(message, report)
    except OperationalError:  # another transaction and ours waited for each other
        _apply(message, report)
    reach("status.committed")
    return _empty_answer()


def _apply(message: Message, report: StatusReport) -> None:
    with transaction():
        delivery.apply_report(message, report, at=db_now())
        reach("status.written")


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
