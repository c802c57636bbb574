"""Imports and exports asked for on a page: done by a child process, once, and noticed when it dies."""

import time
from datetime import timedelta
from pathlib import Path

from flask import Flask

from app.actions import bulk_exports, imports, tokens
from app.core.db import db, transaction
from app.models.bulk_export import BulkExport
from app.models.event import SYSTEM
from app.models.run import ExportRun, ImportRun, RunStatus
from app.models.viewer import token_viewer
from tests.world import World
from workers import bulk_exports as expiry
from workers import runs

HEADER = (
    "mrn,given_name,family_name,birth_date,phone,language,postal_code,time_zone,"
    "sms_consent,sms_consent_on,email,pcp,subgroup"
)
ROW = "H-77,Nia,Okafor,1961-05-06,(503) 555-0177,en,97205,,yes,2026-02-01,,,"


def ask(world: World, path: Path | None, at) -> ImportRun:
    with transaction():
        return imports.ask(
            world.practice, "panel.csv", str(path) if path else None, by=SYSTEM, at=at
        )


def fresh(run: ImportRun | ExportRun | BulkExport) -> ImportRun | ExportRun | BulkExport:
    db.session.rollback()
    db.session.refresh(run)
    return run


def sweep_until_idle(seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while runs.run():
        assert time.monotonic() < until, "the child did not end"
        time.sleep(0.1)


def test_it_imports_in_a_child_process_once(
    world: World, clock, app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    run = ask(world, path, clock.now)
    assert runs.run() == 1
    assert fresh(run).lease_until == clock.now + runs.LEASE
    sweep_until_idle()
    assert (fresh(run).status, run.created) == (RunStatus.DONE, 1)
    assert runs.run() == 0


def test_it_makes_an_export_in_a_child_process(world: World, clock, app: Flask) -> None:
    with transaction():
        run = ExportRun(
            practice_id=world.practice.id, from_on=clock.now.date(), to_on=clock.now.date(),
            format="csv", created_at=clock.now,
        )  # fmt: skip
        db.session.add(run)
    sweep_until_idle()
    assert fresh(run).status is RunStatus.DONE
    assert run.manifest is not None


def test_t4_3_it_makes_what_was_asked_for_over_fhir_in_a_child_process(
    world: World, clock, app: Flask
) -> None:
    with transaction():
        token, _ = tokens.create(world.practice, "payer", ["fhir:read"], by=SYSTEM, at=clock.now)
        viewer = token_viewer(token)
        wanted = bulk_exports.Wanted("http://localhost:8000/api/fhir/$export")
        run = bulk_exports.request(world.practice, wanted, by=viewer, at=clock.now)
    sweep_until_idle()
    assert fresh(run).status is RunStatus.DONE
    assert {each["type"] for each in run.output} >= {"Organization", "Practitioner"}
    with transaction():
        bulk_exports.cancel(run, by=viewer, at=clock.now)
    assert expiry.expire() == 1
    assert fresh(run).path is None


def test_it_starts_nothing_that_another_process_works_on(world: World, clock, app: Flask) -> None:
    run = ask(world, None, clock.now)
    with transaction():
        fresh(run).status = RunStatus.RUNNING
        run.lease_until = clock.now + timedelta(seconds=30)
    assert runs.run() == 0


def test_it_says_so_when_a_child_dies_without_a_word(
    world: World, clock, app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    run = ask(world, path, clock.now)
    assert runs.run() == 1
    (child,) = app.extensions["touchline.children"]
    child.process.kill()
    child.process.wait()
    assert runs.run() == 0
    assert (fresh(run).status, run.error) == (RunStatus.FAILED, runs.BROKE_OFF)


def test_it_keeps_the_lease_of_a_child_that_still_works(
    world: World, clock, app: Flask, tmp_path: Path
) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(f"{HEADER}\n{ROW}\n", encoding="utf-8")
    run = ask(world, path, clock.now)
    runs.run()
    (child,) = app.extensions["touchline.children"]
    assert child.process.poll() is None  # it takes longer than this to start Python
    clock.advance(seconds=90)
    assert runs.run() == 1
    assert fresh(run).lease_until >= clock.now
    sweep_until_idle()
