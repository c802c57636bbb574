"""What is PostgreSQL's own about a connection: how its answers are awaited under gevent, how a read ends, and
how an idle one is found to be dead. All of it runs for every unit of work, or every statement."""

import time
from typing import Any

from gevent import monkey, socket
from psycopg import Connection, generators
from psycopg.abc import RV, PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.waiting import Ready, Wait
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

#: A connection used this lately is taken to be alive.
TRUST_SECONDS = 2.0


class CooperativeConnection(Connection[Any]):
    """Awaits each answer by one watcher of gevent's loop, and remembers its statements when a read ends.

    psycopg's own way of waiting builds a poll object and a timer for every answer, so that it hears Ctrl-C;
    gevent hears it anyway, and the product's connections hardly do anything but wait.
    """

    def wait(self, gen: PQGen[RV], *args: Any, **named: Any) -> RV:
        """Drive psycopg's generator to its end; a call with a time limit is left to psycopg."""
        if args or named or not monkey.is_module_patched("socket"):
            return super().wait(gen, *args, **named)
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(_wait_for(self.pgconn.socket, wanted))
        except StopIteration as done:
            result: RV = done.value
            return result

    def rollback(self) -> None:
        """End the transaction, with nothing of it kept.

        psycopg forgets every prepared statement here, lest the transaction made a table anew. Ours make none,
        and each page's read ends so: all that comes after it would be read and planned from its words again.
        """
        if self.info.transaction_status is not TransactionStatus.INTRANS:
            super().rollback()  # nothing to end, or something went wrong: psycopg knows what to do
            return
        with self.lock:
            self.pgconn.send_query(b"ROLLBACK")
            result = self.wait(generators.execute(self.pgconn))[-1]
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


def _wait_for(fileno: int, wanted: Wait) -> Ready:
    """Sleep until the socket is ready. Reading or writing in vain does no harm: neither blocks."""
    if wanted is Wait.R:
        socket.wait_read(fileno)
        return Ready.R
    if wanted is Wait.W:
        socket.wait_write(fileno)
        return Ready.W
    socket.wait_readwrite(fileno)
    return Ready.RW


def prepare(engine: Engine) -> None:
    """Hook all of this onto a new engine."""
    event.listen(engine, "do_connect", _connect)
    _check_idle_connections(engine)


def _connect(_dialect: Any, _record: Any, args: Any, named: Any) -> Connection[Any]:
    return CooperativeConnection.connect(*args, **named)


def _check_idle_connections(engine: Engine) -> None:
    """Ask only a connection that lay idle whether it still lives: asking each time is a round trip
    of every request. One that dies while in use fails its unit of work, as it always would."""

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(connection: Any, record: Any, _proxy: Any) -> None:
        idle = time.monotonic() - record.info.get("idle_since", time.monotonic())
        if idle > TRUST_SECONDS and not _is_alive(engine, connection):
            raise InvalidatePoolError  # the pool opens another and drops those of the same age


def _is_alive(engine: Engine, connection: Any) -> bool:
    try:
        return bool(engine.dialect.do_ping(connection))
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, connection, None):
            return False
        raise
