"""The accept log: one JSON line per message taken, on disk before anybody gets an answer."""

import json
import os
from pathlib import Path
from threading import Lock
from typing import Any


class AcceptLog:
    """Appends and syncs. A line that is there was accepted; one that is not there was not."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        self._lock = Lock()

    def write(self, row: dict[str, Any]) -> None:
        """Put one row on disk, and return only when it is there."""
        line = json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())


def read_accepted(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a log, oldest first; a line cut off by a kill is not one."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]
