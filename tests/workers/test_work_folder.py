"""Files left in a folder: taken when whole, by one worker, imported once, and put away with a report."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.cli.importing import work_alone
from app.core.db import db
from app.core.ids import new_id
from app.models.appointment import Appointment
from app.models.event import Event
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.run import ImportRun, RunStatus
from tests.fhir_people import RESOURCES, bundle
from tests.world import World, look_again
from workers import work_folder

WORK = """type,source_id,patient,happens_at
appointment,A-1,H-1,2026-03-10 14:30
appointment,A-2,nobody,2026-03-10 14:30
"""
PANEL = "mrn,given_name,family_name,birth_date\nN-1,Nia,Okoye,1950-02-03\n"


@pytest.fixture
def folder(app: Flask, world: World, tmp_path: Path) -> Iterator[Path]:
    own = app.extensions["touchline.settings"]
    app.extensions["touchline.settings"] = replace(own, work_folder=str(tmp_path))
    made = tmp_path / world.practice.slug
    made.mkdir()
    yield made
    app.extensions["touchline.settings"] = own


def runs() -> list[ImportRun]:
    look_again()
    return list(db.session.scalars(select(ImportRun).order_by(ImportRun.created_at, ImportRun.id)))


def do(run: ImportRun) -> None:
    """What the child process of a run does."""
    look_again()
    found = db.session.get_one(ImportRun, (run.practice_id, run.id))
    work_alone(found, db.session.get_one(Practice, run.practice_id))
    look_again()


def names(folder: Path) -> list[str]:
    return sorted(each.name[21:] for each in folder.iterdir())


def test_it_takes_a_whole_file_imports_it_and_puts_it_away(folder: Path, world: World) -> None:
    (folder / "night.csv").write_text(WORK, "utf-8")
    assert work_folder.run() == 0  # seen once: somebody may still be writing
    assert work_folder.run() == 1
    [run] = runs()
    assert (run.kind, run.came_by, run.status) == ("work", "folder", RunStatus.WAITING)
    do(run)
    assert work_folder.run() == 1
    assert names(folder / "done") == ["night.csv", "night.csv.report.txt"]
    report = next((folder / "done").glob("*.txt")).read_text("utf-8")
    assert "1 created, 0 updated, 0 unchanged, 1 refused" in report
    assert "line 3: patient: There is no such patient" in report
    assert list((folder / "taking").iterdir()) == []
    assert work_folder.run() == 0
    assert len(runs()) == 1
    kinds = set(db.session.scalars(select(Event.kind).where(Event.subject_id == run.id)))
    assert kinds == {"import.asked", "import.finished"}


def test_it_leaves_alone_what_is_still_being_written(folder: Path) -> None:
    path = folder / "night.csv"
    path.write_text(WORK[:40], "utf-8")
    (folder / ".night2.csv").write_text(WORK, "utf-8")
    (folder / "night3.csv.part").write_text(WORK, "utf-8")
    work_folder.run()
    path.write_text(WORK, "utf-8")
    os.utime(path, (1, 1))
    assert work_folder.run() == 0
    assert work_folder.run() == 1
    assert sorted(each.name for each in folder.glob("*night*")) == [
        ".night2.csv",
        "night3.csv.part",
    ]


def test_it_knows_a_panel_and_fhir_by_their_beginning(folder: Path) -> None:
    (folder / "a.csv").write_text(PANEL, "utf-8")
    (folder / "b.json").write_text(bundle(RESOURCES), "utf-8")
    work_folder.run()
    assert work_folder.run() == 2
    assert [run.kind for run in runs()] == ["panel", "fhir"]
    for run in runs():
        do(run)
    assert work_folder.run() == 2
    mrns = select(func.count(Patient.id)).where(Patient.mrn.in_(("N-1", "MR-77")))
    assert db.session.scalar(mrns) == 2


@pytest.mark.parametrize(
    ("text", "words"), [("name,phone\n", "The column mrn is missing"), ("", "empty"),
                        ('{"resourceType": "Bundle", "entry": [', "whole JSON")],
)  # fmt: skip
def test_it_puts_what_cannot_be_read_apart_and_says_why(
    folder: Path, text: str, words: str
) -> None:
    (folder / "odd.csv").write_text(text, "utf-8")
    (folder / "good.csv").write_text(PANEL, "utf-8")
    work_folder.run()
    assert work_folder.run() >= 2
    for run in runs():
        if run.status is RunStatus.WAITING:
            do(run)
    work_folder.run()
    assert names(folder / "refused") == ["odd.csv", "odd.csv.report.txt"]
    assert words in next((folder / "refused").glob("*.txt")).read_text("utf-8")
    assert names(folder / "done") == ["good.csv", "good.csv.report.txt"]


def test_two_workers_never_take_one_file_twice(folder: Path, app: Flask) -> None:
    path = folder / "night.csv"
    path.write_text(WORK, "utf-8")
    work_folder.run()
    work_folder._set_apart(path, folder)
    work_folder._set_apart(path, folder)  # the other one comes too late
    assert len(list((folder / "taking").iterdir())) == 1
    assert work_folder.run() == 1
    assert work_folder.run() == 0
    assert len(runs()) == 1


def test_a_worker_that_died_in_between_loses_and_doubles_nothing(folder: Path) -> None:
    path = folder / "night.csv"
    path.write_text(WORK, "utf-8")
    work_folder.run()
    work_folder._set_apart(path, folder)  # killed here: apart, and nobody asked for it
    work_folder.run()
    [run] = runs()
    do(run)
    [apart] = (folder / "taking").iterdir()
    os.replace(apart, folder / "done" / "moved-already")  # and here: put away, and not noted
    assert work_folder.run() == 1
    assert runs()[0].path is None
    assert work_folder.run() == 0
    assert db.session.scalar(select(func.count(Appointment.id))) == 1


def test_another_practices_folder_is_another_practices(folder: Path, world: World) -> None:
    there = folder.parent / world.other_practice.slug
    there.mkdir()
    (there / "night.csv").write_text(PANEL, "utf-8")
    work_folder.run()
    work_folder.run()
    assert [run.practice_id for run in runs()] == [world.other_practice.id]


def test_it_follows_no_link_to_another_file(folder: Path) -> None:
    secret = folder.parent / "secret.csv"
    secret.write_text(PANEL, "utf-8")
    (folder / "night.csv").symlink_to(secret)
    work_folder.run()
    link = folder / "taking" / f"{new_id()}__night.csv"
    link.symlink_to(secret)
    assert [work_folder.run(), work_folder.run()] == [0, 0]
    assert runs() == []
    assert (folder / "night.csv").is_symlink(), "it stays where it was put"


@pytest.mark.parametrize("name", ["taking", "done", "refused"])
def test_it_does_not_work_through_a_linked_folder(folder: Path, name: str) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / name).symlink_to(elsewhere)
    (folder / "night.csv").write_text(WORK, "utf-8")
    assert [work_folder.run(), work_folder.run()] == [0, 0]
    assert (runs(), list(elsewhere.iterdir())) == ([], [])
    assert (folder / "night.csv").is_file()
