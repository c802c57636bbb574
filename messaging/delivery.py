"""Delivery states, their legal moves, and the one table that turns a carrier's words into ours.

Reports from a carrier arrive twice, late and out of order, so a state only climbs: whatever the
order, the same set of reports ends in the same state. Error codes live in `delivery_errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from messaging.errors import MessagingError


class MessageStatus(StrEnum):
    """Where one message stands. *sent*: handed to the carrier; *delivered*: it says it arrived."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    IN_DOUBT = "in_doubt"
    RECEIVED = "received"


class UnknownCarrierWord(MessagingError):
    """The carrier used a word for a message's state that we do not know."""

    our_fault = True


_S = MessageStatus

MOVES: Final[Mapping[MessageStatus, frozenset[MessageStatus]]] = {
    # A report may find a row back in the queue, when the answer to its first try was lost.
    _S.QUEUED: frozenset(
        {_S.SENDING, _S.SENT, _S.DELIVERED, _S.FAILED, _S.WITHHELD, _S.CANCELLED, _S.EXPIRED}
    ),
    _S.SENDING: frozenset(
        {_S.QUEUED, _S.IN_DOUBT, _S.SENT, _S.DELIVERED, _S.FAILED}
        | {_S.WITHHELD, _S.CANCELLED, _S.EXPIRED}
    ),
    # Back to queued is the single, marked repeat of a message that may be sent twice.
    _S.IN_DOUBT: frozenset(
        {_S.QUEUED, _S.SENT, _S.DELIVERED, _S.FAILED, _S.WITHHELD, _S.CANCELLED, _S.EXPIRED}
    ),
    _S.SENT: frozenset({_S.DELIVERED, _S.FAILED, _S.CANCELLED, _S.EXPIRED}),
    # A phone that did get the text outranks everything we believed before.
    _S.FAILED: frozenset({_S.DELIVERED}),
    _S.WITHHELD: frozenset({_S.CANCELLED, _S.EXPIRED, _S.FAILED, _S.DELIVERED}),
    _S.CANCELLED: frozenset({_S.EXPIRED, _S.FAILED, _S.DELIVERED}),
    _S.EXPIRED: frozenset({_S.FAILED, _S.DELIVERED}),
    _S.DELIVERED: frozenset(),
    _S.RECEIVED: frozenset(),
}

# A total order, so that the end state is the highest one seen, in whatever order reports come.
_RANK: Final[Mapping[MessageStatus, int]] = {
    _S.QUEUED: 0,
    _S.SENDING: 1,
    _S.IN_DOUBT: 2,
    _S.SENT: 3,
    _S.WITHHELD: 4,
    _S.CANCELLED: 5,
    _S.EXPIRED: 6,
    _S.FAILED: 7,
    _S.DELIVERED: 8,
    _S.RECEIVED: 9,
}

# Words of Twilio's Message resource. Until a phone has it, all we know is that they have it.
_FROM_TWILIO: Final[Mapping[str, MessageStatus]] = {
    "accepted": _S.SENT,
    "scheduled": _S.SENT,
    "queued": _S.SENT,
    "sending": _S.SENT,
    "sent": _S.SENT,
    "partially_delivered": _S.SENT,
    "delivered": _S.DELIVERED,
    "read": _S.DELIVERED,
    "undelivered": _S.FAILED,
    "failed": _S.FAILED,
    "canceled": _S.CANCELLED,
    "receiving": _S.RECEIVED,
    "received": _S.RECEIVED,
}


def from_twilio(word: str) -> MessageStatus:
    """Translate Twilio's word for a state. Raises UnknownCarrierWord; nothing is guessed."""
    try:
        return _FROM_TWILIO[word]
    except KeyError:
        raise UnknownCarrierWord from None


def waits_at_twilio(word: str) -> bool:
    """Whether a text of which Twilio says this word has not left its queue yet."""
    return word in ("accepted", "scheduled", "queued")


def may_move(current: MessageStatus, to: MessageStatus) -> bool:
    """Whether a message may go from `current` to `to`. Staying where it is is not a move."""
    return to in MOVES[current]


def advance(current: MessageStatus, reported: MessageStatus) -> MessageStatus:
    """Return where a message stands after a carrier's report: forward only, never back."""
    return reported if _RANK[reported] > _RANK[current] else current


def keep_code(current: int | None, reported: int | None) -> int | None:
    """Return the error code to store. A report without one never erases the one we have."""
    return current if reported is None else reported
