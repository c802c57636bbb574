"""`StandIn`: starts the stand-in as a process, asks things of it, reads its log, ends it.

Used by tests and by the demo. Names no fixture, so that anything may import it.
"""

import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tests.carrier.acceptlog import read_accepted

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_SECONDS = 30.0
_direct = build_opener(ProxyHandler({}))


class StandIn:
    """A carrier on loopback. Use as a context manager, or call `start` and `stop`."""

    def __init__(
        self,
        *,
        log: Path | None = None,
        port: int = 0,
        account_sid: str | None = None,
        auth_token: str | None = None,
    ) -> None:
        """Without a log path, the log lies in a folder that goes when the stand-in stops."""
        self.account_sid = account_sid or f"AC{secrets.token_hex(16)}"
        self.auth_token = auth_token or secrets.token_hex(16)
        self.base_url = ""
        self._port = port
        self._folder = None if log else tempfile.TemporaryDirectory(prefix="carrier-")
        self.log = log or Path(self._folder.name if self._folder else "") / "accepted.jsonl"
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "StandIn":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> "StandIn":
        """Start the process and wait until it listens."""
        command = [sys.executable, "-m", "tests.carrier", "--port", str(self._port)]
        command += ["--log", str(self.log), "--account-sid", self.account_sid]
        command += ["--auth-token", self.auth_token]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        if not first.startswith("ready "):
            self.stop()
            raise RuntimeError("the stand-in carrier did not start")
        self.base_url = first.removeprefix("ready ").strip()
        return self

    def stop(self) -> None:
        """End the process; its log stays when the path was given."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()

    def accepted(self) -> list[dict[str, Any]]:
        """Return the accept log's rows, oldest first."""
        return read_accepted(self.log)

    def callbacks(self) -> list[dict[str, Any]]:
        """Return the status callbacks posted so far: url, form, and how each was answered."""
        posted: list[dict[str, Any]] = self.ask("callbacks", method="GET")["posted"]
        return posted

    def requests(self, kind: str) -> int:
        """Return how many requests came so far: kind is create, fetch, list, media_list,
        media (the API), file (its file host) or file_with_credentials (there, which is wrong)."""
        return int(self.ask("requests", method="GET").get(kind, 0))

    def wait_until_idle(self) -> None:
        """Return once everything that dead processes had asked is done: a clock that leaps must not overtake
        a request that is on the wire."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while self.ask("connections", method="GET")["open"] > 1:  # this very question is one
            if time.monotonic() > until:
                raise AssertionError("somebody still asks the stand-in something")
            time.sleep(0.01)

    def set_fault(self, mode: str, **options: Any) -> None:
        """Spoil the next request (`times`, `target`, `delay`, `code`, `http_status`)."""
        self.ask("fault", {"mode": mode, **options})

    def clear_faults(self) -> None:
        """Answer cleanly from now on."""
        self.ask("fault", method="DELETE")

    def configure(self, **settings: Any) -> None:
        """Change settings: see `control.SETTINGS` for what there is."""
        self.ask("settings", settings)

    def set_outcome(self, to: str, status: str, error_code: int | None = None) -> None:
        """Let texts to this phone end in `status` (delivered, undelivered, failed, sent)."""
        self.configure(outcome={"to": to, "status": status, "error_code": error_code})

    def send_inbound(
        self, *, sender: str, to: str, body: str, url: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Let a text come in (see `inbound.arrive`). Returns sid, form, answered and answer."""
        return self.ask("inbound", {"from": sender, "to": to, "body": body, "url": url, **more})

    def ask(
        self, verb: str, wish: dict[str, Any] | None = None, *, method: str = "POST"
    ) -> dict[str, Any]:
        """Ask the admin surface. Raises ValueError with its words when it makes no sense."""
        data = None if wish is None else json.dumps(wish).encode()
        request = Request(f"{self.base_url}/_control/{verb}", data=data, method=method)
        try:
            with _direct.open(request, timeout=60) as answer:
                said: dict[str, Any] = json.load(answer)
                return said
        except HTTPError as error:
            with error:
                raise ValueError(json.load(error)["error"]) from None
