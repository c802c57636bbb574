"""Which team a new piece of work goes to. The patient's own team has it; a patient without one is served by
the team that serves their subgroup, the one with the least to do where several do; everybody else's work lies
in the practice's pool, which everybody sees (decision 0052)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import SubgroupMembership
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Task
from app.queries.team_routes import serving


@dataclass(frozen=True, slots=True)
class Route:
    """The team, None for the pool; `facts` say why where it is not the patient's own."""

    team_id: UUID | None
    facts: dict[str, Any]


def route_of(patient: Patient) -> Route:
    """Where work about this patient goes; one statement for who has no team of their own."""
    if patient.care_team_id is not None:
        return Route(patient.care_team_id, {})
    load = (
        select(func.count(Task.id))
        .where(
            Task.practice_id == CareTeam.practice_id,
            Task.care_team_id == CareTeam.id,
            Task.status.in_(OPEN_STATUSES),
        )
        .scalar_subquery()
    )
    mine = serving(patient.practice_id).where(SubgroupMembership.patient_id == patient.id)
    found = db.session.execute(mine.order_by(load, CareTeam.name, CareTeam.id).limit(1)).first()
    if found is None:
        return Route(None, {})
    team_id, team, subgroup = found
    return Route(team_id, {"why": "subgroup", "team": team, "subgroup": subgroup})
