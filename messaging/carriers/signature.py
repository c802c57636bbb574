"""Twilio's webhook signature: made, checked, and the public URL it is made over.

Base64 of an HMAC over the full URL, then each form key in sorted order with its value, no
separators (https://www.twilio.com/docs/usage/security). Never log or show a signature: with it,
a captured request can be cut anew into another one.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

_DIGESTS: Final[Mapping[str, str]] = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_DEFAULT_PORTS: Final[Mapping[str, str]] = {"https": "443", "http": "80"}


def public_url(public_base: str, raw_path: str, raw_query: str) -> str:
    """Return the URL a carrier called: our configured base, and path and query as they came.

    Nothing is decoded or normalised, and nothing a client may set (Host, X-Forwarded-*) is read.
    """
    query = f"?{raw_query}" if raw_query else ""
    return f"{public_base.rstrip('/')}{raw_path}{query}"


def sign(
    url: str, params: Iterable[tuple[str, str]], token: str, *, algorithm: str = "HMAC_SHA1"
) -> str:
    """Return the signature of a form post: base64 text. `params` holds each key once."""
    text = url + "".join(key + value for key, value in sorted(params))
    # surrogatepass: a form can smuggle in half a character; it must fail the check, not raise.
    mac = hmac.new(_bytes(token), _bytes(text), _DIGESTS[algorithm])
    return base64.b64encode(mac.digest()).decode("ascii")


def verify(
    *,
    url: str,
    params: Iterable[tuple[str, str]],
    token: str,
    signature: str | None,
    algorithm: str = "HMAC_SHA1",
) -> bool:
    """Tell whether `signature` is right for this post. Answers False, never raises.

    A repeated key is refused: two readers of such a form may see two different things. The URL is
    tried with and without its port, because the carrier is not consistent about it.
    """
    pairs = list(params)
    if not signature or not token or algorithm not in _DIGESTS:
        return False
    if len({key for key, _ in pairs}) != len(pairs):
        return False
    given = _bytes(signature)
    matches = [
        hmac.compare_digest(_bytes(sign(candidate, pairs, token, algorithm=algorithm)), given)
        for candidate in _with_and_without_port(url)
    ]
    return any(matches)


def _with_and_without_port(url: str) -> tuple[str, ...]:
    """Return the spellings of `url` that are tried; none at all when its port is no port."""
    scheme, separator, rest = url.partition("://")
    end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    host, colon, port = authority.rpartition(":")
    if not colon or port.endswith("]"):  # no port; the colons of [::1] are the address's own
        host, port = authority, ""
    half_open = host.startswith("[") != host.endswith("]")
    if not separator or not host or half_open or (port and not _is_port(port)):
        return ()
    bare = f"{scheme}://{host}{tail}"
    ported = f"{scheme}://{host}:{port or _DEFAULT_PORTS.get(scheme, '80')}{tail}"
    return bare, ported


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
