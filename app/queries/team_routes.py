"""Which care team serves whom: teams name the subgroups they serve, and a patient without a team of their
own is served by the teams of their subgroup (decision 0052)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.core.db import db
from app.models.care_team import CareTeam, CareTeamSubgroup
from app.models.conversation import Conversation
from app.models.coverage import Subgroup, SubgroupMembership
from app.models.patient import Patient
from app.models.viewer import Viewer


def serving(practice_id: UUID) -> Select[UUID, str, str]:
    """Running teams with the patients of the subgroups they serve: team's id and name, subgroup's name."""
    return (
        select(CareTeam.id, CareTeam.name, Subgroup.name)
        .join(CareTeamSubgroup, and_(CareTeamSubgroup.practice_id == CareTeam.practice_id,
                                     CareTeamSubgroup.care_team_id == CareTeam.id))
        .join(Subgroup, and_(Subgroup.practice_id == CareTeamSubgroup.practice_id,
                             Subgroup.id == CareTeamSubgroup.subgroup_id))
        .join(SubgroupMembership, and_(SubgroupMembership.practice_id == Subgroup.practice_id,
                                       SubgroupMembership.subgroup_id == Subgroup.id))
        .where(
            CareTeam.practice_id == practice_id,
            CareTeam.ended_at.is_(None),
            SubgroupMembership.to_on.is_(None),
        )
    )  # fmt: skip


def of_my_teams(viewer: Viewer) -> ColumnElement[bool]:
    """Threads of patients of the viewer's teams, and of those without one whom these serve."""
    served = (
        serving(viewer.practice_id)
        .where(CareTeam.id.in_(viewer.team_ids))
        .with_only_columns(SubgroupMembership.patient_id)
    )
    theirs = select(Patient.id).where(
        Patient.practice_id == viewer.practice_id,
        or_(
            Patient.care_team_id.in_(viewer.team_ids),
            and_(Patient.care_team_id.is_(None), Patient.id.in_(served)),
        ),
    )
    return Conversation.patient_id.in_(theirs)


def why_theirs(viewer: Viewer, patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of those without a team who serves them and for which subgroup, in words; one statement."""
    rows = db.session.execute(
        serving(viewer.practice_id)
        .join(Patient, and_(Patient.practice_id == SubgroupMembership.practice_id,
                            Patient.id == SubgroupMembership.patient_id))
        .where(Patient.id.in_(patient_ids), Patient.care_team_id.is_(None))
        .order_by(CareTeam.name)
        .add_columns(Patient.id)
    )  # fmt: skip
    teams: dict[UUID, list[str]] = {}
    subgroups: dict[UUID, str] = {}
    for _team_id, team, subgroup, patient_id in rows:
        teams.setdefault(patient_id, []).append(team)
        subgroups[patient_id] = subgroup
    return {id_: f"{' or '.join(names)}: serves {subgroups[id_]}" for id_, names in teams.items()}
