"""What the board's filters and the task forms offer: people, teams and subgroups of the practice."""

from dataclasses import dataclass

from sqlalchemy import select

from app.access import visible_teams, visible_users
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import Subgroup
from app.models.user import CARE_ROLES, User
from app.models.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Choices:
    users: list[User]
    teams: list[CareTeam]
    subgroups: list[Subgroup]


def choices(viewer: Viewer) -> Choices:
    """Three statements. Who is not here, or does not work with patients, owns none."""
    subgroups = select(Subgroup).where(Subgroup.practice_id == viewer.practice_id)
    return Choices(
        owners(viewer),
        running_teams(viewer),
        list(db.session.scalars(subgroups.order_by(Subgroup.name))),
    )


def running_teams(viewer: Viewer) -> list[CareTeam]:
    rows = visible_teams(viewer).where(CareTeam.ended_at.is_(None))
    return list(db.session.scalars(rows.order_by(CareTeam.name)))


def owners(viewer: Viewer) -> list[User]:
    statement = visible_users(viewer).where(User.is_active, User.role.in_(CARE_ROLES))
    return list(db.session.scalars(statement.order_by(User.name, User.id)))
