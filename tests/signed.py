"""A webhook as Twilio sends it, signed by the SDK's own RequestValidator."""

import secrets
import urllib.parse
import urllib.request

from twilio.request_validator import RequestValidator


def inbound_form(*, sender: str, to: str, body: str, account_sid: str) -> dict[str, str]:
    """The parameters of an incoming text, with the place names Twilio adds."""
    sid = "SM" + secrets.token_hex(16)
    return {
        "ToCountry": "US", "ToState": "OR", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "PORTLAND",
        "FromZip": "97205", "SmsSid": sid, "FromState": "OR", "SmsStatus": "received",
        "FromCity": "PORTLAND", "Body": body, "FromCountry": "US", "To": to, "ToZip": "97204",
        "NumSegments": "1", "MessageSid": sid, "AccountSid": account_sid, "From": sender,
        "ApiVersion": "2010-04-01",
    }  # fmt: skip


def post_signed(url: str, form: dict[str, str], *, token: str) -> int:
    """POST the form as the carrier would; the answer's status."""
    signature = RequestValidator(token).compute_signature(url, form)
    request = urllib.request.Request(
        url, data=urllib.parse.urlencode(form).encode(), headers={"X-Twilio-Signature": signature}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)
