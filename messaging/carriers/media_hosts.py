"""Where a picture may be fetched from. The first request goes to the carrier's API, for a media file of the
very message it belongs to; a redirect only to the carrier's own file hosts; and every name is looked
up here, so that a name which leads into our own network leads nowhere.

An address is matched whole, never parsed and judged by its parts: two parsers may read one address
in two ways, and user names, ports, dots at the end and escapes are how they are made to.
Source of the hosts: Twilio's media resource (GET answers 302 or 307 to *.twiliocdn.com).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from messaging.carriers.media_errors import WRONG_ADDRESS, MediaNotFetched, MediaRefused
from messaging.carriers.twilio_http import TWILIO_API

FILE_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+twiliocdn\.com")
#: Printable ASCII without quotes, angle brackets, backslash and fragment.
_URL: Final = re.compile(
    r"(https?)://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?((?:[/?][!$-;=?-\[\]-~]*)?)"
)
_LOOPBACK: Final = ("localhost", "127.0.0.1")
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """One request: where it goes and what it asks for."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Who is asked."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


def read_url(url: str) -> Target:
    """Return the parts of a plain http(s) address. Raises MediaRefused for any other."""
    match = _URL.fullmatch(url)
    if match is None or int(match[3] or 1) not in range(1, 65536):
        raise MediaRefused(WRONG_ADDRESS)
    scheme, path = match[1], match[4]
    return Target(
        scheme,
        match[2].lower(),
        int(match[3] or _PORTS[scheme]),
        path if path.startswith("/") else f"/{path}",
    )


class MediaHosts:
    """The hosts of one carrier. With a stand-in on this machine as the API, that alone."""

    def __init__(self, base_url: str) -> None:
        self._prefix = base_url.rstrip("/")
        self._base = _read_base(self._prefix)
        base = self._base
        self.is_stand_in = base is not None and base.scheme == "http" and base.host in _LOOPBACK

    def first(self, account_sid: str, message_sid: str, url: str) -> Target:
        """Where the media file `url` of this message is asked for; the only place that gets credentials.

        Raises MediaRefused for an address that is not one of this message's, MediaNotFetched when
        the API itself would be asked in the clear.
        """
        own = f"{TWILIO_API}/2010-04-01/Accounts/{account_sid}/Messages/{message_sid}/Media/"
        if not re.fullmatch(rf"{re.escape(own)}ME[0-9a-fA-F]{{32}}", url):
            raise MediaRefused(WRONG_ADDRESS, detail="not of this message")
        if self._base is None or (self._base.scheme != "https" and not self.is_stand_in):
            raise MediaNotFetched(detail="TWILIO_API_URL is not a plain https address")
        return read_url(self._prefix + url.removeprefix(TWILIO_API))

    def following(self, location: str) -> Target:
        """Where a redirect leads. Raises MediaRefused unless it is a file host of the carrier's."""
        target = read_url(location)
        if self._base is not None and self.is_stand_in:
            allowed = target.origin == self._base.origin
        else:
            allowed = (target.scheme, target.port) == ("https", 443) and bool(
                FILE_HOST.fullmatch(target.host)
            )
        if not allowed:
            raise MediaRefused(WRONG_ADDRESS, detail=f"redirect to {target.host}")
        return target

    def check_address(self, address: str) -> None:
        """Raise MediaNotFetched for an address in our own network, or one that stands for such a one."""
        found = ip_address(address)
        inner = _inside(found)
        good = found.is_loopback if self.is_stand_in else _is_public(found)
        if not good or (inner is not None and not _is_public(inner)):
            raise MediaNotFetched(detail="the name leads into a private network")


def _read_base(prefix: str) -> Target | None:
    try:
        return read_url(prefix)
    except MediaRefused:
        return None


def _inside(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address an IPv6 one stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if isinstance(address, IPv6Address) and address in _NAT64:
        return True  # judged by the address inside
    return address.is_global and not special
