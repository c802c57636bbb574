"""One piece of work as another system sends it: an appointment, an order for medicine, a referral or a plain
task, under that system's own id. What it does not say is None and stays as it is."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.core.columns import Row
from app.core.errors import Conflict
from app.models.patient import Patient
from app.models.task import Task, TaskType


class SourceStatus(StrEnum):
    """How it stands over there."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    DONE = "done"
    MISSED = "missed"


class Effect(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class OfAnotherPatient(Conflict):
    """This source_id is known and belongs to another patient. Check which of the two is meant."""

    field = "source_id"


@dataclass(frozen=True, slots=True)
class SentOffice:
    """A referring office: its name, how it is reached, and the ids by which the sender knows it."""

    name: str | None
    email: str | None = None
    fax: str | None = None
    phone: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentWork:
    """`type` says what is to be followed up; `place` and `partner` are words."""

    source_id: str
    patient: Patient
    type: TaskType
    happens_at: datetime | None = None
    place: str | None = None
    partner: str | None = None
    medication_label: str | None = None
    ordered_on: date | None = None
    received_at: datetime | None = None
    referrer: SentOffice | None = None
    referred_by: str | None = None
    reason: str | None = None
    due_on: date | None = None
    status: SourceStatus | None = None
    owner_id: UUID | None = None
    priority: str = "routine"
    ask_first: bool = True
    #: No text about it leaves sooner: an import can be taken back till then.
    not_before: datetime | None = None

    def about(self) -> dict[str, Any]:
        """What a task says it is about: only what was sent."""
        moment = self.happens_at.astimezone(UTC).isoformat() if self.happens_at else None
        said = {
            "happens_at": moment,
            "appointment_place": self.place,
            "community_organization": self.partner,
            "medication_label": self.medication_label,
        }
        return {name: value for name, value in said.items() if value is not None}

    def check_same(self, patient_id: UUID) -> None:
        """Raise OfAnotherPatient: an id that suddenly means somebody else is a mistake, not a change."""
        if patient_id != self.patient.id:
            raise OfAnotherPatient


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that was made (`before` None) or changed, with what stood there before."""

    row: Row
    before: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one piece of work, and every record it touched; `row` is the one it is kept as."""

    effect: Effect
    row: Row
    task: Task | None = None
    touched: list[Touched] = field(default_factory=list)
