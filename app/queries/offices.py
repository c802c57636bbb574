"""Referring offices for staff: their list, one office's page, and the patients they referred by their link
that wait to be matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_partner_links, visible_patients, visible_referrals
from app.core.db import db
from app.core.errors import NotFound
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.partner_link import PartnerLink
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_clock import last_minute, week_end
from app.models.referral_intake import IntakeStatus, ReferralIntake, ReferralNote
from app.models.referral_state import OPEN
from app.models.user import Role
from app.models.viewer import TEAM_ROLES, Viewer
from app.queries.known_names import former_names
from app.queries.office_threads import thread_of

PAGE = 100
MOST_MATCHES = 5


@dataclass(frozen=True, slots=True)
class OfficePage:
    office: Referrer
    referrals: Sequence[Referral]
    links: Sequence[PartnerLink]
    #: Its numbers but the main one, and its thread, when it has written.
    more_phones: Sequence[str]
    #: What it was called before: files may still say so.
    former_names: Sequence[str]
    thread: Conversation | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An intake and the patients it may be about, the likeliest first."""

    intake: ReferralIntake
    matches: Sequence[Patient]
    #: The first moment at which its week is over.
    ends_at: datetime

    @property
    def last_minute(self) -> datetime:
        return last_minute(self.ends_at)


def offices_with_counts(viewer: Viewer) -> list[tuple[Referrer, int]]:
    """Every office by name, with how many of its referrals (that the viewer sees) are under way."""
    rows = visible_referrals(viewer).where(Referral.status.in_(OPEN))
    counts: Mapping[UUID | None, int] = {
        office_id: count
        for office_id, count in db.session.execute(
            rows.with_only_columns(Referral.referrer_id, func.count()).group_by(
                Referral.referrer_id
            )
        )
    }
    offices = select(Referrer).where(
        Referrer.practice_id == viewer.practice_id, Referrer.merged_into_id.is_(None)
    )
    found = db.session.scalars(offices.order_by(Referrer.name).limit(500))
    return [(office, counts.get(office.id, 0)) for office in found]


def office_for(viewer: Viewer, office_id: UUID) -> Referrer:
    """Of a record that was merged, the one that stands for it. Raises NotFound for another practice's."""
    found = db.session.get(Referrer, (viewer.practice_id, office_id))
    if found is not None and found.merged_into_id is not None:
        found = db.session.get(Referrer, (viewer.practice_id, found.merged_into_id))
    if found is None:
        raise NotFound
    return found


def office_page(viewer: Viewer, office_id: UUID) -> OfficePage:
    office = office_for(viewer, office_id)
    rows = (
        visible_referrals(viewer)
        .where(Referral.referrer_id == office.id)
        .options(joinedload(Referral.patient))
        .order_by(Referral.received_at.desc(), Referral.id.desc())
        .limit(PAGE)
    )
    referrals = list(db.session.scalars(rows))
    seen(viewer, [row.patient_id for row in referrals], through="office")
    links = (
        visible_partner_links(viewer)
        .where(PartnerLink.subject_id == office.id, PartnerLink.revoked_at.is_(None))
        .order_by(PartnerLink.created_at.desc())
        .limit(20)
    )
    numbers = select(PhoneNumber.e164).where(
        PhoneNumber.practice_id == viewer.practice_id, PhoneNumber.referrer_id == office.id,
        PhoneNumber.e164 != (office.phone or ""),
    )  # fmt: skip
    more = list(db.session.scalars(numbers.order_by(PhoneNumber.created_at, PhoneNumber.id)))
    thread = thread_of(viewer, office)
    past = former_names(office)
    return OfficePage(office, referrals, list(db.session.scalars(links)), more, past, thread)


def visible_intakes(viewer: Viewer) -> Select[ReferralIntake]:
    """Whose patient it is nobody knows yet: all staff who work with patients see them."""
    works = viewer.sees_practice or viewer.role in TEAM_ROLES | {Role.LEAD, Role.ADMIN}
    mine = ReferralIntake.practice_id == viewer.practice_id
    return select(ReferralIntake).where(mine if works else false())


