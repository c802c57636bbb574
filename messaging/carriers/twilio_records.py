"""Twilio's Message records, as the SDK hands them out, turned into ours.

A record with an odd word must not stop a whole listing: the odd word is reported, and the record
is read as the least it proves (it is at the carrier, or it came in).
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from messaging.carriers.base import CarrierMessage
from messaging.delivery import MessageStatus, UnknownCarrierWord, from_twilio
from messaging.delivery_errors import settled_status

log = logging.getLogger(__name__)


def carrier_message(row: Any) -> CarrierMessage | None:
    """Return our form of one record; None (and a log line) for one without sid or date."""
    at = created_at(row)
    if at is None or not row.sid:
        log.error("carrier record without a sid or date: %s", row.sid)
        return None
    inbound = not str(row.direction or "").startswith("outbound")
    return CarrierMessage(
        provider_id=row.sid,
        sender=row.from_ or "",
        recipient=row.to or "",
        body=row.body or "",
        direction="inbound" if inbound else "outbound",
        status=_status(row, MessageStatus.RECEIVED if inbound else MessageStatus.SENT),
        error_code=_code(row),
        created_at=at,
        media_count=_count(row),
    )


def receipt_status(row: Any) -> MessageStatus:
    """Return the state of a message just created; with its sid in hand it is at least sent."""
    return _status(row, MessageStatus.SENT)


def created_at(row: Any) -> datetime | None:
    """Return when the carrier made the record, in UTC; None when it does not say."""
    at = row.date_created
    if not isinstance(at, datetime):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _status(row: Any, least: MessageStatus) -> MessageStatus:
    try:
        return settled_status(from_twilio(str(row.status)), _code(row))
    except UnknownCarrierWord:
        log.error("unknown carrier word for %s: %.40r", row.sid, row.status)
        return least


def _count(row: Any) -> int:
    """Files that came with it; Twilio counts them in words of digits."""
    said = str(row.num_media or "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _code(row: Any) -> int | None:
    return row.error_code if isinstance(row.error_code, int) and row.error_code else None
