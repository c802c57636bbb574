"""The row of a message that came in, written once: the carrier's id is unique in the practice, and a
repeat writes nothing, also when two copies arrive in the same moment."""

from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.core.crypto import digest
from app.core.db import db, insert_into
from app.core.ids import new_id
from app.models.message import Channel, Direction, Message
from app.models.topic import note_change
from messaging.delivery import MessageStatus

_TABLE = cast("Table", Message.__table__)


#: Columns that only a message of ours ever fills.
_OUTBOUND = frozenset({
    "author_id", "template_key", "template_version", "wanted_language", "send_after", "not_after",
    "due_at", "lease_until", "at_carrier_until", "segments", "error_code", "verdict", "sent_at",
    "delivered_at", "asked", "answered_at",
})  # fmt: skip


def _defaults() -> dict[str, Any]:
    """Every other column with its plain default, so that the written row needs no second look."""
    columns = [(c.key, c.default) for c in _TABLE.columns if c.key not in _OUTBOUND]
    plain = {key: d.arg for key, d in columns if isinstance(d, ScalarElementColumnDefault)}
    return dict.fromkeys(key for key, _ in columns) | plain


_BLANK = _defaults()


@cache
def insertion(_dialect: str) -> ReturningInsert[Any]:
    """Built once per database kind: it runs for every message that comes in."""
    return insert_into(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id)


def row_of(*, body: str, heard_at: datetime, at: datetime, **values: Any) -> dict[str, Any]:
    """The message's row; `heard_at` is when the person wrote it."""
    return _BLANK | {
        "id": new_id(),
        "direction": Direction.INBOUND,
        "channel": Channel.SMS,
        "body": body,
        "body_digest": digest(body),
        "status": MessageStatus.RECEIVED,
        "status_at": at,
        "created_at": heard_at,
        "media": [],
        **values,
    }


def add_once(**values: Any) -> Message | None:
    """Insert the message (see `row_of`); None when it is here already."""
    row = row_of(**values)
    if db.session.scalar(insertion(db.engine.dialect.name), row) is None:
        return None
    message = as_loaded(row)
    know(message)
    return message


def as_loaded(row: dict[str, Any]) -> Message:
    """The message of a row as loading it would give it: nothing is pending."""
    message = Message(id=row["id"], practice_id=row["practice_id"])
    message.__dict__.update(dict.fromkeys(_OUTBOUND) | row)
    make_transient_to_detached(message)
    return message


def know(message: Message) -> None:
    """It was written just now: the session has it, and the change feed gets it."""
    db.session.add(message)
    note_change(db.session, message.practice_id, "message", message.id)