def intake_for(viewer: Viewer, intake_id: UUID) -> ReferralIntake:
    statement = visible_intakes(viewer).where(ReferralIntake.id == intake_id)
    found = db.session.scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def waiting_intakes(viewer: Viewer) -> list[Waiting]:
    """The oldest first, each with the patients of that name or number. Four statements."""
    rows = visible_intakes(viewer).where(ReferralIntake.status == IntakeStatus.WAITING)
    found = list(
        db.session.scalars(
            rows.options(joinedload(ReferralIntake.referrer))
            .order_by(ReferralIntake.received_at, ReferralIntake.id)
            .limit(PAGE)
        )
    )
    people = _candidates(viewer, found)
    practice = db.session.get_one(Practice, viewer.practice_id)
    return [
        Waiting(each, _likely(each, people), week_end(each.received_at, practice)) for each in found
    ]


def waiting_count(viewer: Viewer) -> int:
    rows = visible_intakes(viewer).where(ReferralIntake.status == IntakeStatus.WAITING)
    return db.session.scalar(rows.with_only_columns(func.count(ReferralIntake.id))) or 0


def _candidates(
    viewer: Viewer, intakes: Sequence[ReferralIntake]
) -> list[tuple[Patient, str | None]]:
    """Patients born on one of the days or with one of the numbers."""
    if not intakes:
        return []
    born = {each.birth_date for each in intakes}
    numbers = {each.phone for each in intakes if each.phone}
    rows = (
        visible_patients(viewer)
        .with_only_columns(Patient, PhoneNumber.e164)
        .outerjoin(
            ContactPoint,
            (ContactPoint.practice_id == Patient.practice_id)
            & (ContactPoint.patient_id == Patient.id)
            & ContactPoint.ended_at.is_(None),
        )
        .outerjoin(
            PhoneNumber,
            (PhoneNumber.practice_id == ContactPoint.practice_id)
            & (PhoneNumber.id == ContactPoint.phone_number_id),
        )
        .where(
            Patient.merged_into_id.is_(None),
            or_(Patient.birth_date.in_(born), PhoneNumber.e164.in_(numbers)),
        )
        .limit(500)
    )
    return [(patient, e164) for patient, e164 in db.session.execute(rows)]


def _likely(intake: ReferralIntake, people: Sequence[tuple[Patient, str | None]]) -> list[Patient]:
    """Name, birth date and number each count; one alone must not be only the birth date."""
    scores: dict[UUID, int] = {}
    known: dict[UUID, Patient] = {}
    for patient, e164 in people:
        score = 0
        if patient.family_name.casefold() == intake.family_name.casefold():
            score += 2
        if patient.given_name.casefold() == intake.given_name.casefold():
            score += 1
        if patient.birth_date == intake.birth_date:
            score += 2
        if intake.phone and e164 == intake.phone:
            score += 2
        known[patient.id] = patient
        scores[patient.id] = max(score, scores.get(patient.id, 0))
    best = sorted((id_ for id_ in known if scores[id_] >= 3), key=lambda id_: -scores[id_])
    return [known[id_] for id_ in best[:MOST_MATCHES]]


def notes_of(referral: Referral) -> list[ReferralNote]:
    """What was asked and answered, oldest first; the referral was found through access."""
    rows = select(ReferralNote).where(
        ReferralNote.practice_id == referral.practice_id, ReferralNote.referral_id == referral.id
    )
    shown = rows.where(ReferralNote.withdrawn_at.is_(None))
    return list(db.session.scalars(shown.order_by(ReferralNote.at, ReferralNote.id).limit(500)))


def asked_count(viewer: Viewer) -> int:
    """Questions of offices that wait, about patients the viewer sees."""
    rows = visible_referrals(viewer).where(Referral.office_asked_at.is_not(None))
    return db.session.scalar(rows.with_only_columns(func.count(Referral.id))) or 0
