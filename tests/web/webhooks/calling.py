"""Calls as Twilio reports them: the form of one that comes in, and of one that was put through."""

import secrets
import xml.etree.ElementTree as ET

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db, transaction
from app.models.incoming_call import IncomingCall
from tests.conftest import TWILIO_SID
from tests.web.webhooks.signing import signed
from tests.world import World

VOICE = "/webhooks/twilio/voice"
OPEN_HOURS = {str(day): [["08:00", "17:00"]] for day in range(5)}


def call_form(world: World, caller: str) -> dict[str, str]:
    """The parameters Twilio sends with a call that comes in."""
    return {
        "CallSid": f"CA{secrets.token_hex(16)}", "AccountSid": TWILIO_SID, "ApiVersion": "2010-04-01",
        "CallStatus": "ringing", "Direction": "inbound", "From": caller, "Caller": caller,
        "To": world.line.number, "Called": world.line.number, "FromCity": "PORTLAND",
        "FromState": "OR", "FromZip": "97205", "FromCountry": "US", "CallerCity": "PORTLAND",
        "CallerState": "OR", "CallerZip": "97205", "CallerCountry": "US", "ToCity": "", "ToState": "OR",
        "ToZip": "", "ToCountry": "US", "CalledCity": "", "CalledState": "OR", "CalledZip": "",
        "CalledCountry": "US", "StirVerstat": "TN-Validation-Passed-A", "CallerName": "PORTER SAM",
        "CallToken": '{"parentCallInfoToken":"eyJhbGciOiJFUzI1NiJ9.eyJ9.x-_","identityHeaderTokens":[]}',
    }  # fmt: skip


def dial_form(call: dict[str, str], status: str, seconds: int = 0) -> dict[str, str]:
    """What Twilio says when putting that call through has ended."""
    return call | {
        "CallStatus": "in-progress", "DialCallStatus": status, "DialCallSid": "CA" + "d" * 32,
        "DialCallDuration": str(seconds), "DialBridged": "true" if seconds else "false",
    }  # fmt: skip


def ring(client: FlaskClient, form: dict[str, str], **spoiled: object) -> TestResponse:
    """A call comes in."""
    return signed(client, VOICE, form, **spoiled)


def end(client: FlaskClient, form: dict[str, str], status: str, seconds: int = 0) -> TestResponse:
    """Putting that call through has ended; at the address our own answer named."""
    path = f"{VOICE}/{call_of(form).id}/end"
    return signed(client, path, dial_form(form, status, seconds))


def call_of(form: dict[str, str]) -> IncomingCall:
    rows = select(IncomingCall).where(IncomingCall.provider_id == form["CallSid"])
    return db.session.scalars(rows.execution_options(populate_existing=True)).one()


def said(answer: TestResponse) -> list[tuple[str, str]]:
    """Language and words of everything the caller hears."""
    return [(each.attrib["language"], each.text or "") for each in root(answer).findall("Say")]


def root(answer: TestResponse) -> ET.Element:
    return ET.fromstring(answer.text)


def set_practice(world: World, **values: object) -> None:
    """Change what the practice has set."""
    with transaction():
        practice = db.session.merge(world.practice)
        for name, value in values.items():
            setattr(practice, name, value)
