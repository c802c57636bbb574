"""The row of a message that came in, written once: the carrier's id is unique in the practice, and a
repeat writes nothing, also when two copies arrive in the same moment."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.core.crypto import digest
from app.core.db import db, insert_into
from app.core.ids import new_id
from app.models.message import Channel, Direction, Message
from app.models.topic import note_change
from messaging.delivery import MessageStatus

_TABLE = cast("Table", Message.__table__)


def _defaults() -> dict[str, Any]:
    """Every column with its plain default, so that the written row needs no second look."""
    defaults = ((column.key, column.default) for column in _TABLE.columns)
    plain = {
        key: each.arg for key, each in defaults if isinstance(each, ScalarElementColumnDefault)
    }
    return dict.fromkeys(_TABLE.columns.keys()) | plain


_BLANK = _defaults()


def add_once(*, body: str, heard_at: datetime, at: datetime, **values: Any) -> Message | None:
    """Insert the message; None when it is here already. `heard_at` is when the person wrote it."""
    row = _BLANK | {
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
    insertion = insert_into(_TABLE).values(row).on_conflict_do_nothing()
    if db.session.scalar(insertion.returning(_TABLE.c.id)) is None:
        return None
    message = Message(**row)
    make_transient_to_detached(message)
    db.session.add(message)
    note_change(db.session, message.practice_id, "message", message.id)
    return message
