"""Counting the reads of a block, so that a page's number of statements can be held constant; and finding one
of them, to have its plan explained."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.core.db import db


@contextmanager
def reads() -> Iterator[list[str]]:
    """The SELECTs run inside the block, on any connection of the app's engine."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        is_read = statement.lstrip().upper().startswith(("SELECT", "WITH"))
        is_read = is_read and "INSERT INTO" not in statement  # a WITH that writes
        if is_read and "set_config" not in statement:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def statement_of(word: str, read: Callable[[], object]) -> tuple[str, Any]:
    """The statement with this word that a read asks, and its values."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        found.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return next(each for each in found if word in each[0])
