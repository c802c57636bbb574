"""The shape every carrier has: plain values in, plain values out, and the errors it may raise.

A carrier knows nothing of patients, rows or requests. Secrets and texts stay out of every repr,
so that a logged value cannot leak them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from messaging.carriers.errors import (
    BadWebhook,
    CarrierBusy,
    CarrierMisconfigured,
    InDoubt,
    LookupFailed,
    NotAccepted,
    RecipientOptedOut,
    Refused,
    SenderQueueFull,
    SendError,
)
from messaging.delivery import MessageStatus

__all__ = [
    "Account",
    "Attached",
    "BadWebhook",
    "Carrier",
    "CarrierBusy",
    "CarrierMessage",
    "CarrierMisconfigured",
    "InDoubt",
    "Incoming",
    "LookupFailed",
    "NotAccepted",
    "Outgoing",
    "Receipt",
    "RecipientOptedOut",
    "Refused",
    "SendError",
    "SenderQueueFull",
    "StatusReport",
]


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the carrier, with its secret."""

    sid: str
    token: str = field(repr=False)


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text about to leave. Numbers are E.164; `validity_seconds` is 1–36,000 or None."""

    message_id: UUID
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    status_callback: str | None
    validity_seconds: int | None
    account_sid: str
    auth_token: str = field(repr=False)
    #: Asked before each piece of the request goes out; after a False nothing may leave any more.
    may_leave: Callable[[], bool] = field(default=_always, repr=False, compare=False)

    @property
    def account(self) -> Account:
        """The account this text is sent from."""
        return Account(self.account_sid, self.auth_token)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The carrier took a text over. `segments` is its own count, None when it does not say."""

    provider_id: str
    status: MessageStatus
    segments: int | None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a text: where the carrier keeps it, and what it was said to be ("" = unsaid)."""

    url: str = field(repr=False)
    declared_type: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A text that came in. With `unknown_keys`, hold it until the carrier confirms it."""

    provider_id: str
    account_sid: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    media: tuple[Attached, ...] = field(default=(), repr=False)
    received_at: datetime | None = None
    unknown_keys: tuple[str, ...] = ()
    #: STOP, START or HELP when the carrier took it for that, and acted and answered itself; else "".
    opt_out: str = ""

    def heard_at(self, at: datetime) -> datetime:
        """When the person wrote it, by the carrier's word; never later than now."""
        return min(self.received_at or at, at)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a carrier says happened to one of our texts."""

    provider_id: str
    account_sid: str
    sender: str | None = field(repr=False)
    recipient: str | None = field(repr=False)
    status: MessageStatus
    error_code: int | None
    unknown_keys: tuple[str, ...] = ()
    #: It stands in the carrier's own queue still.
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """A message as the carrier has it on record. `direction` is "inbound" or "outbound"."""

    provider_id: str
    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    body: str = field(repr=False)
    direction: str
    status: MessageStatus
    error_code: int | None
    created_at: datetime
    #: How many files came with it; they are asked for by `list_media`.
    media_count: int = 0


class Carrier(Protocol):
    """What the outbox and the reconciler need of a carrier. Every method may raise `SendError`."""

    kind: ClassVar[str]

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one text over."""
        ...

    def fetch(self, account: Account, provider_id: str) -> CarrierMessage | None:
        """Return one message on record, or None when the carrier has no such message."""
        ...

    def list_messages(
        self,
        account: Account,
        *,
        sender: str | None = None,
        recipient: str | None = None,
        since: datetime,
    ) -> Iterator[CarrierMessage]:
        """Yield messages created at or after `since`, newest first."""
        ...

    def list_media(self, account: Account, provider_id: str) -> tuple[Attached, ...]:
        """Return the files that came with a message, in order."""
        ...

    def fetch_media(self, account: Account, provider_id: str, url: str) -> bytes:
        """Return one file of a message whole. Raises `media_errors.MediaError` instead."""
        ...
