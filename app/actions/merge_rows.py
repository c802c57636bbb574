"""What every merge of two records does with rows: change columns and keep what they held, join two threads'
clocks, part them again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, inspect

from app.core.columns import UtcDateTime
from app.core.db import db
from app.models.conversation import Conversation

CLOCKS = ("waiting_since", "urgent_since", "snoozed_until", "last_message_at")


def locked(statement: Select[Any]) -> list[Any]:
    return list(db.session.scalars(statement.with_for_update()))


def change(each: Any, into: dict[str, Any]) -> dict[str, Any]:
    """Write the columns; what they held, as JSON keeps it."""
    was = {name: write(getattr(each, name)) for name in into}
    for name, value in into.items():
        setattr(each, name, value)
    return was


def put_back(each: Any, was: dict[str, Any]) -> None:
    for name, value in was.items():
        setattr(each, name, read(type(each), name, value))


def join_clocks(ours: Conversation, theirs: Conversation) -> dict[str, Any]:
    """One thread from now on: it waits since the older of both waits. What both held before."""
    was = {"merged": clocks(theirs), "survivor": clocks(ours)}
    for name, choose in (("waiting_since", min), ("urgent_since", min), ("last_message_at", max)):
        both = [at for at in (getattr(ours, name), getattr(theirs, name)) if at is not None]
        setattr(ours, name, choose(both, default=None))
    if ours.waiting_since is not None and theirs.waiting_since is not None:
        ours.snoozed_until = None
    ours.owner_id = ours.owner_id or theirs.owner_id
    for name in CLOCKS:
        setattr(theirs, name, None)
    db.session.flush()
    return was | {"joined": clocks(ours)}


def part_clocks(ours: Conversation, theirs: Conversation, was: dict[str, Any]) -> None:
    """Each thread's clocks as before; one of the survivor's that moved on meanwhile stays."""
    for name in (*CLOCKS, "owner_id"):
        setattr(theirs, name, read(Conversation, name, was["merged"][name]))
        if write(getattr(ours, name)) == was["joined"][name]:
            setattr(ours, name, read(Conversation, name, was["survivor"][name]))


def clocks(thread: Conversation) -> dict[str, Any]:
    return {name: write(getattr(thread, name)) for name in (*CLOCKS, "owner_id")}


def write(value: Any) -> Any:
    """As JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def read(table: type[Any], column: str, value: Any) -> Any:
    kind = table.__table__.c[column].type
    if isinstance(value, str) and isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    return UUID(value) if isinstance(value, str) and isinstance(kind, Uuid) else value


def forget(tables: Collection[type[Any]]) -> None:
    """Rows name their person, partner and thread anew when they are asked next."""
    for each in list[Any](db.session):
        if type(each) in tables:
            kinds = inspect(type(each)).relationships
            names = [kind.key for kind in kinds if kind.key in each.__dict__]
            if names:
                db.session.expire(each, names)
