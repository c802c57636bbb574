"""`Listener`: a small HTTP server on loopback that keeps every post it gets, for tests of webhooks."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True)
class Post:
    """One post: the raw target as it came, the form's pairs, the headers in lower case."""

    target: str
    form: list[tuple[str, str]]
    headers: dict[str, str]


class Listener(ThreadingHTTPServer):
    """Use as a context manager; `url` is its base, `posts` what came in, `connections` who knocked."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        self.posts: list[Post] = []
        self.connections = 0
        self.status = status
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "Listener":
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()
        self.server_close()

    def get_request(self) -> tuple[socket.socket, Any]:
        self.connections += 1
        return super().get_request()

    def wait_for(self, enough: Callable[[list[Post]], bool], seconds: float = 5) -> list[Post]:
        """Return the posts once `enough` says so. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not enough(self.posts):
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {len(self.posts)} posts came")
            time.sleep(0.01)
        return list(self.posts)


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = {key.lower(): value for key, value in self.headers.items()}
        pairs = parse_qsl(body, keep_blank_values=True)
        self.server.posts.append(Post(self.path, pairs, headers))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
