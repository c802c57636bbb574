"""A text arrives: put on record, then posted to the practice's webhook with Twilio's parameters."""

from datetime import datetime
from typing import Any

from tests.carrier import media
from tests.carrier.callbacks import post_form
from tests.carrier.exchange import Exchange
from tests.carrier.messages import API_VERSION, Message, segments_of


def arrive(exchange: Exchange, wish: dict[str, Any]) -> dict[str, Any]:
    """Let one text come in. Raises KeyError when `from` or `to` is missing.

    `wish`: from, to, body, url (else the one configured), account_sid (else the first), sid, extra
    (more form keys, None takes a key away), at (ISO: when it came in, else now),
    media (a list of wishes, see `media.File`), copies (how many posts), webhook (False: only kept, as
    if the post was lost). Returns the sid, the form, and the last post's answer.
    """
    account_sid = wish.get("account_sid") or next(iter(exchange.accounts))
    message = Message(
        account_sid=account_sid,
        sender=wish["from"],
        recipient=wish["to"],
        body=wish.get("body", ""),
        direction="inbound",
        status="received",
    )
    message.sid = wish.get("sid") or message.sid
    if "at" in wish:
        message.created_at = datetime.fromisoformat(wish["at"])
    message.sent_at = message.created_at
    if exchange.find(account_sid, message.sid) is None:
        exchange.hear(message)
    extra: dict[str, str | None] = wish.get("extra") or {}
    files = media.attach(exchange, message, wish.get("media") or [])
    merged: dict[str, str | None] = {**inbound_form(message), **files, **extra}
    form = {key: value for key, value in merged.items() if value is not None}
    url = wish.get("url") or exchange.inbound_url
    status, answer = 0, ""
    if url and wish.get("webhook", True):
        for _ in range(wish.get("copies", 1)):
            status, answer = post_form(url, form, exchange.accounts[account_sid])
    return {"sid": message.sid, "form": form, "answered": status, "answer": answer}


def inbound_form(message: Message) -> dict[str, str]:
    """Return the parameters of an inbound webhook."""
    return {
        "ToCountry": "US",
        "ToState": "OR",
        "ToCity": "PORTLAND",
        "ToZip": "97201",
        "FromCountry": "US",
        "FromState": "OR",
        "FromCity": "BEAVERTON",
        "FromZip": "97005",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "To": message.recipient,
        "Body": message.body,
        "NumMedia": "0",
        "NumSegments": str(segments_of(message.body)),
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
    }
