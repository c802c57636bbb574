"""Importing a panel on a page: upload, progress, every refused line with what to do, and a template."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db
from app.core.settings import VAR
from app.models.patient import Patient
from app.models.run import ImportRun
from app.models.user import User
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
PANEL = """mrn,given_name,family_name,birth_date,phone
N-1,Nia,Okoye,1950-02-03,5035550142
N-2,Ned,Okoye,3 Feb 1950,5035550143
N-3,=cmd,Okoye,1950-02-03,12
"""


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def upload(client: FlaskClient, text: str, name: str = "panel.csv") -> TestResponse:
    return client.post("/imports", data={"file": (io.BytesIO(text.encode()), name)})


def kept(world: World) -> set[Path]:
    return set((VAR / "uploads" / str(world.practice.id)).glob("*"))


def test_it_takes_a_file_and_reports_every_line(lea: FlaskClient, app: Flask, world: World) -> None:
    page = upload(lea, PANEL).headers["Location"]
    waiting = lea.get(page).text
    assert "Waiting for its turn" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    run = db.session.scalars(select(ImportRun)).one()
    args = ["patients", "import-run", str(world.practice.id), str(run.id)]
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    look_again()
    done = " ".join(lea.get(page).text.split())
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
    assert upload(lea, template).status_code == 303
    run = db.session.scalars(select(ImportRun)).one()
    args = ["patients", "import-run", str(world.practice.id), str(run.id)]
    assert app.test_cli_runner().invoke(args=args).exit_code == 0
    look_again()
    assert (run.created, run.refused) == (1, 0)


def test_it_is_for_leads_and_admins(sign_in: SignInAs, world: World) -> None:
    for user in (world.ana, world.anton):
        assert sign_in(user).get("/imports").status_code == 403
        assert upload(sign_in(user), PANEL).status_code == 403
    assert "No imports yet" in sign_in(world.adam).get("/imports").text
