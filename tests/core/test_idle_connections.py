"""Pooled connections on PostgreSQL: one that died while it lay idle is replaced before anyone uses it."""

import pytest
from sqlalchemy import create_engine, text

from app.core import db, postgres
from tests import databases

pytestmark = pytest.mark.skipif(databases.KIND != "postgres", reason="SQLite has no server to lose")
_MINE = text("SELECT pg_backend_pid()")


def test_it_replaces_an_idle_connection_whose_server_process_ended(
    app: object, database: databases.TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "TRUST_SECONDS", -1.0)
    engine, other = create_engine(database.url), create_engine(database.url)
    db.prepare_engine(engine)
    with engine.connect() as connection:
        first = connection.scalar(_MINE)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
    with engine.connect() as connection:
        assert connection.scalar(_MINE) not in (None, first)
    engine.dispose()
    other.dispose()


def test_it_keeps_an_idle_connection_that_lives(
    app: object, database: databases.TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "TRUST_SECONDS", -1.0)
    engine = create_engine(database.url)
    db.prepare_engine(engine)
    with engine.connect() as connection:
        first = connection.scalar(_MINE)
    with engine.connect() as connection:
        assert connection.scalar(_MINE) == first
    engine.dispose()
