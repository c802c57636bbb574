"""Pooled connections on PostgreSQL: one that died while it lay idle is replaced before anyone uses it, and
none forgets its statements when a read ends."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

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


def test_it_remembers_its_statements_and_keeps_no_row_when_a_read_ends(
    app: object, database: databases.TestDatabase
) -> None:
    engine = create_engine(database.url)
    db.prepare_engine(engine)
    kept = text("SELECT count(*) FROM pg_prepared_statements WHERE from_sql IS FALSE")
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE slip (name text)"))
        connection.commit()
        for _ in range(7):  # the driver prepares what comes again
            connection.execute(text("INSERT INTO slip VALUES (:name)"), {"name": "x"})
        connection.rollback()
        assert connection.scalar(kept) == 1
        assert connection.scalar(text("SELECT count(*) FROM slip")) == 0
        with pytest.raises(ProgrammingError):
            connection.execute(text("SELECT nothing FROM nowhere"))
        connection.rollback()
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
