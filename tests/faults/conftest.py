"""Fixtures of the fault tests: a live installation over a database of its own, with the stand-in carrier."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.engine import make_url

from tests.carrier.client import StandIn
from tests.databases import KIND, postgres_server
from tests.faults.live import LINE, Live
from tests.faults.proxy import Address, Proxy
from tests.server import ACCOUNT_SID, AUTH_TOKEN, Server

PASSWORD = "touchline-demo"
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
    """On gunicorn with the worker inside; ended by pid."""
    folder = tmp_path_factory.mktemp("live")
    with installed(folder, database_of(folder, run_name, worker_name)) as made:
        made.server.start("-k", "gevent")
        yield made


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory, run_name: str, worker_name: str
) -> Iterator[tuple[Live, Proxy]]:
    """The same, with a network between it and its PostgreSQL that can be taken away."""
    if KIND == "sqlite":
        pytest.skip("there is no network between a process and its SQLite")
    folder = tmp_path_factory.mktemp("network")
    direct = make_url(database_of(folder, run_name, worker_name))
    proxy = Proxy(_address(direct))
    through = direct.set(host="127.0.0.1", port=proxy.port, query={})
    url = through.render_as_string(hide_password=False)
    with installed(folder, url) as made:
        made.engine = create_engine(direct)
        made.server.start("-k", "gevent")
        yield made, proxy
    proxy.close()


@contextmanager
def installed(folder: Path, database_url: str, **more: str) -> Iterator[Live]:
    """One practice without hours, texting through the stand-in; its processes are the test's to start."""
    with StandIn(account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN) as carrier:
        more = {"CARRIER": "twilio", "TWILIO_API_URL": carrier.base_url, **more}
        server = Server(folder, database_url, more=more)
        scopes = [word for scope in SCOPES for word in ("--scope", scope)]
        said = server.admin(
            ("db", "upgrade"),
            ("practice", "create", "--name", "Fault Clinic", "--slug", "faults",
             "--time-zone", "America/Los_Angeles", "--line", LINE, "--segments-per-second", "1000"),
            ("token", "create", "--practice", "faults", "--name", "faults", *scopes),
            ("user", "create", "--practice", "faults", "--email", "ana@demo.example.org",
             "--role", "lead", "--password-stdin"),
            stdin=PASSWORD,
        )  # fmt: skip
        made = Live(server, carrier, token=said[2].strip().splitlines()[-1])
        try:
            yield made
        finally:
            server.stop()
            made.engine.dispose()


def _address(url: URL) -> Address:
    """Where a PostgreSQL listens: host and port, or its socket."""
    host = str(url.query.get("host") or url.host or "127.0.0.1")
    port = url.port or 5432
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def database_of(folder: Path, run_name: str, worker_name: str) -> str:
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
