"""Which of our lines the carrier keeps from a number, for pages that say what to ask its person for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.carrier_block import CarrierBlock
from app.models.practice import Line


def lines_blocked(practice_id: UUID, numbers: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Number → our lines whose texts do not pass, the oldest line first; no statement for no numbers."""
    found: dict[UUID, list[str]] = {}
    if not numbers:
        return found
    rows = db.session.execute(
        select(CarrierBlock.phone_number_id, Line.number)
        .join(
            Line, (Line.practice_id == CarrierBlock.practice_id) & (Line.id == CarrierBlock.line_id)
        )
        .where(CarrierBlock.practice_id == practice_id, CarrierBlock.phone_number_id.in_(numbers))
        .order_by(Line.created_at, Line.id)
    )
    for number_id, line in rows:
        found.setdefault(number_id, []).append(line)
    return found
