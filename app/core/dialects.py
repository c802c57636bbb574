"""What SQLite and PostgreSQL say differently in statements that do their work inside the database: rows of
ids that a statement is given, an id as people read it, an object of facts, the order of bytes."""

from functools import reduce
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core.db import db

_ID = 32  # characters of an id without dashes


def _is_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def packed(*ids: ColumnElement[UUID]) -> ColumnElement[str]:
    """The ids of a row as one text without dashes, the way SQLite keeps each: for rows that only go back into
    another statement, which costs a tenth of making ids of them in between."""
    as_text: Any = cast if _is_postgres() else type_coerce
    row: ColumnElement[str] = reduce(ColumnElement.concat, [as_text(each, Text) for each in ids])
    return func.replace(row, "-", "") if _is_postgres() else row


def listed(name: str, *columns: str) -> CTE:
    """Rows of ids handed over as one parameter, `name`, however many they are: a JSON list of packed rows."""
    given: Any = bindparam(name, type_=Text)
    if _is_postgres():
        each = func.jsonb_array_elements_text(cast(given, JSONB)).table_valued("value", name="each")
    else:
        each = func.json_each(given).table_valued("value", name="each")
    parts = [func.substr(each.c.value, 1 + _ID * n, _ID) for n in range(len(columns))]
    ids = [cast(part, Uuid) if _is_postgres() else type_coerce(part, Uuid) for part in parts]
    return select(*map(ColumnElement.label, ids, columns)).cte(name)


def id_text(column: ColumnElement[UUID]) -> ColumnElement[str]:
    """An id as `str` writes it; SQLite keeps it without the dashes."""
    if _is_postgres():
        return cast(column, Text)
    plain = type_coerce(column, Text)
    parts = [func.substr(plain, *at) for at in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    return reduce(lambda said, part: said.concat("-").concat(part), parts)


def facts(**values: ColumnElement[Any]) -> ColumnElement[Any]:
    """An object of facts, as `record` keeps them. The names are words of the code, never what came in."""
    make = func.jsonb_build_object if _is_postgres() else func.json_object
    named: Any = ((literal_column(f"'{name}'"), value) for name, value in values.items())
    return make(*chain.from_iterable(named))


def in_byte_order(column: ColumnElement[str]) -> ColumnElement[str]:
    """The order Python sorts in, whatever the database's language."""
    return column.collate("C") if _is_postgres() else column
