"""Twilio's two voice webhooks: somebody calls a line back; putting the call through has ended. Signed like a
text's, taken once, and always answered with words a caller can use."""

from uuid import UUID

from flask import Response
from sqlalchemy.exc import IntegrityError, NoResultFound, OperationalError

from app.actions import incoming_calls
from app.core.clock import db_now
from app.core.db import transaction
from app.core.settings import current_settings
from app.models.incoming_call import IncomingCall
from app.web.webhooks.line_door import twilio_blueprint, twiml, verified_line
from app.web.webhooks.signed import NotSigned, Pairs, read_form
from messaging import spoken
from messaging.carriers.twilio_voice import parse_call, parse_dial, speak, speak_and_dial

bp = twilio_blueprint("voice")
#: Another transaction and ours waited for each other, or the line we remembered is gone: once more.
_MEANWHILE = (OperationalError, IntegrityError, NoResultFound)


@bp.post("/voice")
def create() -> Response:
    """Somebody calls one of our lines."""
    form = read_form()
    try:
        return twiml(_take(form))
    except _MEANWHILE:
        return twiml(_take(form, fresh=True))


def _take(form: Pairs, *, fresh: bool = False) -> str:
    line = verified_line(form, fresh=fresh)
    incoming = parse_call(form)
    with transaction():
        call = incoming_calls.receive(line, incoming, at=db_now())
        return answer_to(call, line.number)


def answer_to(call: IncomingCall, line: str) -> str:
    """TwiML for a call: words, and the practice's phone where somebody can come to it."""
    said, number = incoming_calls.said(call), incoming_calls.dialled(call)
    if number is None:
        return speak(said)
    action = f"{current_settings().public_url}/webhooks/twilio/voice/{call.id}/end"
    return speak_and_dial(said, number, action=action, caller_id=line if call.is_hidden else None)


@bp.post("/voice/<uuid:call_id>/end")
def create_end(call_id: UUID) -> Response:
    """The practice's phone has rung: somebody came to it, or nobody did."""
    form = read_form()
    try:
        return twiml(_end(call_id, form))
    except _MEANWHILE:
        return twiml(_end(call_id, form))


def _end(call_id: UUID, form: Pairs) -> str:
    line = verified_line(form)
    report = parse_dial(form)
    with transaction():
        call = incoming_calls.find_call(line, provider_id=report.provider_id, call_id=call_id)
        if call is None:
            raise NotSigned
        incoming_calls.hear_end(call, report, at=db_now())
        words = (
            () if call.was_answered else spoken.not_answered(call.languages, hidden=call.is_hidden)
        )
    return speak(words)
