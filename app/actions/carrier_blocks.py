"""The carrier's blocks: which line's texts it keeps from a number, from STOP to START."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, insert_into
from app.models.carrier_block import CarrierBlock
from app.models.contact_point import PhoneNumber
from app.models.practice import Line


def block(number: PhoneNumber, line_id: UUID | None, *, at: datetime) -> None:
    """The carrier refuses our texts by this line from now on; None: nobody can say by which, so by all."""
    lines = [line_id] if line_id is not None else _lines(number.practice_id)
    number.carrier_blocked_at = number.carrier_blocked_at or at
    made = [
        {"practice_id": number.practice_id, "phone_number_id": number.id, "line_id": each,
         "blocked_at": at}
        for each in lines
    ]  # fmt: skip
    if made:
        keys = ["practice_id", "phone_number_id", "line_id"]
        db.session.execute(
            insert_into(CarrierBlock).values(made).on_conflict_do_nothing(index_elements=keys)
        )


def lift(number: PhoneNumber, line_id: UUID | None) -> None:
    """It lets our texts by this line pass again; None: by all."""
    if number.carrier_blocked_at is None:
        return
    rows = blocks_of([number])
    for row in rows:
        if line_id in (None, row.line_id):
            db.session.delete(row)
    left = [row.blocked_at for row in rows if line_id not in (None, row.line_id)]
    number.carrier_blocked_at = min(left, default=None)


def is_blocked(number: PhoneNumber | None, line_id: UUID | None) -> bool:
    """Whether a text by this line would be refused."""
    if number is None or number.carrier_blocked_at is None:
        return False
    return (number.id, line_id) in pairs([number])


def pairs(numbers: Iterable[PhoneNumber | None]) -> Collection[tuple[UUID, UUID | None]]:
    """Every (number, line) of these that is blocked; no statement when none is."""
    blocked = [each for each in numbers if each is not None and each.carrier_blocked_at is not None]
    return {(row.phone_number_id, row.line_id) for row in blocks_of(blocked)}


def blocks_of(numbers: Sequence[PhoneNumber]) -> Sequence[CarrierBlock]:
    """The blocks of these numbers, all of one practice."""
    if not numbers:
        return ()
    return db.session.scalars(
        select(CarrierBlock).where(
            CarrierBlock.practice_id == numbers[0].practice_id,
            CarrierBlock.phone_number_id.in_([each.id for each in numbers]),
        )
    ).all()


def _lines(practice_id: UUID) -> Sequence[UUID]:
    return db.session.scalars(select(Line.id).where(Line.practice_id == practice_id)).all()
