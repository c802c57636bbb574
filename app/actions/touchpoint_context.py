"""The dated context of a touchpoint: who paid, which subgroup and team, which consent, and who acted
in which role — as of the moment it happened, never as of today."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.core.db import db
from app.models.care_team import CareTeam
from app.models.consent import Consent
from app.models.coverage import Coverage, Subgroup, SubgroupMembership
from app.models.patient import Patient, PatientStatus
from app.models.practice import Practice
from app.models.touchpoint import ActorKind
from app.models.user import User


@dataclass(frozen=True, slots=True)
class Context:
    payer: str | None
    member_id: str | None
    program: str | None
    subgroup: str | None
    care_team: str | None
    setting: str
    is_hospice: bool
    consent_id: UUID | None


@dataclass(frozen=True, slots=True)
class StaffContext:
    role: str | None
    credential: str | None


def context_of(patient: Patient, practice: Practice, *, channel: str, at: datetime) -> Context:
    """Everything the ledger freezes about the patient, in four small reads."""
    day = at.astimezone(ZoneInfo(practice.time_zone)).date()
    coverage = _coverage(patient, day)
    return Context(
        payer=coverage.payer if coverage else None,
        member_id=coverage.member_id if coverage else None,
        program=coverage.program if coverage else None,
        subgroup=_subgroup(patient, day),
        care_team=_care_team(patient),
        setting=patient.setting,
        is_hospice=patient.status is PatientStatus.HOSPICE,
        consent_id=_consent(patient, at) if channel == "sms" else None,
    )


def _coverage(patient: Patient, day: date) -> Coverage | None:
    return db.session.scalars(
        select(Coverage)
        .where(
            Coverage.practice_id == patient.practice_id,
            Coverage.patient_id == patient.id,
            Coverage.from_on <= day,
            or_(Coverage.to_on.is_(None), Coverage.to_on >= day),
        )
        .order_by(Coverage.from_on.desc())
        .limit(1)
    ).first()


def _subgroup(patient: Patient, day: date) -> str | None:
    member = SubgroupMembership
    return db.session.scalar(
        select(Subgroup.code)
        .join(
            member,
            (member.subgroup_id == Subgroup.id) & (member.practice_id == Subgroup.practice_id),
        )
        .where(
            member.practice_id == patient.practice_id,
            member.patient_id == patient.id,
            member.from_on <= day,
            or_(member.to_on.is_(None), member.to_on >= day),
        )
        .order_by(member.from_on.desc())
        .limit(1)
    )


def _care_team(patient: Patient) -> str | None:
    if patient.care_team_id is None:
        return None
    return db.session.scalar(
        select(CareTeam.name).where(
            CareTeam.practice_id == patient.practice_id, CareTeam.id == patient.care_team_id
        )
    )


def _consent(patient: Patient, at: datetime) -> UUID | None:
    """The newest consent row about texting this person at that moment."""
    return db.session.scalar(
        select(Consent.id)
        .where(
            Consent.practice_id == patient.practice_id,
            Consent.patient_id == patient.id,
            Consent.channel == "sms",
            Consent.recorded_at <= at,
        )
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(1)
    )


def staff_context(practice_id: UUID, actor_id: UUID | None, kind: ActorKind) -> StaffContext:
    """Role and credential of the member of staff at this moment."""
    if kind is not ActorKind.HUMAN or actor_id is None:
        return StaffContext(None, None)
    user = db.session.get(User, (practice_id, actor_id))
    return StaffContext(user.role, user.credential) if user else StaffContext(None, None)
