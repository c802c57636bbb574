"""What a payer reports of the practice (Da Vinci VBPR): kept as the payer says it, apart from what the
practice counts itself, and never mixed into it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers


class PayerReport(Row):
    """One figure of one report. `code` is the payer's own word for it; numbers are as they were written."""

    __tablename__ = "payer_report"
    __table_args__ = (
        of_practice(),
        refers("by_id", "user_account"),
        UniqueConstraint("practice_id", "source_id", "place"),
        Index(None, "practice_id", "payer", "from_on"),
    )

    payer: Mapped[str]
    #: The report's own identity, so that the same one replaces itself; `place` counts its figures.
    source_id: Mapped[str]
    place: Mapped[int]
    measure: Mapped[str]
    code: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date]
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    #: Decimal text with its unit, as the payer wrote it.
    score: Mapped[str | None]
    whole: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
    by_id: Mapped[UUID | None]
