"""Twilio's webhook signature, written from its documentation alone.

On purpose not the product's function and not the SDK's: what this signs, the product must accept.
"""

import hashlib
import hmac
from base64 import standard_b64encode


def signature_of(url: str, form: dict[str, str], token: str) -> str:
    """Return the value of X-Twilio-Signature for a POST of `form` to `url`."""
    mac = hmac.new(token.encode(), url.encode(), hashlib.sha1)
    for key in sorted(form):
        mac.update(key.encode())
        mac.update(form[key].encode())
    return standard_b64encode(mac.digest()).decode()
