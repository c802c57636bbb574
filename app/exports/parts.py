"""The folder an export is written in until it is whole. The kernel holds its lock for as long as the process
lives: what lies there without one was left by a process that was killed, and goes."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.core.ids import new_id

NAME = ".part-"


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new folder inside for files that are not whole yet; it is gone in the end, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    remove_left(folder)
    part = folder / f"{NAME}{new_id().hex}"
    part.mkdir(mode=0o700)
    lock = os.open(part, os.O_RDONLY)
    try:
        with suppress(
            OSError
        ):  # a file system without locks: nothing is taken for left behind there
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(lock)


def remove_left(folder: Path) -> int:
    """Remove what killed processes left in the folder; returns how many."""
    left = [part for part in folder.glob(f"{NAME}*") if _is_nobodys(part)]
    for part in left:
        shutil.rmtree(part, ignore_errors=True)
    return len(left)


def _is_nobodys(part: Path) -> bool:
    try:
        lock = os.open(part, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(lock)
