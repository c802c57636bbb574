"""The HTTP side: reads a request, checks who asks, gets the answer, and spoils it if told to."""

import base64
import hmac
import json
import re
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.carrier import api, control, media, numbers
from tests.carrier.exchange import Exchange
from tests.carrier.faults import Fault

_MESSAGES = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages(?:/(\w+))?\.json")


class Server(ThreadingHTTPServer):
    """Listens on loopback only, a thread per connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, exchange: Exchange) -> None:
        self.exchange = exchange
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count the connection from the moment it is taken, in the order in which they came."""
        with self.exchange.counting:
            self.exchange.connections += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve it to its end; one whose client died ends after what it had asked."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.exchange.counting:
                self.exchange.connections -= 1


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Fetch, list, or look at the admin surface."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Create, or ask something of the admin surface."""
        self._serve("POST")

    def do_DELETE(self) -> None:
        """Take back a wish."""
        self._serve("DELETE")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a log of requests would hold numbers."""

    def _serve(self, method: str) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path.startswith("/_control/"):
            self._control(method, url.path.removeprefix("/_control/"), body)
            return
        if file := media.FILE_PATH.fullmatch(url.path):
            media.serve_file(self, self.server.exchange, file[1], int(file[2] or 0))
            return
        if asked := media.MEDIA_PATH.fullmatch(url.path):
            self._media(asked[1], asked[2], asked[3])
            return
        if asked := numbers.NUMBERS_PATH.fullmatch(url.path):
            self._numbers(method, asked[1], asked[2], body, dict(parse_qsl(url.query)))
            return
        if asked := numbers.SERVICES_PATH.fullmatch(url.path):
            self._answer(200, numbers.services(self.server.exchange, asked[1], asked[2]))
            return
        match = _MESSAGES.fullmatch(url.path)
        if match is None:
            self._answer(404, api.error_json(404, 20404, "The requested resource was not found"))
        elif not self._is_known(match[1]):
            self._answer(401, api.error_json(401, 20003, "Authenticate"))
        else:
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            self._messages(method, match[1], match[2], body, query)

    def _messages(
        self, method: str, account_sid: str, sid: str | None, body: bytes, query: dict[str, str]
    ) -> None:
        exchange = self.server.exchange
        target = "create" if method == "POST" else "fetch" if sid else "list"
        exchange.requests[target] += 1
        fault = exchange.faults.take(target)
        if fault is not None and fault.mode == "held":
            exchange.faults.hold()
        if target == "create":
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            status, answer = api.create(exchange, account_sid, form, fault)
        elif fault is not None:
            status, answer = api.faulty(fault)
        elif sid:
            status, answer = api.fetch(exchange, account_sid, sid)
        else:
            status, answer = api.listing(exchange, account_sid, query)
        self._answer(status, answer, fault)

    def _media(self, account_sid: str, message_sid: str, sid: str | None) -> None:
        """Where a file is, or which files there are; for the account's owner only."""
        exchange = self.server.exchange
        exchange.requests["media" if sid else "media_list"] += 1
        if not self._is_known(account_sid):
            self._answer(401, api.error_json(401, 20003, "Authenticate"))
        elif exchange.find(account_sid, message_sid) is None:
            self._answer(404, api.error_json(404, 20404, "The requested resource was not found"))
        elif sid is None:
            self._answer(200, media.listing(exchange, message_sid))
        else:
            base = f"http://{self.headers['Host']}"
            status, location = media.redirect(exchange, message_sid, sid, base)
            self._answer(status, {}, location=location)

    def _numbers(
        self, method: str, account_sid: str, sid: str | None, body: bytes, query: dict[str, str]
    ) -> None:
        """What is on record of a number, and where it calls."""
        exchange = self.server.exchange
        exchange.requests["numbers"] += 1
        fault = exchange.faults.take("numbers")
        if not self._is_known(account_sid):
            self._answer(401, api.error_json(401, 20003, "Authenticate"))
        elif sid is None:
            self._answer(200, numbers.listing(exchange, account_sid, query), fault)
        else:
            found = numbers.change(
                exchange, sid, dict(parse_qsl(body.decode(), keep_blank_values=True))
            )
            self._answer(200 if found else 404, found or api.error_json(404, 20404, "Not found"))

    def _control(self, method: str, verb: str, body: bytes) -> None:
        try:
            wish = json.loads(body or b"{}")
            answer = control.answer(self.server.exchange, method, verb, wish)
        except (ValueError, TypeError, KeyError) as error:
            self._answer(400, {"error": f"{type(error).__name__}: {error}"})
        else:
            self._answer(200, answer)

    def _is_known(self, account_sid: str) -> bool:
        token = self.server.exchange.accounts.get(account_sid)
        expected = base64.b64encode(f"{account_sid}:{token}".encode()).decode()
        given = self.headers.get("Authorization", "")
        return token is not None and hmac.compare_digest(given, f"Basic {expected}")

    def _answer(
        self,
        status: int,
        answer: dict[str, Any],
        fault: Fault | None = None,
        location: str = "http://127.0.0.1:1/elsewhere",
    ) -> None:
        """Send the answer, or spoil it in the way the fault asks for."""
        data, kind = json.dumps(answer).encode(), "application/json; charset=utf-8"
        mode = fault.mode if fault else ""
        if fault and mode in {"accept_then_late", "read_timeout"}:
            time.sleep(fault.delay)
        if mode in {"drop_before_accept", "accept_then_drop", "read_timeout"}:
            self._reset()
            return
        if mode == "garbled":
            data = data[: len(data) // 2]
        if mode == "uncoded":
            data, kind = b"<h1>Blocked</h1>", "text/html"
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if 300 <= status < 400:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the caller gave up, as it should on a late answer

    def _reset(self) -> None:
        """Close so that the caller sees a reset, not an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True
