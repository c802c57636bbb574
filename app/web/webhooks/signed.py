"""Reading a carrier's signed form: strictly, once, and over the address as it was called. What is
wrong is refused with 400 or 403 and no word about why; reasons are counted for operators."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import request
from prometheus_client import Counter
from werkzeug.exceptions import RequestEntityTooLarge

from app.core.errors import Forbidden
from app.core.log import logger
from app.core.settings import current_settings
from messaging.carriers import signature
from messaging.carriers.base import BadWebhook

MAX_BYTES = 64 * 1024
MAX_FIELDS = 120
FORM = "application/x-www-form-urlencoded"
REFUSED = Counter("touchline_webhooks_refused", "Carrier requests that were refused.", ["reason"])
log = logger("webhooks")

Pairs = Sequence[tuple[str, str]]


class NotSigned(Forbidden):
    """The signature does not fit, or no line of ours is meant."""


def read_form() -> list[tuple[str, str]]:
    """The form as it was sent, in order. Raises BadWebhook when it is no form, or too large."""
    if request.mimetype != FORM:
        raise BadWebhook("Not a form.")
    request.max_content_length = MAX_BYTES
    try:
        text = request.get_data(cache=False).decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except (ValueError, RequestEntityTooLarge):  # UnicodeDecodeError is a ValueError
        raise BadWebhook("The form cannot be read.") from None


def value_of(form: Pairs, key: str) -> str:
    """The one value of a key. Raises BadWebhook when it is missing or came twice."""
    values = [value for name, value in form if name == key]
    if len(values) != 1:
        raise BadWebhook(f"{key} must come once.")
    return values[0]


def called_url() -> str:
    """The public address with path and query exactly as they came.

    `request.url` is normalised, which breaks signatures over percent-encoded queries; servers keep
    the raw target under one of two names.
    """
    environ = request.environ
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not target.startswith("/"):  # absolute form: the authority is the client's word, not ours
        _, _, rest = target.partition("://")
        target = f"/{rest.partition('/')[2]}"
    return signature.public_url(current_settings().public_url, target, "")


def is_signed(token: str, form: Pairs) -> bool:
    """Whether the account with this token signed this very request."""
    return signature.verify(
        url=called_url(),
        params=form,
        token=token,
        signature=request.headers.get("X-Twilio-Signature"),
        algorithm=_algorithm(),
    )


def _algorithm() -> str:
    """HMAC_SHA1 unless the carrier's settings header names another (as the SDK reads it)."""
    parts = request.headers.get("X-Twilio-Webhooks-Signature-Settings", "").split(",")
    named = dict(part.strip().partition("=")[::2] for part in parts)
    return named.get("algorithm", "").strip().upper() or "HMAC_SHA1"


def note_refusal(reason: str, error: Exception) -> None:
    """Count and log a refusal: the kind of error only, never what was sent."""
    REFUSED.labels(reason=reason).inc()
    log.warning("webhook refused", reason=reason, error=type(error).__name__)
