"""Rows that nobody changes through the session once they are written (events, the ledger, verdicts, attempts)
go into their tables by one plain statement for each kind of them, past the unit of work, which would only
look for changes and for what depends on what. Afterwards the session knows them as if it had written them.
A message, written unless its key is taken, is made known in the same way."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, event, inspect
from sqlalchemy.orm import Session, make_transient_to_detached

from app.core.columns import Row
from app.models.topic import note_change


@dataclass(frozen=True, slots=True)
class _Shape:
    """How rows of one kind are written: their statement, and each attribute with what it is when unsaid."""

    insertion: Insert
    unsaid: tuple[tuple[str, Callable[[], Any]], ...]
    relationships: frozenset[str]

    def values_of(self, said: Mapping[str, Any]) -> dict[str, Any]:
        return {name: said[name] if name in said else make() for name, make in self.unsaid}

    def is_plain(self, row: Row) -> bool:
        """Whether it names other rows by their ids alone: objects are for the unit of work to order."""
        return self.relationships.isdisjoint(row.__dict__)


@cache
def _shape_of(kind: type[Row]) -> _Shape:
    mapper = inspect(kind)
    table = cast("Table", mapper.local_table)
    unsaid = tuple((prop.key, _default_of(prop.columns[0])) for prop in mapper.column_attrs)
    if any(prop.key != prop.columns[0].key for prop in mapper.column_attrs):
        raise TypeError(f"{kind.__name__} names an attribute otherwise than its column")
    return _Shape(table.insert(), unsaid, frozenset(mapper.relationships.keys()))


def whole_row(kind: type[Row], said: Mapping[str, Any]) -> dict[str, Any]:
    """Every column of a row with what is said of it, or its default: for a statement of one's own."""
    return _shape_of(kind).values_of(said)


def _default_of(column: Any) -> Callable[[], Any]:
    """What the unit of work would write when nothing was said."""
    default = column.default
    if default is None:
        return lambda: None
    return (lambda: default.arg(None)) if default.is_callable else (lambda: default.arg)


def make_known(session: Session, row: Row, written: dict[str, Any]) -> None:
    """Let the session take a new row for one that it has read: its values stand in the database."""
    row.__dict__.update(written)
    make_transient_to_detached(row)
    session.add(row)
    if row.change_kind:
        note_change(session, row.practice_id, row.change_kind, row.id)


@event.listens_for(Session, "before_flush")
def _write(session: Session, _context: Any, _instances: Any) -> None:
    found: defaultdict[type[Row], list[Row]] = defaultdict(list)
    for row in session.new:
        if isinstance(row, Row) and row.is_written_once and _shape_of(type(row)).is_plain(row):
            found[type(row)].append(row)
    for kind, rows in found.items():
        shape = _shape_of(kind)
        values = [shape.values_of(row.__dict__) for row in rows]
        session.connection().execute(shape.insertion, values if len(values) > 1 else values[0])
        for row, written in zip(rows, values, strict=True):
            session.expunge(row)
            make_known(session, row, written)
