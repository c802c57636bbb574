"""FHIR that comes in, at size: resources a second, and the most memory a small and a large file need. A
Synthea-shaped NDJSON: of each invented patient a Patient, a Coverage, an Appointment, a MedicationRequest, an
old one, and four resources that are counted only."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.settings import ROOT
from bench import stage

Json = dict[str, Any]
#: The large file may need this much more memory than the small one.
FLAT = 1.15
_LOOK = 0.05
SLUG = "bench-0"
AREAS = ("503", "971", "541", "206", "253", "360", "425", "509", "208", "406", "307", "801", "435",
         "702", "775", "916", "415", "510", "408", "805")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """One import in a process of its own: how many resources, how long, and its greatest memory."""

    patients: int
    rows: int
    seconds: float
    most_kib: int

    def line(self) -> str:
        return (f"  {self.patients:,} patients, {self.rows:,} resources: {self.seconds:.1f} s, "
                f"{self.rows / self.seconds:,.0f} resources/s, {self.most_kib / 1024:.0f} MiB")  # fmt: skip


def run(databases: list[str], *, patients: int) -> int:
    """Measure on each database a quarter of `patients` and all of them. 1 when memory grows, else 0."""
    missed = 0
    for kind in databases:
        print(f"FHIR in, {kind}", flush=True)
        small, large = (_measure(kind, count) for count in (patients // 4, patients))
        ratio = large.most_kib / small.most_kib
        verdict = "reached" if ratio <= FLAT else "missed"
        print(
            f"{small.line()}\n{large.line()}\n  memory ×{ratio:.2f}, goal ≤ {FLAT}: {verdict}",
            flush=True,
        )
        missed |= ratio > FLAT
    return int(missed)


def _measure(kind: str, patients: int) -> Taken:
    with tempfile.TemporaryDirectory() as folder, stage.staged(kind, Path(folder)) as staged:
        path = Path(folder) / "all.ndjson"
        rows = _write(path, patients)
        return _import(staged.env, path, patients, rows)


def _import(env: dict[str, str], path: Path, patients: int, rows: int) -> Taken:
    command = ("fhir", "import", str(path), "--practice", SLUG)
    words = (sys.executable, "-m", "flask", "--app", "wsgi", *command)
    began, most = time.perf_counter(), 0
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
    return Taken(patients, rows, seconds, most)


def _memory(pid: int) -> int:
    """The most memory the process has had so far, in KiB; 0 when it has ended."""
    try:
        told = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM")), 0)


def _write(path: Path, patients: int) -> int:
    """Patients last: references point forward, as they may."""
    rows = 0
    with path.open("w", encoding="utf-8") as out:
        for kind in (_about, _patient):
            for number in range(patients):
                for resource in kind(number):
                    out.write(json.dumps(resource) + "\n")
                    rows += resource["resourceType"] != "Observation"
    return rows


def _patient(n: int) -> Iterator[Json]:
    phone = f"{AREAS[n // 100 % len(AREAS)]}-555-01{n % 100:02}"
    yield {
        "resourceType": "Patient", "id": f"p-{n}",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": f"F-{n}"}],
        "name": [{"use": "official", "family": f"Lee{n}", "given": ["Ann"]}],
        "birthDate": f"{1930 + n % 60}-03-09", "address": [{"postalCode": "97205"}],
        "telecom": [{"system": "phone", "value": phone}],
        "communication": [{"language": {"coding": [{"code": "es" if n % 3 == 0 else "en"}]}}],
    }  # fmt: skip


def _about(n: int) -> Iterator[Json]:
    now, here = datetime.now(UTC), {"reference": f"Patient/p-{n}"}
    ordered = {
        "status": "active",
        "medicationCodeableConcept": {"text": "Tablets"},
        "subject": here,
    }
    yield {"resourceType": "Coverage", "id": f"c-{n}", "status": "active", "beneficiary": here,
           "subscriberId": f"CHP-{n}", "payor": [{"display": "Cascade Health Plan"}],
           "period": {"start": "2026-01-01"}}  # fmt: skip
    yield {"resourceType": "Appointment", "id": f"a-{n}", "status": "booked",
           "start": (now + timedelta(days=5)).isoformat(), "participant": [{"actor": here}]}  # fmt: skip
    yield ordered | {
        "resourceType": "MedicationRequest",
        "id": f"m-{n}",
        "authoredOn": now.isoformat(),
    }
    yield ordered | {
        "resourceType": "MedicationRequest",
        "id": f"o-{n}",
        "authoredOn": "1998-05-06",
    }
    for extra in range(4):
        yield {"resourceType": "Observation", "id": f"x-{n}-{extra}", "subject": here}
