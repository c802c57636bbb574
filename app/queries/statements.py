"""What people said about a task, in order of time: who, which answer, how. Both sides of a changed mind or
of a disagreement stay to be read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.event import Event
from app.models.task import Evidence

YES = "yes"
NO_WORDS = frozenset({"no", "not_yet"})
KINDS = ("task.answered", "task.answered_late", "task.contradicted")
_SIDES = {
    Evidence.PATIENT_CONFIRMED: "patient",
    Evidence.CAREGIVER_CONFIRMED: "patient",
    Evidence.PARTNER_CONFIRMED: "partner",
    Evidence.DOCUMENT: "partner",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """`who`: patient, caregiver, partner or staff; `key`: yes, no, not_yet, or an outcome's key."""

    at: datetime
    who: str
    key: str
    user_id: UUID | None = None

    @property
    def side(self) -> str:
        """A caregiver speaks for the patient's side."""
        return "patient" if self.who == "caregiver" else self.who

    @property
    def leans(self) -> str | None:
        """yes or no; None for what is neither."""
        return YES if self.key == YES else "no" if self.key in NO_WORDS else None


def side_of(evidence: Evidence | None) -> str:
    """The patient's side, a partner's, or the practice's own."""
    return _SIDES.get(evidence, "staff") if evidence is not None else "staff"


def statements_of(events: Iterable[Event]) -> list[Statement]:
    """From a task's events, oldest first. A repeat by the same side is kept: it was said."""
    return [
        Statement(each.at, _who(each), str(each.facts["key"]), each.actor_id)
        for each in events
        if each.kind in KINDS and each.facts.get("key")
    ]


def differ(statements: Iterable[Statement]) -> bool:
    """Whether a yes and a no were both said."""
    leaning = {each.leans for each in statements}
    return {YES, "no"} <= leaning


def _who(event: Event) -> str:
    told = event.facts.get("evidence")
    if told == Evidence.CAREGIVER_CONFIRMED:
        return "caregiver"
    grade = next((each for each in Evidence if each == told), None)
    if side_of(grade) != "staff":
        return side_of(grade)
    return "staff" if event.actor_kind == "user" else event.actor_kind
