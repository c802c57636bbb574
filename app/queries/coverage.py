"""A patient's coverages, and the patients nobody is known to pay for on a day: by name, a page at a time,
or all of them for a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from app.access import seen, visible_patients
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import Coverage
from app.models.patient import Patient, PatientStatus
from app.models.viewer import Viewer
from app.queries.patient_search import BY_NAME

PAGE = 100
MOST_IN_A_FILE = 20_000
GONE = (
    PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE, PatientStatus.ENTERED_IN_ERROR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Uncovered:
    """`last_day`: when the newest coverage ended, `payer` whose it was; None = there never was one."""

    patient: Patient
    payer: str | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class UncoveredPage:
    entries: Sequence[Uncovered]
    total: int
    page: int

    @property
    def has_more(self) -> bool:
        return self.total > self.page * PAGE


def coverages_of(patient: Patient) -> list[Coverage]:
    """Of a patient found through access, the newest first."""
    rows = select(Coverage).where(
        Coverage.practice_id == patient.practice_id, Coverage.patient_id == patient.id
    )
    return list(db.session.scalars(rows.order_by(Coverage.from_on.desc(), Coverage.id.desc())))


def uncovered_page(viewer: Viewer, *, on: date, page: int = 1) -> UncoveredPage:
    """Who has no coverage on this day. Two statements."""
    page = max(page, 1)
    entries = _entries(viewer, on, limit=PAGE, offset=(page - 1) * PAGE)
    seen(viewer, [each.patient.id for each in entries], through="uncovered")
    total = db.session.scalar(_uncovered(viewer, on).with_only_columns(func.count(Patient.id)))
    return UncoveredPage(entries, int(total or 0), page)


def uncovered_all(viewer: Viewer, *, on: date) -> list[Uncovered]:
    entries = _entries(viewer, on, limit=MOST_IN_A_FILE, offset=0)
    seen(viewer, [each.patient.id for each in entries], through="uncovered.file")
    return entries


def _uncovered(viewer: Viewer, on: date) -> Select[Patient]:
    holds = select(Coverage.id).where(
        Coverage.practice_id == Patient.practice_id,
        Coverage.patient_id == Patient.id,
        Coverage.from_on <= on,
        or_(Coverage.to_on.is_(None), Coverage.to_on >= on),
    )
    return visible_patients(viewer).where(
        Patient.merged_into_id.is_(None),
        Patient.status.not_in(GONE),
        ~holds.correlate(Patient).exists(),
    )


def _entries(viewer: Viewer, on: date, *, limit: int, offset: int) -> list[Uncovered]:
    newest: type[Coverage] = aliased(Coverage)
    newest_id: Select[UUID] = (
        select(newest.id)
        .where(newest.practice_id == Patient.practice_id, newest.patient_id == Patient.id,
               newest.from_on <= on)
        .order_by(newest.from_on.desc(), newest.id.desc())
        .limit(1)
        .correlate(Patient)
    )  # fmt: skip
    team = and_(CareTeam.practice_id == Patient.practice_id, CareTeam.id == Patient.care_team_id)
    last = and_(Coverage.practice_id == Patient.practice_id,
                Coverage.id == newest_id.scalar_subquery())  # fmt: skip
    rows = db.session.execute(
        _uncovered(viewer, on)
        .outerjoin(CareTeam, team)
        .outerjoin(Coverage, last)
        .options(contains_eager(Patient.care_team))
        .add_columns(Coverage.payer, Coverage.to_on)
        .order_by(*BY_NAME)
        .limit(limit)
        .offset(offset)
    )
    return [Uncovered(patient, payer, to_on) for patient, payer, to_on in rows]
