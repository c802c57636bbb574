"""The stand-in's state: accounts, messages, opt-outs, outcomes, and how a message is taken."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from tests.carrier.acceptlog import AcceptLog
from tests.carrier.callbacks import Callbacks
from tests.carrier.faults import Faults
from tests.carrier.messages import Message

_STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
_START = {"START", "UNSTOP", "YES"}
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass
class Rejected(Exception):
    """A request Twilio answers with an error of its own."""

    http_status: int
    code: int
    text: str


@dataclass
class Exchange:
    """Everything the stand-in knows. One lock: correctness here matters more than speed."""

    accounts: dict[str, str]
    log: AcceptLog
    faults: Faults = field(default_factory=Faults)
    callbacks: Callbacks = field(default_factory=Callbacks)
    list_lag_seconds: float = 0.0
    inbound_url: str | None = None
    opted_out: set[tuple[str, str]] = field(default_factory=set)  # (line, phone)
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)  # by phone
    requests: Counter[str] = field(default_factory=Counter)  # create, fetch, list, media, file
    connections: int = 0  # open ones, counted under `counting`
    counting: Lock = field(default_factory=Lock)
    files: dict[str, Any] = field(default_factory=dict)  # media.File by sid
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)  # by number: see numbers.py
    services: dict[str, dict[str, Any]] = field(default_factory=dict)  # messaging services by sid
    _messages: dict[str, Message] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def accept(self, account_sid: str, form: dict[str, str]) -> Message:
        """Take one message, on disk before it returns. Raises Rejected."""
        self._check(form)
        message = Message(
            account_sid=account_sid,
            sender=form["From"],
            recipient=form["To"],
            body=form["Body"],
            direction="outbound-api",
            status="queued",
            status_callback=form.get("StatusCallback"),
        )
        self.log.write(
            {
                "sid": message.sid,
                "at": message.created_at.isoformat(),
                "account_sid": account_sid,
                "to": message.recipient,
                "from": message.sender,
                "body": message.body,
                "status_callback": message.status_callback,
                "validity_period": form.get("ValidityPeriod"),
            }
        )
        self.keep(message)
        outcome = self.outcomes.get(message.recipient, {})
        self.callbacks.follow(message, self.accounts[account_sid], outcome)
        return message

    def keep(self, message: Message) -> None:
        """Put a message on record."""
        with self._lock:
            self._messages[message.sid] = message

    def find(self, account_sid: str, sid: str) -> Message | None:
        """Return one message of this account."""
        message = self._messages.get(sid)
        return message if message and message.account_sid == account_sid else None

    def listing(self, account_sid: str) -> list[Message]:
        """Return the account's messages that the list shows by now, newest first."""
        now = datetime.now(UTC)
        with self._lock:
            mine = [m for m in self._messages.values() if m.account_sid == account_sid]
        seen = [m for m in mine if (now - m.created_at).total_seconds() >= self.list_lag_seconds]
        return seen[::-1]

    def hear(self, message: Message) -> None:
        """Keep a text that came in, and obey it when it is STOP or START."""
        self.keep(message)
        pair, word = (message.recipient, message.sender), message.body.strip().upper()
        if word in _STOP:
            self.opted_out.add(pair)
        elif word in _START:
            self.opted_out.discard(pair)

    def _check(self, form: dict[str, str]) -> None:
        """Refuse what Twilio refuses, with its codes."""
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        validity = form.get("ValidityPeriod", "36000")
        if not _E164.fullmatch(to):
            raise Rejected(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not _E164.fullmatch(sender):
            raise Rejected(400, 21212, f"The 'From' number {sender} is not a valid phone number.")
        if not body:
            raise Rejected(400, 21602, "Message body is required.")
        if len(body) > 1600:
            raise Rejected(400, 21617, "The concatenated message body exceeds 1600 characters.")
        if not validity.isdigit() or not 1 <= int(validity) <= 36000:
            raise Rejected(400, 90007, "The validity period is not valid.")
        if (sender, to) in self.opted_out:
            raise Rejected(400, 21610, f"Attempt to send to unsubscribed recipient {to}")
