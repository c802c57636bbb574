"""The database: engine settings, column types, foreign keys that carry the practice, and
`transaction()`, the only place that commits."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, Select, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from app.core import effects, failpoints, postgres
from app.core.errors import Busy

Found = TypeVar("Found")
WAIT_FOR_WRITER_SECONDS = 10.0
_RETRY_SECONDS = 0.005

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
db = SQLAlchemy(session_options={"expire_on_commit": False, "autoflush": True})
# One writer at a time in this process on SQLite. Under gevent this lock is cooperative, so a waiting
# greenlet never freezes the others as SQLite's own busy timeout would.
_writer = threading.RLock()


def is_locked(error: DBAPIError) -> bool:
    return "database is locked" in str(error.orig) or "database table is locked" in str(error.orig)


def prepare_engine(engine: Engine) -> None:
    """Hook the pragmas and the BEGIN that SQLite needs onto a new engine; look at idle connections."""
    if engine.dialect.name != "sqlite":
        engine.dialect.use_insertmanyvalues_wo_returning = True  # rows of one table, one statement
        postgres.prepare(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("busy_timeout=2000", "journal_mode=WAL", "synchronous=FULL",
                       "foreign_keys=ON", "busy_timeout=0"):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("touchline_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin_writing(session: Session) -> None:
    """Start the write transaction, waiting cooperatively for a writer in another process."""
    until = time.monotonic() + WAIT_FOR_WRITER_SECONDS
    while True:
        try:
            session.connection(execution_options={"touchline_writing": True})
            return
        except OperationalError as error:
            session.rollback()
            if not is_locked(error):
                raise
            if time.monotonic() > until:
                raise Busy from error
            time.sleep(_RETRY_SECONDS)


@contextmanager
def transaction() -> Iterator[Session]:
    """One write transaction: ends any read, begins, commits at the end, then tells the world.

    Raises Busy when SQLite's writer lock can't be had in 10 s. Transactions do not nest: only edges
    (a view, a command, a sweep) open one.
    """
    session = db.session
    if session.info.get("writing"):
        raise RuntimeError("transaction() is already open: only edges open one")
    sqlite_turn = _writer if db.engine.dialect.name == "sqlite" else threading.RLock()
    with sqlite_turn:
        session.rollback()
        _begin_writing(session)
        session.info["writing"] = True
        try:
            yield session
            session.flush()
            effects.run_before_commit(session)
            failpoints.reach("transaction.numbered")
            session.commit()
            failpoints.reach("transaction.committed")
        except BaseException:
            session.rollback()
            effects.forget(session)
            raise
        finally:
            session.info.pop("writing", None)
    effects.run_after_commit(session)


@contextmanager
def snapshot() -> Iterator[Session]:
    """One moment of the database for a long read of many statements: what others commit meanwhile is not
    seen. Ends any read before it; nothing can be written in it."""
    session = db.session
    session.rollback()
    whole = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    session.connection(execution_options=whole if db.engine.dialect.name == "postgresql" else {})
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def savepoint() -> Iterator[Session]:
    """A part of a transaction that may fail alone: its rows and its notes go, the rest stays."""
    session = db.session
    noted = effects.noted(session)
    try:
        with session.begin_nested():
            yield session
    except BaseException:
        effects.restore(session, noted)
        raise


def in_turn(statement: Select[Found], table: type[Any]) -> Select[Found]:
    """Within a write, two who act on one row of `table` take turns: the second finds what the first has made
    of it. (On SQLite whole writes take turns.)"""
    if not db.session.info.get("writing"):
        return statement
    mine = statement.with_for_update(of=table, key_share=True)
    return mine.execution_options(populate_existing=True)


def enter_practice(practice_id: UUID) -> None:
    """Name the practice of this unit of work; on PostgreSQL each transaction then sets `app.practice`."""
    session = db.session
    session.info["practice_id"] = practice_id
    if db.engine.dialect.name == "postgresql" and session.in_transaction():
        _set_practice(session, session.connection())


#: The clock rides along: most units of work ask for it next, and each question is a round trip. In the
#: driver's own words, as nothing in it has to be compiled or converted: it runs with every transaction.
_SET_PRACTICE = "SELECT set_config('app.practice', %(practice)s, true), clock_timestamp()"


def _set_practice(session: Session, connection: Connection) -> None:
    practice = {"practice": str(session.info["practice_id"])}
    session.info["began_at"] = connection.exec_driver_sql(_SET_PRACTICE, practice).one()[1]


@event.listens_for(Session, "after_begin")
def _after_begin(session: Session, _transaction: Any, connection: Connection) -> None:
    session.info.pop("began_at", None)
    if "practice_id" in session.info and connection.dialect.name == "postgresql":
        _set_practice(session, connection)


def insert_into(table: Table | type[Any]) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that knows ON CONFLICT and RETURNING, for the database in use."""
    made = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    return made(table)
