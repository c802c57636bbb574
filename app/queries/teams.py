"""A care team as its settings page shows it: members, subgroups, and how much work hangs on it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.access import visible_patients, visible_tasks
from app.core.db import db
from app.models.care_team import CareTeam, CareTeamMember, CareTeamSubgroup
from app.models.coverage import Subgroup
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Task
from app.models.viewer import Viewer


@dataclass(frozen=True, slots=True)
class TeamSheet:
    members: frozenset[UUID]
    subgroups: frozenset[UUID]
    patients: int
    tasks: int


def sheet(viewer: Viewer, team: CareTeam) -> TeamSheet:
    """Of a team found through access; four statements."""
    members = select(CareTeamMember.user_id).where(
        CareTeamMember.practice_id == team.practice_id, CareTeamMember.care_team_id == team.id
    )
    subgroups = select(CareTeamSubgroup.subgroup_id).where(
        CareTeamSubgroup.practice_id == team.practice_id, CareTeamSubgroup.care_team_id == team.id
    )
    patients = visible_patients(viewer).where(Patient.care_team_id == team.id)
    tasks = visible_tasks(viewer).where(
        Task.care_team_id == team.id, Task.status.in_(OPEN_STATUSES)
    )
    return TeamSheet(
        frozenset(db.session.scalars(members)),
        frozenset(db.session.scalars(subgroups)),
        db.session.scalar(patients.with_only_columns(func.count())) or 0,
        db.session.scalar(tasks.with_only_columns(func.count())) or 0,
    )


def all_subgroups(viewer: Viewer) -> list[Subgroup]:
    rows = select(Subgroup).where(Subgroup.practice_id == viewer.practice_id)
    return list(db.session.scalars(rows.order_by(Subgroup.name)))


def served(viewer: Viewer) -> dict[UUID, list[str]]:
    """Team → names of the subgroups it serves, by name."""
    rows = db.session.execute(
        select(CareTeamSubgroup.care_team_id, Subgroup.name)
        .join(Subgroup, (Subgroup.practice_id == CareTeamSubgroup.practice_id)
              & (Subgroup.id == CareTeamSubgroup.subgroup_id))
        .where(CareTeamSubgroup.practice_id == viewer.practice_id)
        .order_by(Subgroup.name)
    )  # fmt: skip
    found: dict[UUID, list[str]] = {}
    for team_id, name in rows:
        found.setdefault(team_id, []).append(name)
    return found
