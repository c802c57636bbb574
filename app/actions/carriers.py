"""Which carrier serves a practice, with which account, and where it reports to: read from the settings
and the line, in one place."""

from datetime import datetime
from uuid import UUID

from flask import Flask, current_app

from app.actions.sandbox import SandboxTable
from app.core.clock import db_now
from app.core.db import db
from app.core.errors import ConfigError
from app.core.settings import current_settings
from app.models.contact_point import PhoneNumber
from app.models.message import Message
from app.models.practice import Line, Practice
from messaging.carriers.base import Account, Carrier, Outgoing
from messaging.carriers.sandbox import SandboxCarrier
from messaging.carriers.twilio import TwilioCarrier

_TWILIO = "touchline.twilio"
#: The sandbox's own account, so that its records look like a real carrier's.
SANDBOX_SID = "ACsandbox"

#: The carrier takes validity periods of 1 to 36,000 seconds.
LONGEST_VALIDITY = 36_000


class NotServed(ConfigError):
    """The sandbox carrier only serves invented practices. Set CARRIER=twilio to text real people."""


def carrier_for(practice: Practice) -> Carrier:
    """The carrier of this practice. Raises NotServed for a real practice on the sandbox."""
    if current_settings().carrier == "twilio":
        return _twilio()
    if not practice.is_invented:
        raise NotServed
    return SandboxCarrier(SandboxTable(practice.id), now=db_now)


def account_of(line: Line) -> Account:
    """The account a line sends from: its own, else the environment's. Raises ConfigError without any."""
    settings = current_settings()
    if settings.carrier == "sandbox":
        return Account(SANDBOX_SID, "")
    if line.account_sid and line.auth_token:
        return Account(line.account_sid, line.auth_token)
    if settings.twilio_account_sid and settings.twilio_auth_token:
        return Account(settings.twilio_account_sid, settings.twilio_auth_token)
    raise ConfigError("This line has no account: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")


def status_callback(message_id: UUID) -> str | None:
    """Where the carrier reports what became of a message; the sandbox has nobody to call."""
    settings = current_settings()
    if settings.carrier == "sandbox":
        return None
    return f"{settings.public_url}/webhooks/twilio/messages/{message_id}/status"


def use_carrier(app: Flask, carrier: TwilioCarrier) -> None:
    """Let this process send through `carrier`: a measurement's own, for one."""
    app.extensions[_TWILIO] = carrier


def outgoing_of(message: Message, *, at: datetime) -> Outgoing:
    """What the carrier is told. Raises ConfigError when the line has no account."""
    key = message.practice_id
    line = db.session.get_one(Line, (key, message.line_id))
    number = db.session.get_one(PhoneNumber, (key, message.phone_number_id))
    account = account_of(line)
    validity = None
    if message.not_after is not None:
        left = int((message.not_after - at).total_seconds())
        validity = min(max(left, 1), LONGEST_VALIDITY)
    return Outgoing(
        message_id=message.id,
        sender=line.number,
        recipient=number.e164,
        body=message.body,
        status_callback=status_callback(message.id),
        validity_seconds=validity,
        account_sid=account.sid,
        auth_token=account.token,
    )


def _twilio() -> TwilioCarrier:
    """One client per process, so that connections are kept."""
    found = current_app.extensions.get(_TWILIO)
    if isinstance(found, TwilioCarrier):
        return found
    made = TwilioCarrier(current_settings().twilio_api_url)
    use_carrier(current_app, made)
    return made
