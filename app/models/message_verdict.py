"""What the send gate said about a message, each time it was asked: rule, facts and local time. Insert-only,
so that "why was this sent, or not" has the same answer years later."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.columns import Row, of_practice, refers


class Asked(StrEnum):
    """When the gate was asked."""

    WRITTEN = "written"
    CHANGED = "changed"
    CLAIMED = "claimed"
    LEAVING = "leaving"


class MessageVerdict(Row):
    """One answer of the gate. `consent_id` is the row of the consent ledger it relied on."""

    __tablename__ = "message_verdict"
    __table_args__ = (
        of_practice(),
        refers("message_id", "message"),
        refers("consent_id", "consent"),
        Index(None, "practice_id", "message_id", "at"),
    )
    is_written_once: ClassVar[bool] = True

    message_id: Mapped[UUID]
    at: Mapped[datetime]
    asked: Mapped[Asked]
    decision: Mapped[str]
    reason: Mapped[str]
    #: messaging.gate.Verdict as JSON.
    verdict: Mapped[dict[str, Any]]
    #: What the gate looked at: states, counts, zones and hours; never a name, number or text.
    facts: Mapped[dict[str, Any]]
    consent_id: Mapped[UUID | None]
