"""What a contact is before it becomes a row of the ledger, and what the ledger refuses (T0.2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.errors import Invalid
from app.models.message import Message
from app.models.patient import Patient
from app.models.touchpoint import ActorKind, MinutesSource
from app.value.compositions import CURRENT, composition

LONGEST_CONTACT = timedelta(hours=4)
CLOCK_TOLERANCE = timedelta(minutes=5)
_RULES = composition(CURRENT)
ACTIVITIES = frozenset(_RULES.activities)
#: What staff and texts do for a task, by its type.
ACTIVITY_OF_TASK = _RULES.activity_of_task
ACTIVITY_OF_PURPOSE = _RULES.activity_of_purpose


@dataclass(frozen=True, slots=True)
class Contact:
    """What happened, before it becomes a row. `seconds` are creditable; automated rows have none."""

    patient: Patient
    source_kind: str
    source_id: str
    activity_type: str
    channel: str
    direction: str
    actor_kind: ActorKind
    started_at: datetime
    ended_at: datetime
    actor_id: UUID | None = None
    seconds: int = 0
    minutes_source: MinutesSource = MinutesSource.NONE
    late_entry_reason: str | None = None
    contact_party: str = "patient"
    relationship: str | None = None
    is_synchronous: bool = False
    is_interactive: bool = False
    contact_outcome: str | None = None
    is_attempt: bool = False
    #: Which try it was, where that is known already; else it's counted.
    attempt_number: int | None = None
    task_ids: tuple[UUID, ...] = ()
    summary: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    message: Message | None = None
    segments: int | None = None
    #: Programmes its minutes are for; None: those the patient was in on that day.
    programs: tuple[str, ...] | None = None
    #: The goal of the care plan it served, and a label of what must not leave without consent (part2).
    goal: str | None = None
    sensitivity: str | None = None


def check_contact(contact: Contact, *, at: datetime, longest: timedelta = LONGEST_CONTACT) -> None:
    """Raise Invalid when the ledger must refuse the contact (T0.2); `longest` is the practice's limit."""
    minutes = int(longest.total_seconds()) // 60
    if contact.activity_type not in ACTIVITIES:
        raise Invalid(f"Unknown kind of activity: {contact.activity_type}.", field="activity_type")
    if contact.ended_at < contact.started_at:
        raise Invalid("The contact ends before it starts.", field="ended_at")
    if contact.ended_at > at + CLOCK_TOLERANCE:
        raise Invalid("The contact lies in the future.", field="started_at")
    if contact.ended_at - contact.started_at > longest:
        raise Invalid(
            f"A contact longer than {minutes} minutes needs to be entered in parts.",
            field="ended_at",
        )
    if not 0 <= contact.seconds <= longest.total_seconds():
        raise Invalid(f"Minutes must be between 0 and {minutes}.", field="minutes")
    if contact.seconds and contact.actor_kind is not ActorKind.HUMAN:
        raise Invalid("Only a person's work has minutes.", field="minutes")
    if not all(_is_plain(value) for value in contact.result.values()):
        raise Invalid("A result is a list of plain answers.", field="result")


def _is_plain(value: Any) -> bool:
    """A word or number, or a list of such answers, as a call about several tasks has them."""
    if isinstance(value, list):
        return all(
            isinstance(each, Mapping)
            and all(isinstance(part, str | int | None) for part in each.values())
            for each in value
        )
    return isinstance(value, str | int | None)
