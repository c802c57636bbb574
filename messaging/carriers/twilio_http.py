"""The HTTP client we give Twilio's SDK: our base URL, our timeouts, no retries, nothing in the log.

The SDK's own client has no timeout and writes phone numbers to the log at INFO. And it cannot tell
a request that never left from one whose answer was lost; on that, everything after depends.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

from requests import Session
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

TWILIO_API: Final = "https://api.twilio.com"
#: Another host of the same company; its paths (/v1/…) never meet the API's (/2010-04-01/…).
TWILIO_MESSAGING: Final = "https://messaging.twilio.com"
_POOL_SIZE: Final = 50


#: Whether what this thread or greenlet is about to write may still leave; None: whenever it likes.
_may_leave: ContextVar[Callable[[], bool] | None] = ContextVar("may_leave", default=None)


class NeverLeft(Exception):
    """The request did not leave as a whole (no name, connection, TLS or proxy, or its time was over), so that
    nothing can have been taken."""


@contextmanager
def leaving_only_if(may_leave: Callable[[], bool]) -> Iterator[None]:
    """Ask before each piece of the requests made inside the block; after a False they raise NeverLeft.

    Finding the name and connecting can take any time, and a process can stand still in them.
    """
    token = _may_leave.set(may_leave)
    try:
        yield
    finally:
        _may_leave.reset(token)


def _check_time() -> None:
    may_leave = _may_leave.get()
    if may_leave is not None and not may_leave():
        raise NeverLeft("TooLate")


@contextmanager
def _nothing_sent_yet() -> Iterator[None]:
    # urllib3 reports TLS trouble alike before and after the request was written, so the border
    # is drawn where it lies: whatever is raised while connecting happened before.
    try:
        yield
    except Exception as error:
        raise NeverLeft(type(error).__name__) from error


class _Punctual(HTTPConnection):
    """Headers and body are written one after the other: without the last piece nobody can take it."""

    def connect(self) -> None:
        with _nothing_sent_yet():
            super().connect()

    def send(self, data: Any) -> None:
        if (
            self.sock is None and self.auto_open
        ):  # here, so that the look at the time comes after it
            self.connect()
        _check_time()
        super().send(data)


class _Http(_Punctual):
    pass


class _Https(_Punctual, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS: Final = {"http": _HttpPool, "https": _HttpsPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = dict(_POOLS)
        return manager


class TwilioHttp(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """Serves every account: credentials come with each request, none are kept."""

    def __init__(self, *, base_url: str, connect_timeout: float, read_timeout: float) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._base_url = base_url.rstrip("/")
        self.clock_skew: timedelta | None = None
        self._timeouts = (connect_timeout, read_timeout)
        self._session = Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(pool_maxsize=_POOL_SIZE, max_retries=0))

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request. The SDK's wishes for timeout and redirects are not followed.

        Raises NeverLeft when no connection was made, else what `requests` raises.
        """
        answer = self._session.request(
            method.upper(),
            self._url(uri),
            params=dict(params or {}),
            data=dict(data or {}),
            headers=headers,
            auth=auth,
            timeout=self._timeouts,
            allow_redirects=False,
        )
        self.clock_skew = _skew(answer.headers.get("Date"))
        # Decoded here: guessing an encoding from the bytes is slow and can guess wrong.
        text = answer.content.decode("utf-8", "replace")
        return Response(answer.status_code, text, answer.headers)

    def _url(self, uri: str) -> str:
        """Move a URL of the SDK to our base. Credentials never go to another host."""
        if uri.startswith(f"{TWILIO_MESSAGING}/"):
            is_real = self._base_url == TWILIO_API
            return uri if is_real else self._base_url + uri.removeprefix(TWILIO_MESSAGING)
        if not uri.startswith(f"{TWILIO_API}/"):
            raise NeverLeft("ForeignHost")
        return self._base_url + uri.removeprefix(TWILIO_API)


def _skew(date: str | None) -> timedelta | None:
    """Their clock minus ours, from an answer's Date header."""
    try:
        return parsedate_to_datetime(date or "") - datetime.now(tz=UTC)
    except (TypeError, ValueError):
        return None
