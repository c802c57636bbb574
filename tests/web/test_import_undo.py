"""Taking a whole import back: everything as it was, unless somebody has seen or done anything of it."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import import_undo
from app.core.db import db, transaction
from app.models.appointment import Appointment
from app.models.coverage import Coverage
from app.models.import_row import SourceLink
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.run import ImportRun, RunStatus
from app.models.task import Task, TaskStatus
from tests.conftest import Clock
from tests.fhir_people import MARIA, RESOURCES, bundle
from tests.web.importing import PANEL, SignInAs, only_run, plain, step, take_in
from tests.world import World, look_again
from workers import deadlines, outbox


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def test_a_panel_is_taken_back_as_if_it_had_never_come(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    sam = f"H-2,Samuel,Porter,1957-03-09,{world.phone(world.sam)}"
    page = take_in(lea, app, f"{PANEL}{sam}\n")
    assert db.session.get_one(Patient, (world.practice.id, world.sam.id)).given_name == "Samuel"
    assert "Nia Okoye" in lea.get("/patients?q=Nia").text
    clock.advance(minutes=5)
    for _click in range(2):
        lea.post(f"{page}/undoing")
    look_again()
    step(app, only_run())
    assert only_run().status is RunStatus.UNDONE
    assert "taken back" in plain(lea, page)
    assert "Could not be taken back" not in plain(lea, page)
    assert "Nia Okoye" not in lea.get("/patients?q=Nia").text
    db.session.rollback()
    assert db.session.get_one(Patient, (world.practice.id, world.sam.id)).given_name == "Sam"
    gone = db.session.scalars(
        select(Patient).where(Patient.status == PatientStatus.ENTERED_IN_ERROR)
    ).one()
    assert lea.get(f"/patients/{gone.id}").status_code == 404
    assert take_in(lea, app, PANEL)  # its record number is free again
    assert "Nia Okoye" in lea.get("/patients?q=Nia").text


WORK = """type,source_id,patient,happens_at,place
appointment,A-1,H-1,2026-03-10 14:30,Food pantry
appointment,A-2,H-2,2026-03-10 15:30,Food pantry
"""


def appointment(source_id: str) -> Appointment | None:
    db.session.rollback()
    return db.session.scalar(select(Appointment).where(Appointment.source_id == source_id))


def test_work_is_taken_back_and_nobody_is_asked(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    first = take_in(lea, app, WORK, "work")
    clock.advance(minutes=1)
    moved = WORK.replace("2026-03-10 14:30", "2026-03-12 14:30").replace("A-2", "A-3")
    second = take_in(lea, app, moved, "work")
    clock.advance(minutes=1)
    lea.post(f"{first}/undoing")
    assert "1 later import changed its records" in plain(lea, first)
    lea.post(f"{second}/undoing")
    run = db.session.scalars(select(ImportRun).where(ImportRun.phase == "undo")).one()
    step(app, run)
    row = appointment("A-1")
    assert row is not None
    assert row.starts_at.day == 10
    assert (appointment("A-3"), appointment("A-2") is None) == (None, False)
    clock.advance(minutes=1)
    lea.post(f"{first}/undoing")
    db.session.rollback()
    step(app, db.session.scalars(select(ImportRun).order_by(ImportRun.created_at)).all()[0])
    tasks = db.session.scalars(select(Task)).all()
    assert {task.status for task in tasks} == {TaskStatus.ENTERED_IN_ERROR}
    assert {task.next_step_at for task in tasks} == {None}
    assert appointment("A-1") is None


def cards() -> list[tuple[bool, date]]:
    db.session.rollback()
    rows = db.session.scalars(select(Task).order_by(Task.source_key))
    return [(task.is_open, task.due_on) for task in rows]


def test_a_card_the_file_cancelled_or_put_off_is_as_before(
    lea: FlaskClient, app: Flask, clock: Clock
) -> None:
    head = "type,source_id,patient,due_on,status\n"
    first = f"{head}no_show,N-1,H-1,2026-03-20,\nno_show,N-2,H-2,2026-03-20,\n"
    take_in(lea, app, first, "work")
    clock.advance(minutes=1)
    changed = f"{head}no_show,N-1,H-1,,cancelled\nno_show,N-2,H-2,2026-03-27,\n"
    second = take_in(lea, app, changed, "work")
    assert cards() == [(False, date(2026, 3, 20)), (True, date(2026, 3, 27))]
    clock.advance(minutes=1)
    lea.post(f"{second}/undoing")
    db.session.rollback()
    step(app, db.session.scalars(select(ImportRun).where(ImportRun.phase == "undo")).one())
    assert cards() == [(True, date(2026, 3, 20))] * 2


def test_what_somebody_did_since_stands_in_the_way(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    page = take_in(lea, app, WORK, "work")
    clock.advance(minutes=1)
    task = db.session.scalars(select(Task).where(Task.patient_id == world.rosa.id)).one()
    assert lea.post(f"/tasks/{task.id}/hold", data={"reason": "She is away"}).status_code < 400
    clock.advance(minutes=1)
    lea.post(f"{page}/undoing")
    assert "1 change by people on its records since" in plain(lea, page)
    assert (only_run().status, only_run().phase) == (RunStatus.DONE, "commit")
    assert appointment("A-1") is not None


def test_a_text_that_left_stands_in_the_way(
    lea: FlaskClient, sign_in: SignInAs, app: Flask, world: World, clock: Clock
) -> None:
    page = take_in(lea, app, WORK, "work")
    task = db.session.scalars(select(Task).where(Task.patient_id == world.rosa.id)).one()
    clock.set(task.next_step_at or clock.now)
    deadlines.run()
    outbox.deliver_due()
    clock.advance(minutes=1)
    lea = sign_in(world.lea)  # days have passed
    lea.post(f"{page}/undoing")
    assert "about its records left or came in" in plain(lea, page)
    assert only_run().status is RunStatus.DONE


def test_fhir_is_taken_back_with_all_that_came_along(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    kept = (Patient.status != PatientStatus.ENTERED_IN_ERROR, Coverage.id.is_not(None),
            RelatedPerson.ended_at.is_(None), SourceLink.id.is_not(None))  # fmt: skip

    def there() -> list[int]:
        db.session.rollback()
        return [db.session.scalar(select(func.count()).where(each)) or 0 for each in kept]

    before = there()
    page = take_in(lea, app, bundle(RESOURCES), "fhir")
    assert [now - was for now, was in zip(there(), before, strict=True)] == [1, 1, 1, 6]
    clock.advance(minutes=1)
    lea.post(f"{page}/undoing")
    look_again()
    step(app, only_run())
    assert (only_run().status, only_run().refused) == (RunStatus.UNDONE, 0)
    assert there() == before
    assert {task.status for task in db.session.scalars(select(Task))} == {
        TaskStatus.ENTERED_IN_ERROR
    }
    take_in(lea, app, bundle(RESOURCES), "fhir")
    newest = db.session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert newest is not None
    assert (newest.created, newest.refused) == (6, 0)


def test_a_death_that_a_file_told_of_is_taken_back(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    take_in(lea, app, bundle([MARIA]), "fhir")
    clock.advance(minutes=1)
    page = take_in(lea, app, bundle([{**MARIA, "deceasedBoolean": True}]), "fhir")
    maria = select(Patient).where(Patient.mrn == "MR-77")
    assert db.session.scalars(maria).one().status is PatientStatus.DECEASED
    clock.advance(minutes=1)
    lea.post(f"{page}/undoing")
    look_again()
    step(app, db.session.scalars(select(ImportRun).where(ImportRun.phase == "undo")).one())
    found = db.session.scalars(maria).one()
    assert (found.status, found.status_since) == (PatientStatus.ACTIVE, None)
    assert "Could not be taken back" not in plain(lea, page)


def hold(lea: FlaskClient, patient: Patient) -> None:
    task = db.session.scalars(select(Task).where(Task.patient_id == patient.id)).one()
    assert lea.post(f"/tasks/{task.id}/hold", data={"reason": "She is away"}).status_code < 400


def test_what_somebody_did_before_the_worker_came_stops_it(
    lea: FlaskClient, app: Flask, world: World, clock: Clock
) -> None:
    page = take_in(lea, app, f"{WORK}appointment,A-9,nobody,2026-03-10 15:30,\n", "work")
    clock.advance(minutes=1)
    lea.post(f"{page}/undoing")
    hold(lea, world.rosa)
    clock.advance(minutes=1)
    step(app, only_run())
    run = only_run()
    assert (run.status, run.phase, run.done) == (RunStatus.DONE, "commit", 3)
    assert run.refused == 1, "what had been refused is still known"
    assert "1 change by people on its records since" in plain(lea, page)
    assert "There is no such patient" in plain(lea, page)
    assert appointment("A-1") is not None
    assert appointment("A-2") is not None


def test_what_somebody_does_while_it_runs_stays_and_is_reported(
    lea: FlaskClient, app: Flask, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = take_in(lea, app, WORK, "work")
    clock.advance(minutes=1)
    lea.post(f"{page}/undoing")
    monkeypatch.setattr(import_undo, "BATCH", 1)
    with transaction():
        import_undo.take_back(only_run(), world.practice, at=clock.now)
    clock.advance(minutes=1)
    hold(lea, world.rosa)
    clock.advance(minutes=1)
    step(app, only_run())
    assert (only_run().status, only_run().refused) == (RunStatus.UNDONE, 1)
    assert "Somebody has changed it since. It stays." in plain(lea, page)
    tasks = {task.patient_id: task.status for task in db.session.scalars(select(Task))}
    assert tasks[world.rosa.id] is not TaskStatus.ENTERED_IN_ERROR
    assert tasks[world.sam.id] is TaskStatus.ENTERED_IN_ERROR
