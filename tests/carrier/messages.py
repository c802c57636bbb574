"""Messages as the carrier keeps them, and the JSON it shows of each."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

API_VERSION = "2010-04-01"

_GSM_PLAIN = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = set("^{}\\[~]|€\f")


def new_sid() -> str:
    """Return a fresh message SID."""
    return f"SM{secrets.token_hex(16)}"


def segments_of(body: str) -> int:
    """Return how many segments a body is billed as."""
    if set(body) <= _GSM_PLAIN | _GSM_DOUBLE:
        units, single, joined = sum(2 if c in _GSM_DOUBLE else 1 for c in body), 160, 153
    else:
        units, single, joined = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= single else -(-units // joined)


@dataclass
class Message:
    """One message on record."""

    account_sid: str
    sender: str
    recipient: str
    body: str
    direction: str
    status: str
    sid: str = field(default_factory=new_sid)
    error_code: int | None = None
    status_callback: str | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sent_at: datetime | None = None
    num_media: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the record in the shape of Twilio's Message resource."""
        path = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "messaging_service_sid": None,
            "from": self.sender,
            "to": self.recipient,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "num_segments": str(segments_of(self.body)),
            "num_media": str(self.num_media),
            "error_code": self.error_code,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "date_created": _rfc2822(self.created_at),
            # Empty while queued, as at Twilio.
            "date_sent": _rfc2822(self.sent_at) if self.sent_at else None,
            "date_updated": _rfc2822(self.sent_at or self.created_at),
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }


def _rfc2822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC)).replace("GMT", "+0000")
