"""Imports as runs: batches that survive a broken line, a run cut short goes on where it stopped, and the
size of a file changes neither its memory nor its neighbours."""

import contextvars
import csv
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.actions import imports
from app.actions.import_file import COLUMNS, PanelFile
from app.cli.importing import work
from app.core.db import db, transaction
from app.core.settings import ROOT
from app.models.event import SYSTEM, Actor, Event
from app.models.patient import Patient
from app.models.run import ImportProblem, ImportRun, RunStatus
from tests.databases import KIND
from workers.runs import environment_of

SECONDS_ALLOWED = 60  # of the processor; the promise is 20 on a machine of its own
#: A line's cost in memory is the process's, not the database's.
LINES = 5000 if KIND == "sqlite" else 1000


def row_of(number: int) -> list[str]:
    phone = f"(503) 555-{number % 10_000:04}" if number % 3 else ""
    return [f"P-{number}", "José" if number % 2 else "Ann", f"Lee {number}", "1950-01-02", phone,
            "es" if number % 2 else "en", "97205", "", "yes" if phone else "no", "2026-02-01",
            f"p{number}@example.org", "Dr. Haddad", "chronic" if number % 5 else "complex"]  # fmt: skip


def spoil(row: list[str], kind: int) -> list[str]:
    """Five ways for a line to be bad."""
    column, value = ((3, "1950-13-01"), (4, "911"), (0, "P-0"), (8, "maybe"), (6, "9720"))[kind % 5]
    return [*row[:column], value, *row[column + 1 :]]


