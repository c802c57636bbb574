"""Pace and fairness of the outbox over a carrier that takes 100 ms for each text: does every line keep its
own segments per second, how long does an urgent text wait on a line that is full of others, and does a line
whose carrier is slow, or one with far too much to say, take anything from the other practices?"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import stage
from bench.servers import ROOT
from bench.side_by_side import TooNoisy

#: Segments a second of the busy lines, by practice; the others send now and then.
PACES = {0: 2.0, 1: 5.0, 2: 5.0}
#: The practice whose carrier takes so long (s) that ten of its requests are out at once.
SLOW, SLOW_SECONDS, USUAL_SECONDS = 2, 2.0, 0.1
#: Practices with a text now and then: an urgent one for a busy line, and others that share nothing with it.
QUIET = (3, 4, 5)
EVERY = 2.0
#: PERFORMANCE row 6: the pace is kept within so much, never exceeded over ten seconds, and a slow line
#: lowers another's rate by no more than so much.
WITHIN, WINDOW, TAKES = 0.05, 10.0, 0.10
#: What an urgent text may wait: a look each second, and the moments that were given out already (1.5 s).
URGENT_GOAL = 5.0
#: A machine that wakes a sleeper later than this (s, p95) measures its other work, not the outbox.
MOST_LATE = 0.1


@dataclass(frozen=True, slots=True)
class Taken:
    """One text as the carrier saw it."""

    at: float
    line: str
    body: str
    #: How much longer than wanted its answer took: the machine's own doing.
    late: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the carrier saw of a run of so many seconds."""

    taken: Sequence[Taken]
    began: float
    seconds: float

    def rate(self, practice: int) -> float:
        """Texts a second between the first and the last of a busy line within the run."""
        moments = self._moments(practice)
        return (len(moments) - 1) / (moments[-1] - moments[0])

    def busiest(self, practice: int) -> float:
        """The most texts a second over any ten seconds."""
        moments, most, first = self._moments(practice), 0, 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= WINDOW:
                first += 1
            most = max(most, last - first + 1)
        return most / WINDOW

    def waits(self, kind: str) -> list[float]:
        """How long texts of a kind waited from being written to the carrier, shortest first."""
        return sorted(
            each.at - float(each.body.split()[-1])
            for each in self.taken
            if each.body.startswith(kind)
        )

    def late(self) -> float:
        """How late the machine woke the carrier, p95."""
        return _p95(sorted(each.late for each in self.taken))

    def doubled(self) -> int:
        """Texts the carrier got more than once."""
        return len(self.taken) - len({(each.line, each.body) for each in self.taken})

    def _moments(self, practice: int) -> list[float]:
        until = self.began + self.seconds
        mine = stage.line(practice)
        return sorted(
            t.at for t in self.taken if t.line == mine and self.began + EVERY <= t.at < until
        )


def run(databases: list[str], *, seconds: int) -> int:
    """Measure on each database; prints the figures. 1 when a goal is missed, else 0.

    Raises TooNoisy, after printing what was measured, when the machine was late by itself.
    """
    missed, late = 0, 0.0
    for kind in databases:
        alone = _measure(kind, seconds=seconds, slow=False)
        beside = _measure(kind, seconds=seconds, slow=True)
        missed += _tell(kind, alone, beside)
        late = max(late, alone.late(), beside.late())
    if late > MOST_LATE:
        raise TooNoisy(f"a sleeper woke {late * 1000:.0f} ms late (p95)")
    return int(missed > 0)


def _measure(kind: str, *, seconds: int, slow: bool) -> Outcome:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stage.staged(kind, Path(folder)) as ready,
    ):
        seen = Path(folder) / "taken.jsonl"
        env = {**os.environ, **ready.env, "BENCH_TAKEN": str(seen), "BENCH_SECONDS": _seconds(slow)}
        _write(env, "fill", seconds)
        with _ended(_start("bench.idle_carrier", env)):
            _until(seen.exists, "the first text")
            began = time.time()
            _write(env, "now_and_then", seconds)
        found = [Taken(**json.loads(line)) for line in seen.read_text().splitlines()]
    return Outcome(found, began, float(seconds))


def _seconds(slow: bool) -> str:
    """What the carrier takes for each line: one of them is slow, or none."""
    usual: Mapping[str, float] = {"": USUAL_SECONDS}
    return json.dumps({**usual, stage.line(SLOW): SLOW_SECONDS} if slow else usual)


def _start(module: str, env: Mapping[str, str], *args: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", module, *args], cwd=ROOT, env=env)


def _write(env: Mapping[str, str], what: str, seconds: int) -> None:
    if _start("bench.paced_texts", env, what, str(seconds)).wait(timeout=600 + seconds):
        raise RuntimeError("texts could not be queued")


@contextmanager
def _ended(worker: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=60)


def _until(true: object, what: str) -> None:
    until = time.monotonic() + 60
    while not (callable(true) and true()):
        if time.monotonic() > until:
            raise RuntimeError(f"{what} did not come")
        time.sleep(0.05)


def _p95(ordered: Sequence[float]) -> float:
    return ordered[int(len(ordered) * 0.95)]


def _tell(kind: str, alone: Outcome, beside: Outcome) -> int:
    """Print both runs; how many goals were missed."""
    good: defaultdict[str, list[bool]] = defaultdict(list)
    for name, outcome in (("all lines usual", alone), ("one line slow", beside)):
        print(f"pacing on {kind}, {name}: {outcome.seconds:.0f} s, n = {len(outcome.taken)} texts")
        for practice, pace in PACES.items():
            kept, most = outcome.rate(practice) / pace, outcome.busiest(practice)
            if not (name == "one line slow" and practice == SLOW):
                good["pace"].append(abs(kept - 1) <= WITHIN)
            good["never more"].append(most <= pace + 1 / WINDOW)
            print(f"  {pace:.0f}/s: {kept:.2f} of its pace; most over any 10 s {most:.1f}/s")
        for words in ("Urgent", "Elsewhere"):
            waits = outcome.waits(words)
            p95 = _p95(waits)
            good["waits"].append(p95 <= URGENT_GOAL)
            print(f"  {words}: n = {len(waits)}, waits {median(waits):.1f} s, p95 {p95:.1f} s")
        good["once"].append(outcome.doubled() == 0)
    taken = 1 - beside.rate(1) / alone.rate(1)
    good["takes"].append(taken <= TAKES)
    print(f"  a slow line takes {taken * 100:.0f} % of another's rate")
    wrong = [name for name, each in good.items() if not all(each)]
    print(f"  goals: {'reached' if not wrong else 'missed: ' + ', '.join(wrong)}")
    return len(wrong)
