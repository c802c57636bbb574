"""Rows by the hundred thousand for measurements: COPY on PostgreSQL, the driver's insert of many on SQLite.
Types and defaults of the columns count as they do for the product. PostgreSQL runs neither keys nor triggers
meanwhile, SQLite runs the triggers: what they note is for the caller to tidy."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Column, Table, text

from app.core.db import db

CHUNK = 20_000
Row = dict[str, Any]


def write(model: type[Any], rows: Iterable[Row]) -> int:
    """How many were written. Every row has the same columns."""
    table, ready = model.__table__, iter(rows)
    first = next(ready, None)
    if first is None:
        return 0
    columns = [column for column in table.columns if _is_written(column, first)]
    values = _values(columns, _again(first, ready))
    if db.engine.dialect.name == "postgresql":
        return _copy(table, columns, values)
    return _insert(table, columns, values)


def _again(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _is_written(column: Column[Any], row: Row) -> bool:
    return column.name in row or column.default is not None


def _values(columns: Sequence[Column[Any]], rows: Iterator[Row]) -> Iterator[tuple[Any, ...]]:
    readers = [_reader(column) for column in columns]
    for row in rows:
        yield tuple(reader(row) for reader in readers)


def _reader(column: Column[Any]) -> Callable[[Row], Any]:
    """What the driver gets of a row for this column."""
    dialect, name = db.engine.dialect, column.name
    bind = column.type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)
    if column.default is None or not hasattr(column.default, "arg"):
        return lambda row: bind(row.get(name))
    usual = column.default.arg
    make = (lambda: usual(None)) if callable(usual) else (lambda: usual)
    return lambda row: bind(row[name] if name in row else make())


def _copy(table: Table, columns: Sequence[Column[Any]], values: Iterator[tuple[Any, ...]]) -> int:
    names = ", ".join(column.name for column in columns)
    written = 0
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
                written += 1
    return written


def _insert(table: Table, columns: Sequence[Column[Any]], values: Iterator[tuple[Any, ...]]) -> int:
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" for _ in columns)
    words = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    written = 0
    while chunk := list(islice(values, CHUNK)):
        with db.engine.begin() as connection:
            connection.connection.cursor().executemany(words, chunk)
        written += len(chunk)
    return written
