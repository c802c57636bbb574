"""Fixtures of the fault tests: a live installation over a database of its own, with the stand-in carrier."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.carrier.client import StandIn
from tests.databases import KIND, postgres_server
from tests.faults.live import LINE, Live
from tests.server import ACCOUNT_SID, AUTH_TOKEN, Server

SCOPES = (
    "patients:read",
    "patients:write",
    "tasks:read",
    "tasks:write",
    "messages:read",
    "messages:write",
)


@pytest.fixture(scope="module")
def live(
    tmp_path_factory: pytest.TempPathFactory, run_name: str, worker_name: str
) -> Iterator[Live]:
    """One practice without hours, on gunicorn with the worker inside; ended by pid."""
    folder = tmp_path_factory.mktemp("live")
    with StandIn(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN) as carrier:
        more = {"CARRIER": "twilio", "TWILIO_API_URL": carrier.base_url}
        server = Server(folder, _database(folder, run_name, worker_name), more=more)
        server.flask("db", "upgrade")
        server.flask("practice", "create", "--name", "Fault Clinic", "--slug", "faults",
                     "--time-zone", "America/Los_Angeles", "--line", LINE,
                     "--segments-per-second", "1000")  # fmt: skip
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        said = server.flask("token", "create", "--practice", "faults", "--name", "faults", *scopes)
        made = Live(server, carrier, token=said.strip().splitlines()[-1])
        server.start("-k", "gevent")
        yield made
        server.stop()
        made.engine.dispose()


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """The carrier's stand-in, which reports nothing by itself."""
    with StandIn() as running:
        running.configure(callbacks="none")
        yield running


@pytest.fixture
def twilio(stand_in: StandIn, make_app: Callable[..., Flask]) -> Flask:
    """An app in this process that sends through the stand-in."""
    return make_app(
        carrier="twilio",
        twilio_api_url=stand_in.base_url,
        twilio_account_sid=stand_in.account_sid,
        twilio_auth_token=stand_in.auth_token,
    )


def _database(folder: Path, run_name: str, worker_name: str) -> str:
    if KIND == "sqlite":
        return f"sqlite:///{folder / 'live.db'}"
    url = postgres_server(run_name)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"live_{worker_name}"
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)
