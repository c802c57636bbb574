"""The staff page: everybody with their teams, e-mail, last sign-in and open invitation; one of them; and
what would become of their work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.access import user_for, visible_teams, visible_users
from app.core.db import db
from app.models.care_team import CareTeam, CareTeamMember
from app.models.mail import Mail, MailKind, MailStatus
from app.models.on_call import OnCall
from app.models.staff_link import StaffLink
from app.models.staff_session import StaffSession
from app.models.user import Role, SignIn, User
from app.models.viewer import Viewer
from app.models.work_timer import WorkTimer
from app.queries import absences
from app.queries.teams import served


@dataclass(frozen=True, slots=True)
class Staff:
    """Everyone, who is on which team, and what only admins are shown: e-mails, sign-ins, links."""

    users: list[User]
    teams: list[CareTeam]
    members: Mapping[UUID, set[UUID]]
    #: Team → names of the subgroups it serves.
    serves: Mapping[UUID, list[str]]
    emails: Mapping[UUID, str]
    signed_in: Mapping[UUID, datetime]
    links: Mapping[UUID, StaffLink]
    #: Links whose e-mail will never arrive.
    bounced: frozenset[UUID]

    def teams_of(self, user: User) -> list[CareTeam]:
        running = (team for team in self.teams if team.ended_at is None)
        return [team for team in running if user.id in self.members.get(team.id, set())]


def staff(viewer: Viewer) -> Staff:
    """Four statements, eight for an admin."""
    users = visible_users(viewer).order_by(User.is_active.desc(), User.name, User.id)
    teams = visible_teams(viewer).options(joinedload(CareTeam.leader))
    teams = teams.order_by(CareTeam.ended_at.is_not(None), CareTeam.name)
    rows = db.session.execute(
        select(CareTeamMember.care_team_id, CareTeamMember.user_id).where(
            CareTeamMember.practice_id == viewer.practice_id
        )
    )
    members: dict[UUID, set[UUID]] = {}
    for team_id, user_id in rows:
        members.setdefault(team_id, set()).add(user_id)
    people, all_teams = list(db.session.scalars(users)), list(db.session.scalars(teams))
    if viewer.role is not Role.ADMIN:
        return Staff(people, all_teams, members, served(viewer), {}, {}, {}, frozenset())
    links = _newest_links(viewer)
    return Staff(people, all_teams, members, served(viewer), emails(viewer), _signed_in(viewer), links,
                 _bounced(viewer))  # fmt: skip


def emails(viewer: Viewer) -> dict[UUID, str]:
    """What each user signs in with; for admins."""
    viewer.check_role(Role.ADMIN)
    rows = db.session.execute(
        visible_users(viewer)
        .join(SignIn, SignIn.id == User.sign_in_id)
        .with_only_columns(User.id, SignIn.email)
    )
    return {user_id: email for user_id, email in rows}


def _signed_in(viewer: Viewer) -> dict[UUID, datetime]:
    """When each user last signed in."""
    rows = db.session.execute(
        select(StaffSession.user_id, func.max(StaffSession.started_at))
        .where(StaffSession.practice_id == viewer.practice_id)
        .group_by(StaffSession.user_id)
    )
    return {user_id: at for user_id, at in rows}


def _newest_links(viewer: Viewer) -> dict[UUID, StaffLink]:
    rows = select(StaffLink).where(
        StaffLink.practice_id == viewer.practice_id,
        StaffLink.used_at.is_(None),
        StaffLink.revoked_at.is_(None),
    )
    return {link.user_id: link for link in db.session.scalars(rows.order_by(StaffLink.created_at))}


def _bounced(viewer: Viewer) -> frozenset[UUID]:
    rows = select(Mail.subject_id).where(
        Mail.practice_id == viewer.practice_id,
        Mail.kind == MailKind.STAFF_LINK,
        Mail.status.in_((MailStatus.REFUSED, MailStatus.FAILED)),
    )
    return frozenset(db.session.scalars(rows))


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff, as their form needs them."""

    user: User
    email: str
    team_ids: frozenset[UUID]
    link: StaffLink | None
    is_bounced: bool


def person(viewer: Viewer, user_id: UUID) -> Person:
    """Raises NotFound."""
    user = user_for(viewer, user_id)
    teams = select(CareTeamMember.care_team_id).where(
        CareTeamMember.practice_id == viewer.practice_id, CareTeamMember.user_id == user.id
    )
    link = _newest_links(viewer).get(user.id)
    return Person(
        user, emails(viewer)[user.id], frozenset(db.session.scalars(teams)), link,
        link is not None and link.id in _bounced(viewer),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaving:
    """What goes with somebody: their work by place, and what they are for others."""

    shares: list[absences.Share]
    leads: list[str]
    supervises: int
    is_on_call: bool
    has_timer: bool
    has_leave: bool


def leaving(viewer: Viewer, user: User, to: User | None) -> Leaving:
    leads = visible_teams(viewer).where(CareTeam.leader_id == user.id)
    supervised = visible_users(viewer).where(User.supervisor_id == user.id)
    timer = select(WorkTimer.id).where(
        WorkTimer.practice_id == viewer.practice_id, WorkTimer.user_id == user.id,
        WorkTimer.stopped_at.is_(None),
    )  # fmt: skip
    on_call = select(OnCall.user_id).where(
        OnCall.practice_id == viewer.practice_id, OnCall.user_id == user.id
    )
    return Leaving(
        absences.shares(user, to),
        [team.name for team in db.session.scalars(leads.order_by(CareTeam.name))],
        len(db.session.scalars(supervised).all()),
        db.session.scalar(on_call) is not None,
        db.session.scalar(timer) is not None,
        absences.unfinished(user),
    )
