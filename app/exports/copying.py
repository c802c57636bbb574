"""An export's lines as PostgreSQL writes them: one COPY, every cell made in SQL. Python only passes bytes
on, which is what makes a file of millions of rows quick."""

from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Text, and_, func, literal_column, select
from sqlalchemy import (
    cast as as_type,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.db import db
from app.exports.sql_cells import between, exact, member, safe, whole_object
from app.exports.wanted import Wanted, chosen, taken_back
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointTask
from app.models.viewer import Viewer

_SEAL = {"summary_commitment": "text_commitment", "seal_seq": "seq", "previous_hash": "previous_hash",
         "row_hash": "row_hash"}  # fmt: skip


def lines(viewer: Viewer, wanted: Wanted, style: str) -> Iterator[bytes]:
    """One line per row. COPY sends each row as one message."""
    statement = _statement(viewer, wanted, style)
    made: Any = statement.compile(
        dialect=db.engine.dialect, compile_kwargs={"render_postcompile": True}
    )
    values = {name: _bound(made, name, value) for name, value in made.params.items()}
    options = "FORMAT csv"
    if style == "json":  # a line of JSON holds no control characters: as it is, never quoted
        options = "FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02'"
    connection: Any = db.session.connection().connection.driver_connection
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({made}) TO STDOUT ({options})", values) as copy,
    ):
        for line in copy:
            yield bytes(line)


def _bound(made: Any, name: str, value: Any) -> Any:
    processor = made._bind_processors.get(name)
    return processor(value) if processor else value


def _statement(viewer: Viewer, wanted: Wanted, style: str) -> Select[Any]:
    tasks, gone = _tasks(viewer), taken_back(viewer, wanted.period.as_of_seq).subquery()
    make = {"safe": safe, "exact": exact, "json": member}[style]
    cells = [
        make(name, _value(name, tasks, gone.c.supersedes_id)) for name in wanted.purpose.columns
    ]
    if style == "json":
        cells = [whole_object(list(wanted.purpose.columns), cells)]
    return cast(
        "Select[Any]",
        chosen(viewer, wanted)
        .outerjoin(tasks, tasks.c.touchpoint_id == Touchpoint.id)
        .outerjoin(gone, gone.c.supersedes_id == Touchpoint.id)
        .with_only_columns(*[cell.label(f"c{n}") for n, cell in enumerate(cells)])
        .order_by(Touchpoint.started_at, TouchpointSeal.seq),
    )


def _tasks(viewer: Viewer) -> Any:
    """The tasks each row served, as JSON text."""
    ids = func.string_agg(
        between('"', as_type(TouchpointTask.task_id, Text), '"'),
        aggregate_order_by(literal_column("','"), TouchpointTask.task_id),
    )
    return (
        select(
            TouchpointTask.touchpoint_id,
            between("[", ids, "]").label("ids"),
        )
        .where(TouchpointTask.practice_id == viewer.practice_id)
        .group_by(TouchpointTask.touchpoint_id)
        .subquery()
    )


def _value(name: str, tasks: Any, taken: Any) -> ColumnElement[Any]:
    """The column or expression of a field."""
    if name == "task_ids":
        return func.coalesce(tasks.c.ids, literal_column("'[]'"))
    if name == "is_standing":
        return and_(Touchpoint.void_reason.is_(None), taken.is_(None))
    if name in _SEAL:
        return cast("ColumnElement[Any]", getattr(TouchpointSeal, _SEAL[name]))
    return cast(
        "ColumnElement[Any]", getattr(Touchpoint, "id" if name == "touchpoint_id" else name)
    )
