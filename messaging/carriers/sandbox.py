"""The sandbox carrier: texts go to phones that exist only on a page, and never over HTTP.

Its store is injected: a table in the running service, `MemoryStore` in tests. Both answer in the
same shapes and with the same errors as a real carrier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import ClassVar, Protocol

from messaging.carriers.base import (
    Account,
    Attached,
    CarrierMessage,
    Outgoing,
    Receipt,
    RecipientOptedOut,
    SendError,
)
from messaging.carriers.media_errors import MediaGone
from messaging.carriers.sandbox_picture import content_of
from messaging.delivery import MessageStatus


class SandboxStore(Protocol):
    """Where the sandbox keeps what it was given. Any method may raise `SendError`."""

    def accept(self, outgoing: Outgoing, at: datetime) -> Receipt:
        """Keep one text for the invented phone it is for."""
        ...

    def fetch(self, account_sid: str, provider_id: str) -> CarrierMessage | None:
        """Return one message of this account, or None."""
        ...

    def list_messages(
        self, account_sid: str, *, sender: str | None, recipient: str | None, since: datetime
    ) -> Iterable[CarrierMessage]:
        """Return messages created at or after `since`, newest first."""
        ...


def new_provider_id() -> str:
    """Return an id of the shape a real carrier gives: SM and 32 hex digits."""
    return f"SM{token_hex(16)}"


def _now() -> datetime:
    return datetime.now(UTC)


class SandboxCarrier:
    """Hands texts to the store. `now` is the moment a text is accepted; tests set it."""

    kind: ClassVar[str] = "sandbox"

    def __init__(self, store: SandboxStore, *, now: Callable[[], datetime] = _now) -> None:
        self._store = store
        self._now = now

    def send(self, outgoing: Outgoing) -> Receipt:
        """Hand one text to the invented phone."""
        return self._store.accept(outgoing, self._now())

    def fetch(self, account: Account, provider_id: str) -> CarrierMessage | None:
        """Return one message the sandbox has, or None."""
        return self._store.fetch(account.sid, provider_id)

    def list_messages(
        self,
        account: Account,
        *,
        sender: str | None = None,
        recipient: str | None = None,
        since: datetime,
    ) -> Iterator[CarrierMessage]:
        """Yield messages created at or after `since`, newest first."""
        yield from self._store.list_messages(
            account.sid, sender=sender, recipient=recipient, since=since
        )

    def list_media(self, account: Account, provider_id: str) -> tuple[Attached, ...]:
        """Nothing: no text of the sandbox ever misses its webhook."""
        return ()

    def fetch_media(self, account: Account, provider_id: str, url: str) -> bytes:
        """Return the invented picture. Raises MediaGone for any other."""
        content = content_of(url)
        if content is None:
            raise MediaGone
        return content


@dataclass(slots=True)
class MemoryStore:
    """A store for tests and tools: keeps everything in memory, fails when it is told to."""

    accepted: list[Outgoing] = field(default_factory=list)
    opted_out: set[tuple[str, str]] = field(default_factory=set)  # (line, phone)
    _failures: list[SendError] = field(default_factory=list)
    _messages: list[tuple[str, CarrierMessage]] = field(default_factory=list)

    def fail_next(self, *errors: SendError) -> None:
        """Raise these, one per accept, before anything is kept."""
        self._failures.extend(errors)

    def accept(self, outgoing: Outgoing, at: datetime) -> Receipt:
        """Keep one text; it counts as delivered at once."""
        if self._failures:
            raise self._failures.pop(0)
        if (outgoing.sender, outgoing.recipient) in self.opted_out:
            raise RecipientOptedOut(code=21610, permanent=True)
        kept = CarrierMessage(
            provider_id=new_provider_id(),
            sender=outgoing.sender,
            recipient=outgoing.recipient,
            body=outgoing.body,
            direction="outbound",
            status=MessageStatus.DELIVERED,
            error_code=None,
            created_at=at,
        )
        self.accepted.append(outgoing)
        self._messages.append((outgoing.account_sid, kept))
        return Receipt(kept.provider_id, kept.status, None)

    def fetch(self, account_sid: str, provider_id: str) -> CarrierMessage | None:
        """Return one message of this account, or None."""
        mine = (kept for sid, kept in self._messages if sid == account_sid)
        return next((kept for kept in mine if kept.provider_id == provider_id), None)

    def list_messages(
        self, account_sid: str, *, sender: str | None, recipient: str | None, since: datetime
    ) -> Iterable[CarrierMessage]:
        """Return messages created at or after `since`, newest first."""
        return [
            kept
            for sid, kept in reversed(self._messages)
            if sid == account_sid
            and kept.created_at >= since
            and sender in (None, kept.sender)
            and recipient in (None, kept.recipient)
        ]
