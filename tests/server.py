"""Touchline as it runs for real: gunicorn (and a worker) as processes of their own on loopback, over a
database of their own. For browser, production-shape and kill tests; ended by pid."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT_SID = "AC" + "7" * 32
AUTH_TOKEN = "a-token-only-tests-know"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds, *, seconds: float, what: str) -> None:  # type: ignore[no-untyped-def]
    """Poll `holds` until true; AssertionError naming `what` when it never was."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} s still not: {what}")


@dataclass
class Server:
    """One installation: its settings, its processes, its log."""

    folder: Path
    database_url: str
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "DATABASE_URL": self.database_url, "PUBLIC_URL": self.url, "PORT": str(self.port),
            "SECRET_KEY": "only-for-tests-" * 3, "DATA_KEYS": Fernet.generate_key().decode(),
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "LEDGER_CHECKPOINTS": str(self.folder / "checkpoints"), **self.more,
        }  # fmt: skip

    def flask(self, *args: str, stdin: str | None = None) -> str:
        """Run an admin command; its output. AssertionError with the output when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *args], cwd=ROOT, env=self.env, input=stdin,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def admin(self, *commands: tuple[str, ...], stdin: str | None = None) -> list[str]:
        """Several admin commands in one process, which costs the time of one; what each said."""
        program = (
            "import json, sys\n"
            "from wsgi import app\n"
            "commands, stdin = json.load(sys.stdin)\n"
            "said = []\n"
            "for words in commands:\n"
            "    done = app.test_cli_runner().invoke(args=words, input=stdin)\n"
            "    assert done.exit_code == 0, done.output\n"
            "    said.append(done.output)\n"
            "print(json.dumps(said))"
        )
        said: list[str] = json.loads(self.python(program, stdin=json.dumps([commands, stdin])))
        return said

    def python(self, program: str, *, stdin: str | None = None) -> str:
        """Run a few lines of Python in a process of their own, with this installation's settings."""
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=self.env, input=stdin, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def start(self, *more: str) -> "Server":
        """gunicorn, with the worker inside when there is no Redis; returns when it answers."""
        self.spawn("gunicorn", "--bind", f"127.0.0.1:{self.port}", *more, "wsgi:app")
        wait_until(self.is_up, seconds=120, what=f"the server answers; see {self.log}")
        return self

    def is_up(self, port: int | None = None) -> bool:
        try:
            url = f"http://127.0.0.1:{port or self.port}/healthz"
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
        self.processes.clear()
