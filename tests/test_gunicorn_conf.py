"""How gunicorn serves: one process unless PostgreSQL and Redis are both there, and the embedded
worker only where no other process does its work. A real gunicorn serves a tiny app."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[1]
APP = """from flask import Flask
app = Flask(__name__)
"""
EMBEDDED = """def start(app):
    print("embedded worker for", app.name, flush=True)
"""
Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start gunicorn, wait until `expect` processes are up, stop it, give what it printed."""
    copy(ROOT / "gunicorn.conf.py", tmp_path)
    (tmp_path / "wsgi.py").write_text(APP)
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "embedded.py").write_text(EMBEDDED)
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str, expect: int, visit: str = "", **settings: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        clean = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "DATABASE_URL"}}
        log = tmp_path / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *options, "wsgi:app"],
                cwd=tmp_path,
                env=clean | {"PORT": port} | settings,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        running.append(process)
        deadline = time.monotonic() + 20
        while log.read_text().count("Booting worker") < expect:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        assert f"http://127.0.0.1:{port}" in log.read_text()
        time.sleep(0.5)  # a process too many would boot now
        if visit:
            ask(int(port), visit)
        process.terminate()
        process.wait(20)
        return log.read_text()

    yield start
    for process in running:
        process.kill()
        process.wait(20)


def ask(port: int, path: str) -> None:
    with socket.create_connection(("127.0.0.1", port)) as page:
        page.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        assert b" 404 " in page.recv(100)


def booted(log: str) -> int:
    return len(re.findall("Booting worker", log))


def test_it_serves_from_one_process_on_sqlite_whatever_was_asked(serve: Serve) -> None:
    log = serve("-k", "gevent", "-w", "3", expect=1, REDIS_URL="redis://127.0.0.1:1/0")
    assert booted(log) == 1
    assert "One process only, not 3: SQLite has one writer." in log
    assert "embedded worker" not in log


def test_it_works_alone_without_redis(serve: Serve) -> None:
    log = serve("-w", "2", expect=1, DATABASE_URL="postgresql+psycopg://db.example.org/touchline")
    assert booted(log) == 1
    assert "without REDIS_URL" in log
    assert log.count("embedded worker for wsgi") == 1


def test_it_serves_from_many_with_postgresql_and_redis(serve: Serve) -> None:
    log = serve(
        *("-k", "gevent", "-w", "2"),
        expect=2,
        DATABASE_URL="postgresql+psycopg://db.example.org/touchline",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert booted(log) == 2
    assert "One process only" not in log
    assert "embedded worker" not in log


def test_it_keeps_sign_in_links_out_of_an_access_log(serve: Serve) -> None:
    log = serve("--access-logfile", "-", expect=1, visit="/portal/in/a-secret-key?q=Jimenez")
    assert "GET /portal/in/***?***" in log
    assert "a-secret-key" not in log
    assert "Jimenez" not in log


def test_it_keeps_partners_links_out_of_an_access_log(serve: Serve) -> None:
    log = serve("--access-logfile", "-", expect=1, visit="/partner/a-secret-key/answers")
    assert "GET /partner/***/answers" in log
    assert "a-secret-key" not in log


def test_it_lets_no_header_move_the_site(serve: Serve) -> None:
    """gunicorn's default believes a SCRIPT_NAME header that comes through a proxy of this machine."""
    header = "/ HTTP/1.0\r\nSCRIPT_NAME: /elsewhere\r\nX-Rest:"
    assert "SCRIPT_NAME" not in serve(expect=1, visit=header)  # answered 404, not refused
