"""Importing on a page: upload, a preview that writes nothing, progress, every refused line with what to do,
and the whole of it taken back while nobody has seen or done anything of it."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.core.settings import VAR
from app.models.appointment import Appointment
from app.models.event import Event
from app.models.import_row import ImportRow
from app.models.message import Message
from app.models.patient import Patient
from app.models.run import ImportProblem, ImportRun, RunStatus
from app.models.task import Task
from app.models.topic import Change
from tests.web.importing import PANEL, SignInAs, only_run, plain, step, take_in, upload
from tests.world import World, look_again


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def counts() -> list[int]:
    tables = (Patient, Appointment, Task, Message, Event, Change, ImportRow)
    return [db.session.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


def kept(world: World) -> set[Path]:
    return set((VAR / "uploads" / str(world.practice.id)).glob("*"))


def test_it_takes_a_file_and_reports_every_line(lea: FlaskClient, app: Flask, world: World) -> None:
    page = upload(lea, PANEL).headers["Location"]
    waiting = lea.get(page).text
    assert "Waiting for its turn" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    run, before = only_run(), counts()
    step(app, run)
    looked = plain(lea, page)
    assert "Nothing has gone in yet" in looked
    assert "Nia Okoye (N-1)" in looked
    assert "Let 1 row go in" in looked
    assert [now - was for now, was in zip(counts(), before, strict=True)] == [
        0, 0, 0, 0, 1, 0, 0]  # only the event that it was looked at  # fmt: skip
    for _click in range(2):
        assert lea.post(f"{page}/approval").status_code == 303
    look_again()
    step(app, run)
    done = plain(lea, page)
    assert 'hx-trigger="every 2s"' not in done
    assert "<dt>New</dt><dd>1</dd>" in done
    assert "<dt>Refused</dt><dd>2</dd>" in done
    assert "Write the date as year-month-day" in done
    assert db.session.scalar(select(Patient.given_name).where(Patient.mrn == "N-1")) == "Nia"
    report = lea.get(f"{page}/problems.csv")
    assert report.mimetype == "text/csv"
    lines = report.text.splitlines()
    assert lines[0] == "line,column,reason"
    assert [line.split(",")[:2] for line in lines[1:]] == [["3", "birth_date"], ["4", "phone"]]
    assert kept(world) == set()  # the upload is gone once it was read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("name,phone\nNia,1\n", "The column mrn is missing"),
        ("PK\x03\x04zip", "spreadsheet"),
    ],
)
def test_it_says_at_once_what_is_wrong_with_a_file_and_keeps_nothing(
    lea: FlaskClient, world: World, text: str, words: str
) -> None:
    before = kept(world)
    answer = upload(lea, text)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'id="file-hint"' in answer.text
    assert db.session.scalars(select(ImportRun)).all() == []
    assert kept(world) == before


def test_it_asks_for_a_file(lea: FlaskClient) -> None:
    answer = lea.post("/imports", data={})
    assert answer.status_code == 422
    assert "Choose a file first" in answer.text


def test_it_gives_a_template_that_it_takes_back_itself(
    lea: FlaskClient, app: Flask, world: World
) -> None:
    template = lea.get("/imports/template.csv").text
    take_in(lea, app, template)
    assert (only_run().created, only_run().refused) == (1, 0)
    take_in(lea, app, lea.get("/imports/template.csv?kind=work").text, "work")
    runs = db.session.scalars(select(ImportRun).where(ImportRun.kind == "work")).one()
    assert (runs.created, runs.refused) == (2, 0)


def test_what_is_left_alone_never_goes_in(lea: FlaskClient, app: Flask, world: World) -> None:
    page = upload(lea, PANEL).headers["Location"]
    step(app, only_run())
    lea.post(f"{page}/refusal")
    look_again()
    assert (only_run().status, kept(world)) == (RunStatus.DISCARDED, set())
    lea.post(f"{page}/approval")
    assert only_run().status is RunStatus.DISCARDED
    assert db.session.scalar(select(Patient).where(Patient.mrn == "N-1")) is None


def test_one_that_broke_off_goes_on_where_it_stopped(
    lea: FlaskClient, app: Flask, world: World
) -> None:
    page = upload(lea, PANEL).headers["Location"]
    step(app, only_run())
    lea.post(f"{page}/approval")
    look_again()
    run = only_run()
    with transaction():
        run.status, run.error = RunStatus.FAILED, "It broke off before the end."
    assert "Let it go on" in plain(lea, page)
    lea.post(f"{page}/resumption")
    look_again()
    step(app, only_run())
    assert (only_run().status, only_run().created, kept(world)) == (RunStatus.DONE, 1, set())
    assert db.session.scalar(select(func.count(ImportProblem.id))) == 2


def test_it_is_for_leads_and_admins(sign_in: SignInAs, world: World) -> None:
    for user in (world.ana, world.anton):
        assert sign_in(user).get("/imports").status_code == 403
        assert upload(sign_in(user), PANEL).status_code == 403
    assert "No imports yet" in sign_in(world.adam).get("/imports").text
