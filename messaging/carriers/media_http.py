"""Fetches one media file: by HTTP of our own making, because every part of it must be ours to decide.

The name is looked up once, judged, and that very address is connected to, so that a second answer of
the name service changes nothing. One deadline holds for everything, byte by byte. No proxy of the
environment is asked, no redirect is followed unseen, and credentials go to the first host alone.
"""

from __future__ import annotations

import base64
import io
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final

import certifi

from messaging.carriers.base import Account
from messaging.carriers.media_errors import (
    MANY_REDIRECTS,
    TOO_LARGE,
    MediaError,
    MediaGone,
    MediaNotFetched,
    MediaRefused,
)
from messaging.carriers.media_hosts import MediaHosts, Target

#: What Twilio lets a message carry altogether.
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_HOPS: Final = 3
_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, float], socket.socket]


def resolve(host: str, port: int) -> list[str]:
    """Every address a name stands for, in the order to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A plain connection to an address."""
    return socket.create_connection((address, port), timeout=seconds)


class MediaHttp:
    """Fetches media of every account: credentials come with each request, none are kept."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_seconds: float = 3,
        total_seconds: float = 10,
        resolve: Resolve = resolve,
        connect: Connect = connect,
    ) -> None:
        self._hosts = MediaHosts(base_url)
        self._connect_seconds, self._total_seconds = connect_seconds, total_seconds
        self._resolve, self._connect = resolve, connect
        self._tls = ssl.create_default_context(cafile=certifi.where())

    def fetch(self, account: Account, message_sid: str, url: str) -> bytes:
        """Return the whole file. Raises MediaError, and nothing else."""
        try:
            return self._follow(account, message_sid, url)
        except MediaError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise MediaNotFetched(detail=type(error).__name__) from None

    def _follow(self, account: Account, message_sid: str, url: str) -> bytes:
        until = time.monotonic() + self._total_seconds
        target = self._hosts.first(account.sid, message_sid, url)
        headers = {"Authorization": _basic(account)}
        for _ in range(MOST_HOPS):
            found = self._ask(target, headers, until)
            if isinstance(found, bytes):
                return found
            target, headers = self._hosts.following(found), {}
        raise MediaRefused(MANY_REDIRECTS)

    def _ask(self, target: Target, headers: dict[str, str], until: float) -> bytes | str:
        """One request: the file, or where it is."""
        with closing(self._open(target, until)) as sock:
            connection = HTTPConnection(target.host, target.port)
            connection.sock = _Timed(sock, until)
            own = {"Host": target.authority, "Connection": "close", "User-Agent": "Touchline"}
            connection.request("GET", target.path, headers=own | headers)
            answer = connection.getresponse()
            if answer.status in _REDIRECTS:
                return answer.headers.get("Location", "")
            if answer.status in (404, 410):
                raise MediaGone(detail=str(answer.status))
            if answer.status != 200:
                raise MediaNotFetched(detail=str(answer.status))
            return _read(answer)

    def _open(self, target: Target, until: float) -> socket.socket:
        """A connection to one of the name's addresses, all of them judged first."""
        addresses = self._resolve(target.host, target.port)
        for address in addresses:
            self._hosts.check_address(address)
        sock = self._connect_any(addresses, target.port, until)
        if target.scheme == "http":
            return sock
        try:
            sock.settimeout(_left(until))
            return self._tls.wrap_socket(sock, server_hostname=target.host)
        except BaseException:
            sock.close()
            raise

    def _connect_any(self, addresses: list[str], port: int, until: float) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                return self._connect(address, port, min(self._connect_seconds, _left(until)))
            except OSError as error:
                failure = error
        raise failure


class _Timed:
    """A socket whose every read and write ends by one moment, so that a slow drip is no way around it."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._until))
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock, self._until))

    def close(self) -> None:
        """Nothing: http.client lets go before it reads the body; whoever opened the socket closes it."""


class _TimedReads(io.RawIOBase):
    def __init__(self, sock: socket.socket, until: float) -> None:
        super().__init__()
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(_left(self._until))
        return self._sock.recv_into(buffer)


def _read(answer: HTTPResponse) -> bytes:
    """The body, never more than the limit whatever its length claims to be."""
    claimed = answer.length
    if claimed is not None and claimed > MOST_BYTES:
        raise MediaRefused(TOO_LARGE)
    content = bytearray()
    while chunk := answer.read(_CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise MediaRefused(TOO_LARGE)
    if claimed is not None and len(content) < claimed:
        raise MediaNotFetched(detail="cut off")
    return bytes(content)


def _left(until: float) -> float:
    """Seconds left. Raises TimeoutError when there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _basic(account: Account) -> str:
    pair = base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
    return f"Basic {pair}"
