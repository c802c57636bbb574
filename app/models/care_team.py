"""Care teams with their leader, their members and the subgroups they serve."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.user import User


class CareTeam(Row):
    __tablename__ = "care_team"
    __table_args__ = (
        of_practice(),
        refers("leader_id", "user_account"),
        UniqueConstraint("practice_id", "name"),
    )

    name: Mapped[str]
    #: Where work climbs to when it is overdue.
    leader_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    #: It has no patients any more and is offered nowhere; what it did keeps its name.
    ended_at: Mapped[datetime | None]

    leader: Mapped[User | None] = belongs_to("CareTeam.leader_id", "User")


class CareTeamMember(Row):
    __tablename__ = "care_team_member"
    __table_args__ = (
        of_practice(),
        refers("care_team_id", "care_team"),
        refers("user_id", "user_account"),
        UniqueConstraint("practice_id", "care_team_id", "user_id"),
        Index(None, "practice_id", "user_id"),
    )

    care_team_id: Mapped[UUID]
    user_id: Mapped[UUID]


class CareTeamSubgroup(Row):
    """A subgroup of patients that a team serves."""

    __tablename__ = "care_team_subgroup"
    __table_args__ = (
        of_practice(),
        refers("care_team_id", "care_team"),
        refers("subgroup_id", "subgroup"),
        UniqueConstraint("practice_id", "care_team_id", "subgroup_id"),
    )

    care_team_id: Mapped[UUID]
    subgroup_id: Mapped[UUID]
