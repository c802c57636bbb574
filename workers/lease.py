"""Who may run the ticks: a lease row with an epoch, renewed in short transactions; on SQLite also a file
lock beside the database. Being the one is an optimisation: what is right rests on keys and epochs."""

import fcntl
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import update
from sqlalchemy.engine import make_url

from app.core.clock import db_now, running_seconds
from app.core.db import db, insert_into, transaction
from app.core.ids import new_id
from app.models.lease import WorkerLease

NAME = "workers"
TERM = timedelta(seconds=30)


class FileLock:
    """An exclusive lock of the operating system; it ends with the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """True when this process holds the lock, now or already."""
        if self._file is not None:
            return True
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def file_lock_for(database_url: str) -> FileLock | None:
    """The lock beside a SQLite file; None for other databases."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return FileLock(Path(f"{url.database}.workers.lock"))


class Lease:
    """The lease row as one process sees it."""

    def __init__(self, *, holder: str | None = None, alone: bool = False) -> None:
        """`alone`: something stronger (the file lock) says nobody else runs, so take it at once."""
        self.holder = holder or f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
        self.epoch: int | None = None
        self._alone = alone
        self._held_until = 0.0

    @property
    def is_held(self) -> bool:
        """By this machine's own clock, which neither a database that is away nor sleep can stop."""
        return self.epoch is not None and running_seconds() < self._held_until

    def keep(self) -> bool:
        """Renew the lease, or take it when it is free; True while it is ours."""
        asked = running_seconds()
        with transaction():
            mine = self._renew() or self._take()
        if mine:
            self._held_until = asked + TERM.total_seconds()
        else:
            self.epoch = None
        return mine

    def release(self) -> None:
        """Let the next one take over at once."""
        if self.epoch is None:
            return
        with transaction() as session:
            at = db_now()
            session.execute(
                update(WorkerLease)
                .where(WorkerLease.name == NAME, WorkerLease.epoch == self.epoch)
                .values(lease_until=at)
            )
        self.epoch = None

    def _renew(self) -> bool:
        if self.epoch is None:
            return False
        with_mine = update(WorkerLease).where(
            WorkerLease.name == NAME,
            WorkerLease.holder == self.holder,
            WorkerLease.epoch == self.epoch,
        )
        renewed = db.session.scalar(
            with_mine.values(lease_until=db_now() + TERM).returning(WorkerLease.epoch)
        )
        return renewed is not None

    def _take(self) -> bool:
        at = db_now()
        insertion = insert_into(WorkerLease).values(
            name=NAME, holder=self.holder, epoch=1, lease_until=at + TERM
        )
        taking = insertion.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": self.holder,
                "epoch": WorkerLease.__table__.c.epoch + 1,
                "lease_until": at + TERM,
            },
            where=None if self._alone else WorkerLease.__table__.c.lease_until <= at,
        )
        self.epoch = db.session.scalar(taking.returning(WorkerLease.epoch))
        return self.epoch is not None
