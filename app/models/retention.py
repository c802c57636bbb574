"""How long the ledger is kept: holds that stop every deletion, and the signed stubs that stand in the chain
for rows whose time was over."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.core.columns import Base, Row, of_practice, refers
from app.models.patient import Patient, same_person
from app.models.touchpoint import Touchpoint, TouchpointSeal

#: 45 CFR 164.316(b)(2)(i), 164.530(j): required documentation is kept six years.
LEAST_YEARS, MOST_YEARS = 6, 99
#: Medicare managed care keeps its records ten: 42 CFR 422.504(d).
USUAL_YEARS = 10


class LegalHold(Row):
    """Nothing of the patient (None: of the whole practice) is deleted while it stands."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("placed_by_id", "user_account"),
        refers("lifted_by_id", "user_account"),
        Index(None, "practice_id", "patient_id"),
    )

    patient_id: Mapped[UUID | None]
    reason: Mapped[str]
    placed_by_id: Mapped[UUID | None]
    placed_at: Mapped[datetime]
    lifted_by_id: Mapped[UUID | None]
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]


class TouchpointStub(Base):
    """What is left of a row whose time was over: its commitments, which tell nothing without their salts,
    and the signed word that it was deleted as the practice keeps its records. The triggers let a row of the
    ledger go only where its stub stands."""

    __tablename__ = "touchpoint_stub"
    __table_args__ = (of_practice(),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    touchpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    composition: Mapped[int]
    #: Field → SHA-256, as the row's link in the chain binds them.
    commitments: Mapped[dict[str, Any]]
    #: The signed word: place, hash, kept until, deleted at, years.
    signed: Mapped[dict[str, Any]]
    purged_at: Mapped[datetime]


class Keeping(Protocol):
    """What is asked of a practice here."""

    id: Any
    keep_years: Any


def cut_off(practice: Keeping, at: datetime) -> datetime:
    """What was written down before this moment is past its time."""
    year = at.year - practice.keep_years
    return at.replace(year=year, day=28 if (at.month, at.day) == (2, 29) else at.day)


def past_its_time(practice: Keeping, at: datetime) -> ColumnElement[bool]:
    """Sealed rows recorded before the cut-off, on which no younger row builds and no hold lies."""
    before = cut_off(practice, at)
    younger, held, sealed = aliased(Touchpoint), aliased(LegalHold), aliased(TouchpointSeal)
    corrected = exists().where(
        younger.practice_id == Touchpoint.practice_id, younger.supersedes_id == Touchpoint.id,
        younger.recorded_at >= before,
    )  # fmt: skip
    on_hold = exists().where(
        held.practice_id == Touchpoint.practice_id, held.lifted_at.is_(None),
        or_(held.patient_id.is_(None), _of_one_person(held.patient_id, Touchpoint.patient_id, practice.id)),
    )  # fmt: skip
    in_chain = exists().where(
        sealed.practice_id == Touchpoint.practice_id, sealed.touchpoint_id == Touchpoint.id
    )
    return and_(
        Touchpoint.practice_id == practice.id, Touchpoint.recorded_at < before,
        Touchpoint.ended_at < before, in_chain, ~corrected, ~on_hold,
    )  # fmt: skip


def _of_one_person(one: Any, other: Any, practice_id: Any) -> ColumnElement[bool]:
    """Whether two patients' ids are of one person: a merged record stands for another."""
    first, second = aliased(Patient), aliased(Patient)
    return exists().where(
        first.practice_id == practice_id, first.id == one,
        second.practice_id == practice_id, second.id == other,
        func.coalesce(first.merged_into_id, first.id)
        == func.coalesce(second.merged_into_id, second.id),
    )  # fmt: skip


def holds_on(practice_id: UUID, patient_id: UUID) -> Select[UUID]:
    """The holds that stand on this person, under any of their records, or on the whole practice."""
    return select(LegalHold.id).where(
        LegalHold.practice_id == practice_id,
        LegalHold.lifted_at.is_(None),
        or_(
            LegalHold.patient_id.is_(None),
            LegalHold.patient_id.in_(same_person(practice_id, patient_id)),
        ),
    )
