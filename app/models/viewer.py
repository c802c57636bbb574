"""Viewers: who looks at records — a user, an API token, a signed-in patient, a partner with a link or the
system — always in one practice. `app.access` decides what each may see."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, enter_practice
from app.core.errors import Forbidden
from app.models.care_team import CareTeamMember
from app.models.event import Actor
from app.models.partner_link import LinkScope, PartnerLink
from app.models.secret import ApiToken, PortalSession
from app.models.user import CARE_ROLES, Role, User

TEAM_ROLES = frozenset({Role.NAVIGATOR, Role.CLINICIAN})
PRACTICE_ROLES = frozenset({Role.LEAD, Role.ADMIN})
LEDGER_ROLES = frozenset({Role.LEAD, Role.ADMIN, Role.ANALYST})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a user, an API token, a signed-in patient, a partner or the system; always in one
    practice. A partner sees the one thing the link was made for."""

    practice_id: UUID
    kind: str
    id: UUID | None = None
    role: Role | None = None
    team_ids: frozenset[UUID] = frozenset()
    patient_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    name: str = ""
    link_scope: LinkScope | None = None
    subject_id: UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.kind, self.id)

    @property
    def sees_practice(self) -> bool:
        """Sees every patient of the practice."""
        return self.kind in ("system", "token") or self.role in PRACTICE_ROLES

    @property
    def sees_all_patients(self) -> bool:
        """Sees every patient's record; the front desk nothing clinical of it."""
        return self.sees_practice or self.role is Role.FRONT_DESK

    @property
    def sees_care(self) -> bool:
        """Sees threads, tasks, referrals and what happened, of the patients they see."""
        return self.kind != "user" or self.role is not Role.FRONT_DESK

    @property
    def sees_ledger(self) -> bool:
        return self.sees_practice or self.role in LEDGER_ROLES

    def check_staff(self) -> None:
        """Raise Forbidden unless this is staff who work with patients."""
        if self.kind != "user" or self.role not in CARE_ROLES:
            raise Forbidden

    def check_reports(self) -> None:
        """Raise Forbidden for staff who have no part in what reports count."""
        if not self.sees_care:
            raise Forbidden

    def check_desk(self) -> None:
        """Raise Forbidden unless this is staff who keep patients' records: the front desk too."""
        if self.role is not Role.FRONT_DESK:
            self.check_staff()

    def check_role(self, *roles: Role) -> None:
        """Raise Forbidden unless the user has one of the roles."""
        if self.kind != "system" and self.role not in roles:
            raise Forbidden

    def check_scope(self, scope: str) -> None:
        """Raise Forbidden unless the token carries the scope."""
        if self.kind == "token" and scope not in self.scopes:
            raise Forbidden(f"This token lacks the scope {scope}.")


def user_viewer(user: User) -> Viewer:
    """The viewer a signed-in user is, with the teams as they are now."""
    enter_practice(user.practice_id)
    teams = db.session.scalars(
        select(CareTeamMember.care_team_id).where(
            CareTeamMember.practice_id == user.practice_id, CareTeamMember.user_id == user.id
        )
    )
    return Viewer(user.practice_id, "user", user.id, user.role, frozenset(teams), name=user.name)


def token_viewer(token: ApiToken) -> Viewer:
    enter_practice(token.practice_id)
    return Viewer(
        token.practice_id, "token", token.id, scopes=frozenset(token.scopes), name=token.name
    )


def patient_viewer(session: PortalSession) -> Viewer:
    enter_practice(session.practice_id)
    return Viewer(session.practice_id, "patient", session.patient_id, patient_id=session.patient_id)


def partner_viewer(link: PartnerLink) -> Viewer:
    """Somebody outside with a link; the caller has seen that it lives."""
    enter_practice(link.practice_id)
    return Viewer(
        link.practice_id, "partner", link.id, link_scope=link.scope, subject_id=link.subject_id
    )


def system_viewer(practice_id: UUID) -> Viewer:
    enter_practice(practice_id)
    return Viewer(practice_id, "system")


def counting(viewer: Viewer) -> Viewer:
    """As whom cases are counted: who sees the ledger counts the whole practice's (analysts without
    names), everybody else what they see."""
    return system_viewer(viewer.practice_id) if viewer.sees_ledger else viewer
