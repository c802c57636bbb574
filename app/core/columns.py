"""Column types and keys every record shares: aware UTC times, text enums, and foreign keys that
always carry the practice, so that no row can point across practices."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Enum, ForeignKeyConstraint, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.orm.relationships import _RelationshipDeclared
from sqlalchemy.types import TypeDecorator

from app.core.db import metadata
from app.core.errors import Invalid
from app.core.ids import new_id

#: JSON everywhere, the binary kind on PostgreSQL.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


#: The moments that can be stored: arithmetic with a day or a year stays possible on both sides.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class OutOfCalendar(Invalid, DontWrapMixin):
    """That day is too far away. Check the year."""


def check_calendar(moment: datetime) -> None:
    """Raise OutOfCalendar for an aware moment that cannot be stored."""
    if not EARLIEST <= moment <= LATEST:
        raise OutOfCalendar


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; naive times and those outside the calendar are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a naive time cannot be stored; give an aware one")
        check_calendar(value)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


class Base(DeclarativeBase):
    """Declarative base; the type map keeps models short."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        UUID: Uuid,
        str: Text,
        int: BigInteger,
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        StrEnum: Enum(StrEnum, native_enum=False, values_callable=_values, length=40),
    }


class Row(Base):
    """A record of one practice: primary key (practice_id, id), ids UUIDv7."""

    __abstract__ = True
    #: Name under which the API's change feed lists this record; None = not listed.
    change_kind: ClassVar[str | None] = None
    #: Whether nobody changes such a row through the session once it is written (`models.written_once`).
    is_written_once: ClassVar[bool] = False

    def __init__(self, **values: Any) -> None:
        """Rows have their id from the start, so that events and messages can name them before a flush."""
        values.setdefault("id", new_id())
        super().__init__(**values)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-2)


def refers(column: str, table: str) -> ForeignKeyConstraint:
    """A composite foreign key (practice_id, column) → table(practice_id, id).

    Checked at commit, so that rows of one story may be written in any order.
    """
    return ForeignKeyConstraint(
        ["practice_id", column],
        [f"{table}.practice_id", f"{table}.id"],
        deferrable=True,
        initially="DEFERRED",
    )


def of_practice() -> ForeignKeyConstraint:
    """The row belongs to a practice that exists."""
    return ForeignKeyConstraint(["practice_id"], ["practice.id"])


def belongs_to(column: str, target: str) -> _RelationshipDeclared[Any]:
    """Many-to-one over `Model.column` whose join carries practice_id but writes only the id column.

    Marking only the id column foreign keeps two such relationships from fighting over practice_id,
    and keeps `task.owner = None` from blanking it.
    """
    owner = column.split(".")[0]
    return relationship(
        target,
        primaryjoin=f"and_(foreign({column}) == {target}.id, {owner}.practice_id == {target}.practice_id)",
    )
