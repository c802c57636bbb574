"""The dated context of a touchpoint: who paid, which subgroup and team, which consent, and who acted
in which role — as of the moment it happened, never as of today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Row, ScalarSelect, Select, and_, bindparam, case, func, or_, select

from app.core.columns import UtcDateTime
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.consent import EVERYTHING, Consent
from app.models.coverage import Coverage, Subgroup, SubgroupMembership
from app.models.event import Event
from app.models.patient import Patient, PatientStatus
from app.models.patient_past import PatientPast
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
    sensitivity: str | None
    consent_id: UUID | None


@dataclass(frozen=True, slots=True)
class StaffContext:
    name: str | None
    npi: str | None
    role: str | None
    credential: str | None
    supervisor_id: UUID | None = None


NOBODY = StaffContext(None, None, None, None)
_PRINTED = ("name", "npi", "role", "credential", "supervisor_id")


def _as_of_day(table: type[Coverage] | type[SubgroupMembership]) -> ScalarSelect[UUID]:
    """The id of the patient's row that holds on the day; the newest of several."""
    return (
        select(table.id)
        .where(
            table.practice_id == Patient.practice_id,
            table.patient_id == Patient.id,
            table.from_on <= bindparam("day", type_=Date()),
            or_(table.to_on.is_(None), table.to_on >= bindparam("day", type_=Date())),
        )
        .order_by(table.from_on.desc(), table.id.desc())
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )


_CONSENT = (
    select(Consent.id)
    .where(
        Consent.practice_id == Patient.practice_id,
        Consent.patient_id == Patient.id,
        Consent.channel == bindparam("channel"),
        Consent.purpose == EVERYTHING,
        Consent.recorded_at <= bindparam("at", type_=UtcDateTime()),
    )
    .order_by(Consent.recorded_at.desc(), Consent.id.desc())
    .limit(1)
    .correlate(Patient)
    .scalar_subquery()
)
_PAST = (
    select(PatientPast.id)
    .where(
        PatientPast.practice_id == Patient.practice_id,
        PatientPast.patient_id == Patient.id,
        PatientPast.until > bindparam("at", type_=UtcDateTime()),
    )
    .order_by(PatientPast.until, PatientPast.id)
    .limit(1)
    .correlate(Patient)
    .scalar_subquery()
)
_FROZEN = (
    Coverage.payer,
    Coverage.member_id,
    Coverage.program,
    Subgroup.code.label("subgroup"),
    case((PatientPast.id.is_(None), CareTeam.name), else_=PatientPast.care_team).label("care_team"),
    func.coalesce(PatientPast.setting, Patient.setting).label("setting"),
    case((PatientPast.id.is_(None), Patient.sensitivity), else_=PatientPast.sensitivity).label(
        "sensitivity"
    ),
    func.coalesce(PatientPast.status, Patient.status).label("status"),
    _CONSENT.label("consent_id"),
)


def with_context(found: Select[Any]) -> Select[Any]:
    """A read that names Patient, with all that the ledger freezes about them; it binds `day`, `channel`
    and `at`."""
    return (
        found.add_columns(*_FROZEN)
        .outerjoin(
            Coverage,
            and_(Coverage.practice_id == Patient.practice_id, Coverage.id == _as_of_day(Coverage)),
        )
        .outerjoin(
            SubgroupMembership,
            and_(
                SubgroupMembership.practice_id == Patient.practice_id,
                SubgroupMembership.id == _as_of_day(SubgroupMembership),
            ),
        )
        .outerjoin(
            Subgroup,
            and_(
                Subgroup.practice_id == SubgroupMembership.practice_id,
                Subgroup.id == SubgroupMembership.subgroup_id,
            ),
        )
        .outerjoin(
            CareTeam,
            and_(CareTeam.practice_id == Patient.practice_id, CareTeam.id == Patient.care_team_id),
        )
        .outerjoin(
            PatientPast,
            and_(PatientPast.practice_id == Patient.practice_id, PatientPast.id == _PAST),
        )
    )


#: Built once: it runs for every contact that is written.
_CONTEXT = with_context(select().select_from(Patient)).where(
    Patient.practice_id == bindparam("practice_id"), Patient.id == bindparam("patient_id")
)


def context_of(patient: Patient, practice: Practice, *, channel: str, at: datetime) -> Context:
    """Everything the ledger freezes about the patient, in one read."""
    bound = context_bounds(practice.time_zone, at=at)
    key = {"practice_id": patient.practice_id, "patient_id": patient.id}
    return context_from(db.session.execute(_CONTEXT, key | bound).one(), channel=channel)


_PATIENTS = with_context(select(Patient)).where(
    Patient.practice_id == bindparam("practice_id"),
    Patient.id.in_(bindparam("ids", expanding=True)),
)


def contexts_of_texts(
    practice: Practice, ids: Collection[UUID], *, at: datetime
) -> dict[Patient, Context]:
    """Patients with what the ledger freezes about them when a text to each leaves, in one read for all."""
    key = {"practice_id": practice.id, "ids": list(ids)}
    found = db.session.execute(_PATIENTS, key | context_bounds(practice.time_zone, at=at))
    return {row[0]: context_from(row, channel="sms") for row in found}


def context_bounds(zone: str, *, at: datetime) -> dict[str, Any]:
    """What `with_context` binds for a moment, where the practice is."""
    return {"day": at.astimezone(ZoneInfo(zone)).date(), "channel": "sms", "at": at}


def context_from(found: Row[Any], *, channel: str) -> Context:
    """The context out of a row that was read `with_context`."""
    return Context(
        payer=found.payer,
        member_id=found.member_id,
        program=found.program,
        subgroup=found.subgroup,
        care_team=found.care_team,
        setting=found.setting,
        is_hospice=found.status == PatientStatus.HOSPICE,
        sensitivity=found.sensitivity,
        consent_id=found.consent_id if channel == "sms" else None,
    )


def staff_context(
    practice_id: UUID, actor_id: UUID | None, kind: ActorKind, *, at: datetime
) -> StaffContext:
    """Name, NPI, role, credential and supervisor of the member of staff, as they were at this moment."""
    if kind is not ActorKind.HUMAN or actor_id is None:
        return NOBODY
    user = db.session.get(User, (practice_id, actor_id))
    if user is None:
        return NOBODY
    known = {name: getattr(user, name) for name in _PRINTED}
    if user.changed_at is not None and user.changed_at > at:
        known |= _before_changes(user, at=at)
    supervisor = known.pop("supervisor_id")
    return StaffContext(**known, supervisor_id=UUID(str(supervisor)) if supervisor else None)


def _before_changes(user: User, *, at: datetime) -> dict[str, Any]:
    """What stood before the changes made since: of each, the oldest change's. A person's work of last
    week is theirs as they were last week, though it is written down today."""
    changes = db.session.scalars(
        select(Event.facts)
        .where(
            Event.practice_id == user.practice_id,
            Event.subject_type == User.__tablename__,
            Event.subject_id == user.id,
            Event.kind == "user.changed",
            Event.at > at,
        )
        .order_by(Event.at.desc(), Event.id.desc())
    )
    stood: dict[str, Any] = {}
    for facts in changes:
        stood |= {name: value for name, value in facts["before"].items() if name in _PRINTED}
    return stood
