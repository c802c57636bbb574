"""Who pays for a patient, from when to when, and the subgroups of patients with similar needs."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.columns import Row, belongs_to, of_practice, refers


class Coverage(Row):
    __tablename__ = "coverage"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", "period"),
        Index(None, "practice_id", "patient_id", "from_on"),
    )

    patient_id: Mapped[UUID]
    payer: Mapped[str]
    member_id: Mapped[str]
    program: Mapped[str | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Subgroup(Row):
    """Patients with similar needs (healthy, at risk, chronic, complex, or the practice's own)."""

    __tablename__ = "subgroup"
    __table_args__ = (of_practice(), UniqueConstraint("practice_id", "code"))

    code: Mapped[str]
    name: Mapped[str]


class SubgroupMembership(Row):
    """A patient's subgroup from–to; one at a time, the past is kept."""

    __tablename__ = "subgroup_membership"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("subgroup_id", "subgroup"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", "period"),
        UniqueConstraint("practice_id", "patient_id", "from_on"),
    )

    patient_id: Mapped[UUID]
    subgroup_id: Mapped[UUID]
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    subgroup: Mapped[Subgroup] = belongs_to("SubgroupMembership.subgroup_id", "Subgroup")
