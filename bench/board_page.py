"""The board as a page beside django-helpdesk's own list: each in one process on SQLite, as many rows each,
asked through its framework's test client. Ours draws HTML with four lanes of thirty cards each."""

import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from app.actions import users
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.settings import read_settings
from app.factory import create_app
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.user import Role
from bench import stage, task_rows
from bench.peers import running
from bench.side_by_side import Comparison, compare

PASSWORD = "a password of the bench"
EMAIL = "lead@bench.example.org"
OURS, THEIRS = 20, 4  # requests a turn: both take some seconds at most


def beside_helpdesk(count: int, *, repetitions: int) -> Comparison:
    """Requests per second of both lists with `count` rows."""
    running.install()
    with _helpdesk(count) as theirs, _ours(count) as client:
        return compare(
            f"board page ÷ django-helpdesk's list, {count} each", partial(_peer, theirs),
            partial(_page, client), repetitions=repetitions,
        )  # fmt: skip


@contextmanager
def _helpdesk(count: int) -> Iterator["subprocess.Popen[str]"]:
    with tempfile.TemporaryDirectory(prefix="bench-helpdesk-") as folder:
        process = running.helpdesk(Path(folder) / "tickets.db", count)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _peer(process: "subprocess.Popen[str]") -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{THEIRS}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


@contextmanager
def _ours(count: int) -> Iterator[FlaskClient]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stage.staged("sqlite", Path(folder)) as ready,
    ):
        app = create_app(read_settings(ready.env))
        with app.app_context():
            practice_id = task_rows.fill(count)
            with transaction():
                practice = db.session.get_one(Practice, practice_id)
                users.create(
                    practice, EMAIL, "Lee Lead", Role.LEAD, PASSWORD, by=SYSTEM, at=db_now()
                )
        yield _signed_in(app.test_client())
        with app.app_context():
            db.session.rollback()
            db.engine.dispose()


def _signed_in(client: FlaskClient) -> FlaskClient:
    page = client.get("/sign-in", base_url=stage.PUBLIC_URL).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": token.group(1) if token else ""}
    client.post("/sign-in", data=form, base_url=stage.PUBLIC_URL,
                headers={"Referer": f"{stage.PUBLIC_URL}/sign-in"})  # fmt: skip
    return client


def _page(client: FlaskClient) -> float:
    began = time.perf_counter()
    for _ in range(OURS):
        answer = client.get("/?view=due", base_url=stage.PUBLIC_URL)
        cards = answer.text.count('class="task-card')
        if answer.status_code != 200 or cards < 90:
            raise AssertionError(f"{answer.status_code}: {cards} cards")
    return OURS / (time.perf_counter() - began)
