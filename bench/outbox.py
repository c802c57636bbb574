"""The outbox against Celery and Dramatiq over Redis: from the first send() to the last text recorded as sent,
with a carrier that does nothing. The peers' jobs do nothing at all; ours ask the gate twice, keep its
verdicts, write attempt, ledger row and events, and are durable."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench import stage
from bench.peers import running
from bench.servers import ROOT
from bench.side_by_side import Comparison, compare

#: PERFORMANCE row 5: send() to sent, one commit each.
GOALS = {"celery": 1.5, "dramatiq": None}
#: The peers get so many jobs for each text of ours, so that their turns take long enough to measure.
PEER_TIMES = 10


def run(databases: list[str], *, repetitions: int, texts: int) -> int:
    """Measure on each database; prints the ratios. 1 when a goal is missed, else 0."""
    running.install()
    measured: list[tuple[Comparison, float | None]] = []
    for kind in databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            ready = stack.enter_context(stage.staged(kind, folder))
            url = stack.enter_context(running.a_redis())
            ours = stack.enter_context(_outbox(ready))
            for peer in (running.celery, running.dramatiq):
                with peer(url) as theirs:
                    found = compare(
                        f"outbox on {kind} ÷ {peer.__name__}",
                        partial(theirs, texts * PEER_TIMES),
                        partial(ours, texts),
                        repetitions=repetitions,
                    )
                measured.append((found, GOALS[peer.__name__]))
    for comparison, goal in measured:
        print("\n".join(comparison.lines()))
        if goal is not None:
            print(f"  goal {goal}: {'reached' if comparison.ratio >= goal else 'missed'}")
    for comparison, _ in measured:
        comparison.check_quiet()
    return int(any(goal is not None and found.ratio < goal for found, goal in measured))


@contextmanager
def _outbox(ready: stage.Stage) -> Iterator[Callable[[int], float]]:
    """The worker with an idle carrier; yields `turn(n)`: texts per second from first send() to last sent."""
    env = {**os.environ, **ready.env}
    worker = subprocess.Popen([sys.executable, "-m", "bench.idle_carrier"], cwd=ROOT, env=env)
    sent = "direction = 'outbound' AND status = 'sent'"

    def turn(n: int) -> float:
        done, before = stage.count(ready, "message", sent), stage.count(ready, "message")
        producer = subprocess.Popen(
            [sys.executable, "-m", "bench.texts", str(n)], cwd=ROOT, env=env
        )
        while stage.count(ready, "message") == before and producer.poll() is None:
            time.sleep(0.01)  # its imports are not measured
        began = time.perf_counter()
        if producer.wait(timeout=600):
            raise RuntimeError("texts could not be queued")
        until = time.monotonic() + 600
        while stage.count(ready, "message", sent) < done + n:
            if worker.poll() is not None or time.monotonic() > until:
                raise RuntimeError("not every text was sent")
            time.sleep(0.05)
        took = time.perf_counter() - began
        _check(ready)
        return n / took

    try:
        yield turn
    finally:
        worker.terminate()
        worker.wait(timeout=60)


def _check(ready: stage.Stage) -> None:
    """Each text has one attempt and one ledger row."""
    texts = stage.count(ready, "message")
    for table in ("send_attempt", "touchpoint"):
        found = stage.count(ready, table)
        if found != texts:
            raise AssertionError(f"{texts} texts, {found} rows of {table}")
