"""The rows of a plain text: message, ledger, events, and the thread's wait. Written one after the other; on
PostgreSQL, where each statement is a round trip, as one statement put together from the same parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnClause,
    Connection,
    Executable,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.actions.inbound_rows import insertion
from app.core.crypto import keyring
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.message import Message
from app.models.touchpoint import Touchpoint

_MESSAGE, _TOUCHPOINT, _EVENT, _THREAD = (
    kind.metadata.tables[kind.__tablename__] for kind in (Message, Touchpoint, Event, Conversation)
)
_NEW_EVENT, _NEW_TOUCHPOINT = insert(_EVENT), insert(_TOUCHPOINT)


@dataclass(frozen=True, slots=True)
class PlainRows:
    """What is written of one text; `number_id` is the phone it came from."""

    message: dict[str, Any]
    touchpoint: dict[str, Any]
    events: Sequence[dict[str, Any]]
    number_id: UUID

    @property
    def heard(self) -> dict[str, Any]:
        """What `_HEAR` binds."""
        return {
            "of_practice": self.message["practice_id"],
            "of_thread": self.message["conversation_id"],
            "from_number": self.number_id,
            "heard_at": self.message["created_at"],
        }


_heard_at: BindParameter[Any] = bindparam("heard_at", type_=_THREAD.c.last_message_at.type)
#: As `Conversation.hear` does, and the number it was last heard from.
_HEAR = (
    update(_THREAD)
    .where(
        _THREAD.c.practice_id == bindparam("of_practice"), _THREAD.c.id == bindparam("of_thread")
    )
    .values(
        phone_number_id=bindparam("from_number", type_=_THREAD.c.phone_number_id.type),
        waiting_since=func.coalesce(_THREAD.c.waiting_since, _heard_at),
        last_message_at=_heard_at,
        snoozed_until=null(),
    )
)


def write(connection: Connection, rows: PlainRows) -> bool:
    """Write all of it, or nothing when the message is here already; False then."""
    if connection.dialect.name == "postgresql":
        return _write_at_once(connection, rows)
    if connection.execute(insertion(connection.dialect.name), rows.message).first() is None:
        return False
    connection.execute(_NEW_TOUCHPOINT, rows.touchpoint)
    connection.execute(_NEW_EVENT, list(rows.events))
    connection.execute(_HEAR, rows.heard)
    return True


def _write_at_once(connection: Connection, rows: PlainRows) -> bool:
    encrypted = {"body": keyring().encrypt(rows.message["body"])}
    given = {
        "message": _json([rows.message | encrypted]),
        "touchpoint": _json([rows.touchpoint]),
        "event": _json(rows.events),
    }
    together = _together(tuple(rows.message))
    return connection.execute(together, rows.heard | given).first() is not None


@cache
def _together(of_message: tuple[str, ...]) -> Executable:
    """The message; and what follows from it, which is written only when the message arrived just now.

    Rows go in as JSON, as they do where a commit is numbered (`models.topic_at_once`).
    """
    new = insertion("postgresql").from_select(of_message, _given(_MESSAGE, of_message))
    arrived = new.cte("arrived")
    here = exists(select(arrived.c.id))
    touchpoint, event = tuple(_TOUCHPOINT.c.keys()), tuple(_EVENT.c.keys())
    kept = _NEW_TOUCHPOINT.from_select(touchpoint, _given(_TOUCHPOINT, touchpoint).where(here))
    told = _NEW_EVENT.from_select(event, _given(_EVENT, event).where(here))
    follow = (_HEAR.where(here).cte("heard"), kept.cte("kept"), told.cte("told"))
    return select(arrived.c.id).add_cte(*follow)


def _given(table: Table, names: Sequence[str]) -> Select[Any]:
    """These columns of the rows that are bound, as JSON, under the table's name.

    The columns' bare names: psycopg forgets how to read a statement of more than 4,096 characters.
    """
    row_type: ColumnClause[Any] = literal_column(f"NULL::{table.name}")
    bound = cast(bindparam(table.name, type_=Text), JSONB)
    rows = func.jsonb_populate_recordset(row_type, bound).alias("given")
    columns: list[ColumnClause[Any]] = [column(name) for name in names]
    return select(*columns).select_from(rows)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=_in_words).decode()


def _in_words(value: bytes) -> str:
    """Bytes as PostgreSQL writes them."""
    return f"\\x{value.hex()}"
