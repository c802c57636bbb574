"""Requests as Twilio makes them, signed by the SDK's RequestValidator over the public address."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app.core.db import db
from tests.conftest import TWILIO_SID, TWILIO_TOKEN
from tests.phones import new_sid
from tests.world import World

BASE = "http://localhost:8000"
PATH = "/webhooks/twilio/messages"


def inbound_form(world: World, sender: str, body: str) -> dict[str, str]:
    """The parameters Twilio sends with a text."""
    sid = new_sid()
    return {
        "ToCountry": "US", "ToState": "OR", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "97205", "SmsSid": sid, "FromState": "OR", "SmsStatus": "received",
        "FromCity": "PORTLAND", "Body": body, "FromCountry": "US", "To": world.line.number,
        "ToZip": "", "NumSegments": "1", "MessageSid": sid, "AccountSid": TWILIO_SID,
        "From": sender, "ApiVersion": "2010-04-01",
    }  # fmt: skip


def status_form(world: World, sid: str, status: str, code: int | None = None) -> dict[str, str]:
    """The parameters of a delivery report."""
    form = {
        "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status,
        "To": world.phone(world.sam), "From": world.line.number, "AccountSid": TWILIO_SID,
        "ApiVersion": "2010-04-01",
    }  # fmt: skip
    return form | ({"ErrorCode": str(code)} if code else {})


UNSET = object()


def signed(client: FlaskClient, path: str, form: dict[str, str], **spoiled: Any) -> TestResponse:
    """Post `form`, signed; then the test's own session sees what became of it."""
    answer = send(client, path, form, **spoiled)
    db.session.rollback()
    return answer


def send(
    client: FlaskClient,
    path: str,
    form: dict[str, str],
    *,
    token: str = TWILIO_TOKEN,
    algorithm: str = "HMAC_SHA1",
    signature: object = UNSET,
    signed_path: str | None = None,
    signed_base: str = BASE,
    tampered: dict[str, str] | None = None,
    raw: str | None = None,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> TestResponse:
    """Post `form`, signed; the other arguments spoil the request in one way each."""
    url = signed_base + (signed_path or path)
    made = RequestValidator(token).compute_signature(url, form, algorithm)
    given = made if signature is UNSET else signature
    sent = dict(headers or {}) | ({} if given is None else {"X-Twilio-Signature": str(given)})
    return client.open(
        path,
        method=method,
        data=raw if raw is not None else urlencode(form | (tampered or {})),
        content_type="application/x-www-form-urlencoded",
        headers=sent,
    )


def post(client: FlaskClient, form: dict[str, str], **spoiled: Any) -> TestResponse:
    """A text comes in."""
    return signed(client, PATH, form, **spoiled)


def counted(table: type[Any]) -> int:
    """How many rows there are."""
    return int(db.session.scalar(select(func.count()).select_from(table)) or 0)
