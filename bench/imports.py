"""What comes in, at size: FHIR, a panel and a work file. Rows a second, CPU time a row and the most memory,
of a tenth, a half and the whole of the patients, each in a process of its own into a fresh database.

FHIR is Synthea-shaped NDJSON: of each invented patient a Patient, a Coverage, an Appointment, a
MedicationRequest, an old one, and four resources that are counted only."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import ROOT
from bench import import_files, stage

#: The largest file may need this much more memory than the smallest, and this much more CPU time a row.
FLAT, AS_FAST = 1.15, 1.25
PARTS = (10, 2, 1)
_LOOK = 0.05
SLUG = "bench-0"


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file: its command, who writes it, and what has to be there before."""

    name: str
    file: str
    command: tuple[str, str]
    write: Callable[[Path, int], int]
    before: "Shape | None" = None


FHIR = Shape("FHIR", "all.ndjson", ("fhir", "import"), import_files.fhir)
PANEL = Shape("panel", "panel.csv", ("patients", "import"), import_files.panel)
WORK = Shape("work", "work.csv", ("work", "import"), import_files.work, PANEL)
SHAPES = (FHIR, PANEL, WORK)


@dataclass(frozen=True, slots=True)
class Taken:
    """One import in a process of its own: how many rows, how long, its CPU time and greatest memory."""

    patients: int
    rows: int
    seconds: float
    cpu: float
    most_kib: int

    @property
    def cpu_a_row(self) -> float:
        return self.cpu / self.rows

    def line(self) -> str:
        return (f"  {self.patients:,} patients, {self.rows:,} rows: {self.seconds:.1f} s, "
                f"{self.rows / self.seconds:,.0f} rows/s, {self.cpu_a_row * 1000:.2f} ms CPU a row, "
                f"{self.most_kib / 1024:.0f} MiB")  # fmt: skip


def run(databases: list[str], *, patients: int) -> int:
    """Measure each shape on each database. 1 when memory or time a row grows, else 0."""
    grown = [_grows(kind, shape, patients) for kind in databases for shape in SHAPES]
    return int(any(grown))


def _grows(kind: str, shape: Shape, patients: int) -> bool:
    print(f"{shape.name} in, {kind}", flush=True)
    taken = []
    for part in PARTS:
        taken.append(_measure(kind, shape, patients // part))
        print(taken[-1].line(), flush=True)
    first, last = taken[0], taken[-1]
    missed = False
    for what, ratio, most in (
        ("memory", last.most_kib / first.most_kib, FLAT),
        ("CPU a row", last.cpu_a_row / first.cpu_a_row, AS_FAST),
    ):
        verdict = "reached" if ratio <= most else "missed"
        print(f"  {what} ×{ratio:.2f}, goal ≤ {most}: {verdict}", flush=True)
        missed |= ratio > most
    return missed


def _measure(kind: str, shape: Shape, patients: int) -> Taken:
    with tempfile.TemporaryDirectory() as folder, stage.staged(kind, Path(folder)) as staged:
        for each in filter(None, (shape.before, shape)):
            path = Path(folder) / each.file
            taken = _import(staged.env, each, path, patients, each.write(path, patients))
    return taken


def _import(env: dict[str, str], shape: Shape, path: Path, patients: int, rows: int) -> Taken:
    command = (*shape.command, str(path), "--practice", SLUG)
    words = (sys.executable, "-m", "flask", "--app", "wsgi", *command)
    before, began, most = _cpu(), time.perf_counter(), 0
    with (path.parent / "out.txt").open("w+", encoding="utf-8") as out:
        child = subprocess.Popen(words, cwd=ROOT, env=os.environ | env, stdout=out,
                                 stderr=subprocess.DEVNULL)  # fmt: skip
        while child.poll() is None:
            most = max(most, _memory(child.pid))
            time.sleep(_LOOK)
        seconds = time.perf_counter() - began
        out.seek(0)
        last = out.read().strip().splitlines()[-1:]
    if child.returncode != 0 or not last or not last[0].endswith(" 0 refused."):
        raise RuntimeError(f"the import did not go in: {last}")
    return Taken(patients, rows, seconds, _cpu() - before, most)


def _cpu() -> float:
    """The CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _memory(pid: int) -> int:
    """The most memory the process has had so far, in KiB; 0 when it has ended."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM")), 0)
