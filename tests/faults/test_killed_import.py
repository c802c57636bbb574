"""kill -9 while an import goes in or is taken back: nothing is lost or doubled, it goes on where it was."""

from pathlib import Path

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select

from app.actions import import_choices, imports
from app.cli.importing import work_alone
from app.core.db import db, transaction
from app.models.appointment import Appointment
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ImportKind, ImportRun, RunStatus
from app.models.task import Task, TaskStatus
from tests.conftest import Clock
from tests.faults.dying import die_when
from tests.faults.figures import Figure
from tests.world import World, look_again

ROWS = 30


@pytest.fixture
def run(world: World, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImportRun:
    monkeypatch.setattr(imports, "BATCH", 10)
    monkeypatch.setattr("app.actions.import_undo.BATCH", 10)
    path = tmp_path / "work.csv"
    lines = (f"appointment,A-{n},H-{n % 6 + 1},2026-03-10 14:30,Pantry" for n in range(ROWS))
    path.write_text("type,source_id,patient,happens_at,place\n" + "\n".join(lines), "utf-8")
    with transaction():
        return imports.ask(
            world.practice, "work.csv", str(path), by=SYSTEM, at=clock.now, kind=ImportKind.WORK
        )


def go_on(run: ImportRun) -> ImportRun:
    look_again()
    found = db.session.get_one(ImportRun, (run.practice_id, run.id))
    work_alone(found, db.session.get_one(Practice, run.practice_id))
    look_again()
    return db.session.get_one(ImportRun, (run.practice_id, run.id))


def count(*wanted) -> int:  # type: ignore[no-untyped-def]
    return db.session.scalar(select(func.count()).where(*wanted)) or 0


@pytest.mark.parametrize("place", ["transaction.numbered:kill:3", "transaction.committed:kill:3"])
def test_a_killed_import_loses_and_doubles_nothing(
    run: ImportRun, clock: Clock, place: str, figure: Figure
) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    assert die_when(app, place, lambda: go_on(run))
    done = go_on(run)
    assert (done.status, done.done, done.created + done.unchanged) == (RunStatus.DONE, ROWS, ROWS)
    rows, tasks = count(Appointment.source_id.is_not(None)), count(Task.id.is_not(None))
    assert (rows, tasks) == (ROWS, ROWS)
    clock.advance(minutes=1)
    with transaction():
        assert import_choices.undo(done, by=SYSTEM, at=clock.now)
    assert die_when(app, place, lambda: go_on(run))
    assert go_on(run).status is RunStatus.UNDONE
    assert count(Task.status == TaskStatus.ENTERED_IN_ERROR) == ROWS
    assert count(Appointment.source_id.is_not(None)) == 0
    figure(f"import killed at {place}", n=ROWS, lost=ROWS - rows, doubled=tasks - ROWS)
