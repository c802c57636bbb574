"""The rungs a person climbs: a call, a caregiver, a partner, the lead. They put the next move on the card
and never take back what somebody already has to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.actions import call_language, cover
from app.models.event import SYSTEM, record
from app.models.protocol_definition import Step
from app.models.task import Needs, Task

NEEDS = {
    "call": Needs.CALL,
    "caregiver": Needs.CALL_CAREGIVER,
    "partner": Needs.ASK_PARTNER,
    "lead": Needs.LEAD_DECISION,
}
#: What a later rung may take the place of.
_GIVES_WAY = frozenset(
    {None, Needs.OTHER_CHANNEL, Needs.CALL, Needs.CALL_CAREGIVER, Needs.ASK_PARTNER}
)


def ask(task: Task, rung: Step, *, at: datetime) -> None:
    """Put the rung's move on the card."""
    if task.needs in _GIVES_WAY:
        task.need(NEEDS[rung.action], at=at)
    if rung.action == "call":
        call_language.hand_over(task, at=at)
    if rung.action == "lead":
        escalate(task, at=at)
    else:
        record(task, f"task.{NEEDS[rung.action].value}_due", by=SYSTEM, at=at, step=rung.key)


def escalate(
    task: Task, *, at: datetime, stand_ins: Mapping[UUID, UUID | None] | None = None
) -> None:
    """It is for the team's leader to see from here on. `stand_ins`: leader → who stands in, where known."""
    task.escalated_at = at
    leader = task.care_team.leader_id if task.care_team else None
    if leader is not None and stand_ins is not None and leader in stand_ins:
        instead = stand_ins[leader]
    else:
        instead = cover.stand_in(task.practice_id, leader, at=at) if leader else None
    covered: dict[str, Any] = {"cover_id": str(instead)} if instead else {}
    leader_id = str(leader) if leader else None
    record(task, "task.escalated", by=SYSTEM, at=at, leader_id=leader_id, **covered)
