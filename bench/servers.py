"""Server processes of a measurement: gunicorn on a free loopback port, one form for both sides, ended by
their own ids."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(target: str, env: dict[str, str], *, workers: int) -> Iterator[int]:
    """Serve `module:app` by gunicorn with gevent, without the embedded worker; yields the port."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "bench/gunicorn_plain.py", "-k", "gevent",
        "-w", str(workers), "--bind", f"127.0.0.1:{port}", target,
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env, "PORT": str(port)})
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("a server ended before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("a server did not listen in time")
