"""A line whose texts the carrier keeps from a number. It blocks per line: a STOP to one of them is no STOP to
another, and START to that one lifts nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, of_practice, refers


class CarrierBlock(Base):
    """`PhoneNumber.carrier_blocked_at` is the oldest of a number's, so that most need no look here."""

    __tablename__ = "carrier_block"
    __table_args__ = (
        of_practice(),
        refers("phone_number_id", "phone_number"),
        refers("line_id", "line"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    phone_number_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    blocked_at: Mapped[datetime]
