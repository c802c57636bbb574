"""How a test imports on the page: upload, let a worker's child look, say yes, let it go in."""

import contextvars
import io
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db
from app.models.run import ImportRun
from app.models.user import User
from tests.world import look_again

SignInAs = Callable[[User], FlaskClient]
PANEL = """mrn,given_name,family_name,birth_date,phone
N-1,Nia,Okoye,1950-02-03,5035550142
N-2,Ned,Okoye,3 Feb 1950,5035550143
N-3,=cmd,Okoye,1950-02-03,12
"""


def upload(
    client: FlaskClient, text: str, name: str = "panel.csv", kind: str = "panel"
) -> TestResponse:
    data = {"file": (io.BytesIO(text.encode()), name), "kind": kind}
    return client.post("/imports", data=data)


def step(app: Flask, run: ImportRun) -> None:
    """What a worker's child does with the run as it stands."""
    words = ["patients", "import-run", str(run.practice_id), str(run.id)]
    result = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
    assert result.exit_code == 0, result.output
    look_again()


def only_run() -> ImportRun:
    db.session.rollback()
    return db.session.scalars(select(ImportRun)).one()


def plain(client: FlaskClient, page: str) -> str:
    return " ".join(client.get(page).text.split())


def take_in(client: FlaskClient, app: Flask, text: str, kind: str = "panel") -> str:
    """Upload, look, let it go in; its page."""
    before = set(db.session.scalars(select(ImportRun.id)))
    page = upload(client, text, f"{kind}.csv", kind).headers["Location"]
    db.session.rollback()
    run = db.session.scalars(select(ImportRun).where(ImportRun.id.not_in(before))).one()
    step(app, run)
    assert client.post(f"{page}/approval").status_code == 303
    look_again()
    step(app, run)
    return page
