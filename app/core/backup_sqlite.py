"""A SQLite database copied while it is in use, by SQLite's own backup; and a copy put in the place of the
database, in one step and only while nobody has it open."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from app.core.backup_manifest import BadBackup, Progress, sync
from app.core.errors import Conflict

_PAGES: Final = 2048
#: What SQLite keeps beside a database; it belongs to that file and must never meet another one.
BESIDE: Final = ("-wal", "-shm")
IN_USE: Final = (
    "Touchline is running on this database. Stop the web server and the worker, then restore."
)


def copy(source: Path, target: Path, *, progress: Progress) -> None:
    """Write what `source` holds now to the new file `target`, whole and checked.

    The read transaction keeps one moment for all pages while others go on writing.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(connect(source)) as live, closing(connect(target)) as made:
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(
            made,
            pages=_PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )
        live.execute("ROLLBACK")
        made.execute("PRAGMA journal_mode=DELETE")  # one file; the app makes it WAL again
        check(made)
    sync(target)


def check(database: sqlite3.Connection) -> None:
    """Raise BadBackup unless SQLite finds every page in order."""
    said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise BadBackup(f"The database is damaged: {said}")


def prepare(backup: Path, database: Path) -> Path:
    """A copy of the backup beside the database it will replace; the caller removes it when it fails."""
    made = database.with_name(f".{database.name}.restoring-{os.getpid()}")
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(backup, made)
    made.chmod(0o600)
    with closing(connect(made)) as opened:
        check(opened)
    return made


def discard(made: Path) -> None:
    for suffix in ("", *BESIDE, "-journal"):
        Path(f"{made}{suffix}").unlink(missing_ok=True)


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """Nobody else has the database open, nor can open it. Raises Conflict when somebody does.

    A file that SQLite can't read at all is nobody's.
    """
    if not database.exists():
        yield
        return
    with closing(connect(database)) as held:
        try:
            mode = held.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            if mode != "delete":  # only the last one may leave WAL
                raise Conflict(IN_USE)
            held.execute("PRAGMA locking_mode=EXCLUSIVE")
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict(f"{IN_USE} (SQLite says: {error})") from None
        except sqlite3.DatabaseError:
            pass  # damaged: that is why it is replaced
        yield


def swap(made: Path, database: Path, aside: Path) -> None:
    """Put the copy in the database's place at once; what stood there stays whole as `aside`.

    Only inside `alone`.
    """
    with closing(connect(made)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")  # migrating it made a log of its own
        check(opened)
    sync(made)
    if database.exists():
        _belong(made, database)
        for suffix in BESIDE:  # left by a crash, and only when the file can't be read
            beside = Path(f"{database}{suffix}")
            if beside.exists():
                beside.rename(f"{aside}{suffix}")
        os.link(database, aside)
    made.replace(database)
    sync(database.parent)


def _belong(made: Path, database: Path) -> None:
    """The same owner and rights as the one it replaces: whoever restores is seldom who serves."""
    shutil.copymode(database, made)
    owner = database.stat()
    with suppress(PermissionError):
        os.chown(made, owner.st_uid, owner.st_gid)


def connect(path: Path) -> sqlite3.Connection:
    """Without transactions of Python's own; a missing file is an error, not a new database."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=2
    )
