"""Fixtures every test may use: `app`, `client`, `world`, `clock`, `sign_in`. A test's requests run in a
context of their own, as they would from outside; the test's own reads use the pushed app context."""

import contextvars
import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.actions import sign_ins, users
from app.core import clock as core_clock
from app.core.db import db
from app.core.settings import VAR, Settings
from app.factory import create_app
from app.models.user import User
from app.queries import lines
from app.value.signatures import Ring, new_key
from tests import databases
from tests.carrier.fixtures import TWILIO_SID, TWILIO_TOKEN, stand_in, twilio  # noqa: F401 - fixtures
from tests.chromium import chromium, open_browser  # noqa: F401 - fixtures, known everywhere
from tests.faults.figures import figure, pytest_terminal_summary  # noqa: F401 - known everywhere
from tests.world import PASSWORD, World, build_world

START = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)  # a Tuesday, 9 a.m. where the practice is


class FreshClient(FlaskClient):
    """A client whose requests never share a context with the test or with each other."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)


class Clock:
    """The database's clock as tests set it."""

    def __init__(self) -> None:
        self.now = START

    def set(self, moment: datetime) -> datetime:
        self.now = moment
        return moment

    def advance(self, **by: float) -> datetime:
        return self.set(self.now + timedelta(**by))


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    info = getattr(request.config, "workerinput", None)
    return str(info["workerid"]) if info else "master"


@pytest.fixture(scope="session")
def run_name(request: pytest.FixtureRequest) -> str:
    """One name for all processes of this test run."""
    info = getattr(request.config, "workerinput", None)
    return str(info["testrunuid"]) if info else f"alone-{os.getpid()}"


@pytest.fixture(scope="session")
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Settings]:
    """Settings for an app over `url`; keyword arguments replace single settings."""
    keys = (Fernet.generate_key().decode(),)
    ledger = tmp_path_factory.mktemp("ledger")
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    (ledger / "keys.json").write_text(Ring((new_key(b"k" * 32, at=moment),)).to_json())
    (ledger / "keys.json").chmod(0o600)

    def build(url: str, **replaced: Any) -> Settings:
        values: dict[str, Any] = {
            "database_url": url, "database_owner_url": url,
            "secret_key": "tests-only-" * 4, "data_keys": keys, "public_url": "http://localhost:8000",
            "twilio_account_sid": TWILIO_SID, "twilio_auth_token": TWILIO_TOKEN,
            "ledger_key_file": str(ledger / "keys.json"), "ledger_checkpoints": str(ledger / "checkpoints"),
        }  # fmt: skip
        return Settings(**(values | replaced))

    return build


@pytest.fixture(scope="session")
def database(
    tmp_path_factory: pytest.TempPathFactory,
    worker_name: str,
    run_name: str,
    settings_of: Callable[..., Settings],
) -> Iterator[databases.TestDatabase]:
    """This process's database, migrated by the product's own command and kept as a template."""
    made = databases.make_database(tmp_path_factory, worker_name, run_name)
    migrating = create_app(settings_of(made.url))
    result = migrating.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 0, result.output
    dispose(migrating)
    made.save_template()
    yield made
    made.close()


def never_wait_for_the_disk(app: Flask) -> None:
    """A test's database dies with the test, so a commit is as good in memory. (Servers that a test starts as
    processes of their own wait as in production.)"""

    def connect(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous=OFF")

    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "connect", connect)


def dispose(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Argon2 as costly as in production would be most of a test's time."""
    users.hasher = sign_ins.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session")
def session_app(database: databases.TestDatabase, settings_of: Callable[..., Settings]) -> Flask:
    built = create_app(settings_of(database.url))
    built.test_client_class = FreshClient
    built.config["TESTING"] = True
    built.config["WTF_CSRF_ENABLED"] = False  # tests/web/test_security.py switches it on
    never_wait_for_the_disk(built)
    return built


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The time, standing still at START until a test moves it."""
    made = Clock()
    core_clock.replace(lambda: made.now)
    yield made
    core_clock.replace(None)


@pytest.fixture
def app(session_app: Flask, database: databases.TestDatabase, clock: Clock) -> Iterator[Flask]:
    """The app over a freshly migrated, empty database, with its context pushed for the test."""
    dispose(session_app)
    database.reset()
    # The cast is the same in every test, so nothing may be left of it outside the database.
    shutil.rmtree(
        session_app.extensions["touchline.settings"].ledger_checkpoints, ignore_errors=True
    )
    lines._remembered.clear()
    session_app.extensions["touchline.held"].clear()
    limiter = session_app.extensions.get("touchline.limiter")
    if limiter is not None:
        limiter.storage.reset()
    with session_app.app_context():
        yield session_app
    dispose(session_app)


@pytest.fixture
def make_app(
    database: databases.TestDatabase, settings_of: Callable[..., Settings], app: Flask
) -> Iterator[Callable[..., Flask]]:
    """Another app over the same database with some settings replaced, e.g. make_app(carrier="twilio")."""
    made: list[Flask] = []

    def build(**replaced: Any) -> Flask:
        other = create_app(settings_of(database.url, **replaced))
        other.test_client_class = FreshClient
        other.config["TESTING"] = True
        never_wait_for_the_disk(other)
        made.append(other)
        return other

    yield build
    for other in made:
        dispose(other)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def cast_kept() -> list[bytes]:
    """The cast of this process once it was written, as pickled rows; its tables are the database's."""
    return []


@pytest.fixture
def world(
    app: Flask, clock: Clock, database: databases.TestDatabase, cast_kept: list[bytes]
) -> World:
    """The cast: see tests/world.py. Written once per process, through the product's own actions; every
    later test that begins at START finds the same rows laid back."""
    if clock.now != START:
        return build_world(clock.now)
    if cast_kept and database.lay_cast():
        found: World = pickle.loads(cast_kept[0])
        db.session.add_all(vars(found).values())
        db.session.commit()  # no statement; else the next rollback would forget what the rows say
        shutil.rmtree(VAR / "uploads" / str(found.practice.id), ignore_errors=True)
        return found
    made = build_world(clock.now)
    if not cast_kept:
        db.session.rollback()
        database.save_cast()
        cast_kept.append(pickle.dumps(made))
    return made


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """A client signed in as a member of staff, through the sign-in page."""

    def make(user: User) -> FlaskClient:
        signed = app.test_client()
        email = world_email(user)
        answer = signed.post("/sign-in", data={"email": email, "password": PASSWORD})
        assert answer.status_code in (302, 303), answer.text
        return signed

    return make


def world_email(user: User) -> str:
    """Invented staff sign in as first-name@practice-slug.example.org."""
    from app.models.practice import Practice

    practice = db.session.get_one(Practice, user.practice_id)
    return f"{user.name.split()[0].lower()}@{practice.slug}.example.org"
