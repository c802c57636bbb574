"""An export's lines as PostgreSQL writes them: one COPY, every cell made in SQL. Python only passes bytes
on, which is what makes a file of millions of rows quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Text, and_, func, literal, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import aliased

from app.core.db import db
from app.exports.purposes import TYPED_IN_RESULT
from app.exports.sql_cells import exact, member, safe, whole_object
from app.exports.wanted import Wanted, chosen
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointTask
from app.models.viewer import Viewer

_SEAL = {"summary_commitment": "text_commitment", "seal_seq": "seq", "previous_hash": "previous_hash",
         "row_hash": "row_hash"}  # fmt: skip
#: What would read and sort everything before the first row: without it the rows come along the index of
#: their times, each with its seal, and the first byte leaves at once, however many there are.
_WAITS_FOR_ALL = ("enable_hashjoin", "enable_mergejoin", "enable_sort", "enable_seqscan",
                  "enable_bitmapscan")  # fmt: skip


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
        _along_the_index(cursor),
        cursor.copy(f"COPY ({made}) TO STDOUT ({options})", values) as copy,
    ):
        for line in copy:
            yield bytes(line)


@contextmanager
def _along_the_index(cursor: Any) -> Iterator[None]:
    """For one statement. What breaks ends the transaction, and with it the settings."""
    cursor.execute("; ".join(f"SET LOCAL {name} = off" for name in _WAITS_FOR_ALL))
    yield
    cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _WAITS_FOR_ALL))


def _bound(made: Any, name: str, value: Any) -> Any:
    processor = made._bind_processors.get(name)
    return processor(value) if processor else value


def _statement(viewer: Viewer, wanted: Wanted, style: str) -> Select[Any]:
    names = wanted.purpose.columns
    if style == "json":
        cells = [whole_object(names, [member(name, _value(name, wanted)) for name in names])]
    else:
        make = {"safe": safe, "exact": exact}[style]
        cells = [make(name, _value(name, wanted)) for name in names]
    return cast(
        "Select[Any]",
        chosen(viewer, wanted)
        .with_only_columns(*[cell.label(f"c{n}") for n, cell in enumerate(cells)])
        .order_by(Touchpoint.started_at, TouchpointSeal.seq),
    )


def _value(name: str, wanted: Wanted) -> ColumnElement[Any]:
    """The column or expression of a field. What lies in other tables is asked row by row, along a key:
    nothing waits for it, and no guess of the planner makes it slow."""
    if name == "task_ids":
        return as_type(func.array_to_json(_tasks()), Text)
    if name == "is_standing":
        return and_(
            Touchpoint.void_reason.is_(None), _takes_back(wanted.period.as_of_seq).is_(None)
        )
    if name == "result" and not wanted.purpose.holds_words:
        typed = as_type(literal(TYPED_IN_RESULT), Text)
        return Touchpoint.result.op("-", return_type=Touchpoint.result.type)(typed)
    if name in _SEAL:
        return cast("ColumnElement[Any]", getattr(TouchpointSeal, _SEAL[name]))
    return cast(
        "ColumnElement[Any]", getattr(Touchpoint, "id" if name == "touchpoint_id" else name)
    )


def _tasks() -> ColumnElement[Any]:
    """The tasks the row served, as an array in the order of their ids."""
    served = select(TouchpointTask.task_id).where(
        TouchpointTask.practice_id == Touchpoint.practice_id,
        TouchpointTask.touchpoint_id == Touchpoint.id,
    )
    return func.array(
        served.order_by(TouchpointTask.task_id).correlate(Touchpoint).scalar_subquery()
    )


def _takes_back(as_of_seq: int) -> ColumnElement[Any]:
    """The row, sealed by then, that takes this one back; there is one at most. Not `EXISTS`, which would
    keep PostgreSQL from sharing the work among its processes."""
    later, its_seal = aliased(Touchpoint), aliased(TouchpointSeal)
    found = select(later.id).where(
        later.practice_id == Touchpoint.practice_id, later.supersedes_id == Touchpoint.id,
        its_seal.practice_id == later.practice_id, its_seal.touchpoint_id == later.id,
        its_seal.seq <= as_of_seq,
    )  # fmt: skip
    return found.correlate(Touchpoint).scalar_subquery()
