"""Twilio's webhook forms, read strictly: every known key has a pattern, no key comes twice.

A signature has no separators, so a captured request can be cut anew into other keys. Hence: what
we act on must fit exactly, or the request is refused; a key we do not know, or a descriptive one
with an odd value, is named in `unknown_keys`: hold that message until the carrier confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from messaging.carriers.base import Attached, BadWebhook, Incoming, StatusReport
from messaging.delivery import from_twilio, waits_at_twilio
from messaging.delivery_errors import settled_status

ACCOUNT_SID: Final = r"AC[0-9a-fA-F]{32}"
MESSAGE_SID: Final = r"(SM|MM)[0-9a-fA-F]{32}"
_NUMBER: Final = r"\+[1-9][0-9]{6,14}|[0-9]{3,8}"
_PLACE: Final = r"([^\W\d_]|[ .,'()/-]){0,60}"
_MEDIA_URL: Final = (
    rf"https://api\.twilio\.com/2010-04-01/Accounts/{ACCOUNT_SID}"
    rf"/Messages/{MESSAGE_SID}/Media/ME[0-9a-fA-F]{{32}}"
)
_MAX_KEYS: Final = 100
_MAX_CHARACTERS: Final = 60_000

# What we act on: a value that does not fit refuses the request. `Body` is free text.
_INBOUND: Final[Mapping[str, str]] = {
    "MessageSid": MESSAGE_SID,
    "SmsSid": MESSAGE_SID,
    "SmsMessageSid": MESSAGE_SID,
    "AccountSid": ACCOUNT_SID,
    "From": _NUMBER,
    "To": _NUMBER,
    "Body": r"(?s:.*)",
    "NumMedia": r"[0-9]{1,2}",
    "SmsStatus": "received",
}
_STATUS: Final[Mapping[str, str]] = {
    "MessageSid": MESSAGE_SID,
    "SmsSid": MESSAGE_SID,
    "AccountSid": ACCOUNT_SID,
    "From": _NUMBER,
    "To": _NUMBER,
    "MessageStatus": r"[a-z_]{1,32}",
    "SmsStatus": r"[a-z_]{1,32}",
    "ErrorCode": r"([0-9]{1,6})?",
}
# What only describes: known, checked, not used. A value that does not fit makes the key an odd one.
_DESCRIPTIVE: Final[Mapping[str, str]] = {
    "ApiVersion": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "NumSegments": r"[0-9]{1,3}",
    "MessagingServiceSid": r"(MG[0-9a-fA-F]{32})?",
    "OptOutType": r"(STOP|START|HELP)?",
    "ErrorMessage": r"(?s:.{0,500})",
    "RawDlrDoneDate": r"[0-9]{0,14}",
    **{f"{end}City": _PLACE for end in ("From", "To")},
    **{f"{end}State": _PLACE for end in ("From", "To")},
    **{f"{end}Zip": r"[0-9A-Za-z -]{0,12}" for end in ("From", "To")},
    **{f"{end}Country": r"([A-Z]{2})?" for end in ("From", "To")},
    **{f"MediaUrl{n}": _MEDIA_URL for n in range(10)},
    **{f"MediaContentType{n}": r"[\w.+-]{1,60}/[\w.+-]{1,80}" for n in range(10)},
}


def parse_inbound(form: Iterable[tuple[str, str]]) -> Incoming:
    """Read the webhook of a text that came in. Raises BadWebhook."""
    fields = read_once(form)
    check(fields, _INBOUND, required=("MessageSid", "AccountSid", "From", "To", "Body"))
    check_same(fields, "MessageSid", ("SmsSid", "SmsMessageSid"))
    odd = odd_keys(fields, _INBOUND)
    media = tuple(
        Attached(fields[key], _declared(fields, f"MediaContentType{n}", odd))
        for n in range(10)
        if (key := f"MediaUrl{n}") in fields and key not in odd
    )
    if len(media) != int(fields.get("NumMedia", "0")) and "NumMedia" not in odd:
        odd = (*odd, "NumMedia")
    return Incoming(
        provider_id=fields["MessageSid"],
        account_sid=fields["AccountSid"],
        sender=fields["From"],
        recipient=fields["To"],
        body=fields["Body"],
        media=media,
        received_at=None,  # Twilio's webhook does not say; the moment it reaches us is the nearest
        unknown_keys=odd,
        opt_out=fields.get("OptOutType", "") if "OptOutType" not in odd else "",
    )


def parse_status(form: Iterable[tuple[str, str]]) -> StatusReport:
    """Read a delivery report. Raises BadWebhook, or UnknownCarrierWord for an unknown state."""
    fields = read_once(form)
    check(fields, _STATUS, required=("MessageSid", "AccountSid", "MessageStatus"))
    check_same(fields, "MessageSid", ("SmsSid",))
    check_same(fields, "MessageStatus", ("SmsStatus",))
    code = int(fields.get("ErrorCode") or 0) or None
    return StatusReport(
        provider_id=fields["MessageSid"],
        account_sid=fields["AccountSid"],
        sender=fields.get("From"),
        recipient=fields.get("To"),
        status=settled_status(from_twilio(fields["MessageStatus"]), code),
        error_code=code,
        unknown_keys=odd_keys(fields, _STATUS),
        is_waiting=waits_at_twilio(fields["MessageStatus"]),
    )


def _declared(fields: Mapping[str, str], key: str, odd: tuple[str, ...]) -> str:
    return fields.get(key, "") if key not in odd else ""


def read_once(form: Iterable[tuple[str, str]]) -> dict[str, str]:
    pairs = list(form)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadWebhook("A key came twice.")
    if len(pairs) > _MAX_KEYS or sum(len(k) + len(v) for k, v in pairs) > _MAX_CHARACTERS:
        raise BadWebhook("The form is too large.")
    return fields


def check(
    fields: Mapping[str, str], patterns: Mapping[str, str], *, required: tuple[str, ...]
) -> None:
    """Refuse a form that lacks what we act on, or holds it in a shape Twilio does not send."""
    for key in required:
        if key not in fields:
            raise BadWebhook(f"{key} is missing.")
    for key, pattern in patterns.items():
        if key in fields and not re.fullmatch(pattern, fields[key]):
            raise BadWebhook(f"{key} is not in the expected form.")


def check_same(fields: Mapping[str, str], key: str, aliases: tuple[str, ...]) -> None:
    """Refuse a form whose old and new name for one thing differ."""
    for alias in aliases:
        if alias in fields and fields[alias] != fields[key]:
            raise BadWebhook(f"{alias} and {key} differ.")


def odd_keys(fields: Mapping[str, str], acted_on: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of keys nobody can vouch for; a name that is no plain word becomes "?"."""
    odd = [
        key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.]{0,63}", key) else "?"
        for key, value in fields.items()
        if key not in acted_on
        and not (key in _DESCRIPTIVE and re.fullmatch(_DESCRIPTIVE[key], value))
    ]
    return tuple(dict.fromkeys(odd))
