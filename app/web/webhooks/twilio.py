"""Twilio's two webhooks: a text came in; one of our texts moved on. Verify, read strictly, one
transaction, quick 200. A repeat is a no-op; nothing here answers 500 or says what went wrong."""

from uuid import UUID

from flask import Response
from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions import carrier_queue, delivery, inbound
from app.core.clock import began_at, db_now
from app.core.db import transaction
from app.core.failpoints import reach
from app.models.message import Message
from app.queries import lines
from app.web.webhooks.line_door import twilio_blueprint, twiml, verified_line
from app.web.webhooks.signed import NotSigned, Pairs, is_signed, read_form, value_of
from messaging.carriers.base import StatusReport
from messaging.carriers.twilio_forms import parse_inbound, parse_status

bp = twilio_blueprint("twilio")


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
    return twiml()


def _receive(form: Pairs, *, fresh: bool = False) -> None:
    line = verified_line(form, fresh=fresh)
    incoming = parse_inbound(form)
    reach("inbound.verified")
    with transaction():
        inbound.receive(line, incoming, at=began_at())
        reach("inbound.written")
    reach("inbound.committed")


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
    return twiml()


def _apply(message: Message, report: StatusReport) -> None:
    with transaction():
        at = db_now()
        delivery.apply_report(message, report, at=at)
        carrier_queue.heard_from(message, at=at)
        reach("status.written")