def write_panel(path: Path, rows: int, *, bad: int = 0) -> Path:
    """A panel of `rows` lines of which `bad`, evenly spread and never the first, are bad."""
    every = rows // bad if bad else rows + 1
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(COLUMNS[:13])
        for number in range(rows):
            row = row_of(number)
            is_bad = number % every == every - 1
            writer.writerow(spoil(row, number // every) if is_bad else row)
    return path


def ask(world, clock, path: Path, by: Actor = SYSTEM) -> ImportRun:
    with transaction():
        return imports.ask(world.practice, path.name, str(path), by=by, at=clock.now)


def import_run(app, run: ImportRun) -> Any:
    words = ["patients", "import-run", str(run.practice_id), str(run.id)]
    return contextvars.Context().run(app.test_cli_runner().invoke, args=words)


def patients_of(run: ImportRun) -> int:
    db.session.rollback()
    of_file = select(func.count(Patient.id)).where(Patient.mrn.like("P-%"))
    return db.session.scalar(of_file.where(Patient.practice_id == run.practice_id)) or 0


@pytest.fixture
def one_lee(world) -> Iterator[None]:
    """A rule of the database that the code knows nothing of, for one test."""
    rule = "CREATE UNIQUE INDEX one_lee ON patient (family_name) WHERE mrn LIKE 'P-%'"
    with transaction() as session:
        session.execute(text(rule))
    yield
    with transaction() as session:
        session.execute(text("DROP INDEX one_lee"))


def test_a_line_the_database_refuses_does_not_stop_its_batch(
    world, clock, tmp_path, one_lee
) -> None:
    path = write_panel(tmp_path / "panel.csv", 9)
    path.write_text(path.read_text(encoding="utf-8").replace("Lee 5", "Lee 3"), encoding="utf-8")
    run = ask(world, clock, path)
    work(run, world.practice, PanelFile(path))
    assert (run.status, run.created, run.refused, run.done) == (RunStatus.DONE, 8, 1, 9)
    assert patients_of(run) == 8
    problem = db.session.scalars(select(ImportProblem)).one()
    assert (problem.line, problem.reason) == (7, "This line could not be saved. Import it again.")
    created = select(func.count(Event.id)).where(
        Event.kind == "patient.created", Event.actor_kind == "system"
    )
    assert db.session.scalar(created.where(Event.patient_id.not_in(select(Patient.id)))) == 0


def test_a_run_cut_short_goes_on_where_it_stopped(world, clock, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    path = write_panel(tmp_path / "panel.csv", 45, bad=5)
    run, file = ask(world, clock, path), PanelFile(path)
    with transaction():
        imports.begin(run, file, at=clock.now)
        imports.take(
            run, world.practice, list(islice(file.lines(), 20)), imports.Taken(), at=clock.now
        )
    assert (run.status, run.done, run.total) == (RunStatus.RUNNING, 20, 45)
    work(run, world.practice, PanelFile(path))
    assert (run.status, run.done, run.created, run.unchanged, run.refused) == (
        RunStatus.DONE,
        45,
        40,
        0,
        5,
    )
    assert patients_of(run) == 40
    assert db.session.scalar(select(func.count(ImportProblem.id))) == 5


def test_a_child_process_does_what_a_page_asked_for(app, world, clock, tmp_path) -> None:
    path = write_panel(tmp_path / "panel.csv", 30, bad=3)
    run = ask(world, clock, path, by=Actor("user", world.lea.id))
    result = import_run(app, run)
    assert result.exit_code == 0, result.output
    db.session.rollback()
    db.session.refresh(run)
    assert (run.status, run.total, run.created, run.refused) == (RunStatus.DONE, 30, 27, 3)
    assert not path.exists()
    events = db.session.scalars(
        select(Event).where(Event.kind == "patient.created", Event.actor_kind == "user")
    )
    assert {event.actor_id for event in events} == {world.lea.id}
    finished = db.session.scalars(select(Event).where(Event.kind == "import.finished")).one()
    assert finished.facts == {"created": 27, "updated": 0, "unchanged": 0, "refused": 3}


@pytest.mark.parametrize("content", [b"", b"name,phone", None])
def test_a_file_that_cannot_be_read_fails_its_run(app, world, clock, tmp_path, content) -> None:
    path = tmp_path / "panel.csv"
    if content is not None:
        path.write_bytes(content)
    run = ask(world, clock, path)
    result = import_run(app, run)
    assert result.exit_code == 0, result.output
    db.session.rollback()
    db.session.refresh(run)
    assert (run.status, run.done) == (RunStatus.FAILED, 0)
    assert run.error


def memory_of(process: subprocess.Popen[bytes]) -> int:
    """The most memory the process has had so far, in KiB; 0 when it has ended."""
    try:
        told = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM")), 0)


def import_in_a_process(run_env: dict[str, str], path: Path) -> tuple[str, float, int]:
    """What the command printed, its processor seconds, and its greatest memory in KiB."""
    words = (
        "-m",
        "flask",
        "--app",
        "wsgi",
        "patients",
        "import",
        str(path),
        "--practice",
        "harbor",
    )
    began, most = processor_seconds(), 0
    with (path.parent / "out.txt").open("w+") as out:
        child = subprocess.Popen((sys.executable, *words), cwd=ROOT, env=run_env, stdout=out,
                                 stderr=subprocess.DEVNULL)  # fmt: skip
        while child.poll() is None:
            most = max(most, memory_of(child))
            time.sleep(0.05)
        out.seek(0)
        printed = out.read()
    assert child.returncode == 0, printed
    return printed, processor_seconds() - began, most


def processor_seconds() -> float:
    """Of all child processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
def test_a_panel_of_thousands_with_bad_lines_goes_in_within_flat_memory(
    app, world, tmp_path, capsys
) -> None:
    env = environment_of(app.extensions["touchline.settings"])
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    write_panel(small, 500)
    small.write_text(small.read_text(encoding="utf-8").replace("P-", "S-"), encoding="utf-8")
    _, _, small_memory = import_in_a_process(env, small)
    printed, seconds, large_memory = import_in_a_process(env, write_panel(large, LINES, bad=50))
    told = [line for line in printed.splitlines() if line.startswith("line ")]
    assert len(told) == 50
    assert printed.splitlines()[-1].endswith(" 50 refused.")
    run = db.session.scalars(select(ImportRun).where(ImportRun.file_name == "large.csv")).one()
    assert patients_of(run) == LINES - 50
    assert (
        db.session.scalar(
            select(func.count(ImportProblem.id)).where(ImportProblem.run_id == run.id)
        )
        == 50
    )
    with capsys.disabled():
        print(  # noqa: T201 - the measured speed belongs in the test log
            f"\n{LINES:,} lines in {seconds:.1f} s; memory {small_memory} → {large_memory} KiB"
        )
    assert seconds < SECONDS_ALLOWED
    assert small_memory > 0
    assert large_memory - small_memory < 24 * 1024
