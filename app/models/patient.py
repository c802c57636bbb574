"""Patients and the people around them. Anything but an active status stops automated contact."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, Select, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.care_team import CareTeam

#: In `may_receive` and `may_answer`: every kind of task, also those to come.
EVERY_TASK = "all"


class PatientStatus(StrEnum):
    ACTIVE = "active"
    DECEASED = "deceased"
    ADMITTED = "admitted"
    HOSPICE = "hospice"
    LEFT_PRACTICE = "left_practice"
    DO_NOT_CONTACT = "do_not_contact"
    #: Was never a patient here: an import that was undone had made them. Shown nowhere.
    ENTERED_IN_ERROR = "entered_in_error"


class Patient(Row):
    """A person of the practice. A merge is a reversible link (`merged_into_id`); rows stay."""

    __tablename__ = "patient"
    __table_args__ = (
        of_practice(),
        refers("care_team_id", "care_team"),
        refers("merged_into_id", "patient"),
        UniqueConstraint("practice_id", "mrn"),
        Index(None, "practice_id", "family_name", "given_name", "id"),
        Index(None, "practice_id", "care_team_id"),
    )
    change_kind: ClassVar[str | None] = "patient"

    mrn: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    birth_date: Mapped[date]
    language: Mapped[str] = mapped_column(default="en")
    #: IANA zone the patient named; None = judged by ZIP, then number.
    time_zone: Mapped[str | None]
    postal_code: Mapped[str | None]
    status: Mapped[PatientStatus] = mapped_column(default=PatientStatus.ACTIVE)
    status_since: Mapped[date | None]
    #: Where the patient is: home, inpatient, snf. The ledger keeps it per row.
    setting: Mapped[str] = mapped_column(default="home")
    #: A label that holds for everything with this patient; None for most.
    sensitivity: Mapped[str | None]
    care_team_id: Mapped[UUID | None]
    #: The primary care provider as the practice writes the name.
    pcp: Mapped[str | None]
    pcp_npi: Mapped[str | None]
    merged_into_id: Mapped[UUID | None]
    #: Set by a near miss of STOP: automated texts wait for a person to decide.
    automation_paused_at: Mapped[datetime | None]
    preferred_channel: Mapped[str] = mapped_column(default="sms")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]

    care_team: Mapped[CareTeam | None] = belongs_to("Patient.care_team_id", "CareTeam")

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def initials(self) -> str:
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper()

    @property
    def patient_id(self) -> UUID:
        """So that events find their patient the same way on every record."""
        return self.id


def same_person(practice_id: Any, patient_id: UUID) -> Select[UUID]:
    """The ids under which rows of this person stand: the record that stands, and those merged into it. Any of
    them may be named; `practice_id` may be a column of the statement around."""
    # Patients of their own: the statement around may read patients too.
    named, each = aliased(Patient), aliased(Patient)
    stands = (
        select(func.coalesce(named.merged_into_id, named.id))
        .where(named.practice_id == each.practice_id, named.id == patient_id)
        .correlate(each)
        .scalar_subquery()
    )
    return select(each.id).where(
        each.practice_id == practice_id,
        func.coalesce(each.merged_into_id, each.id) == stands,
    )


class RelatedPerson(Row):
    """A caregiver: what they may receive and answer, from–to, authorised by whom."""

    __tablename__ = "related_person"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        Index(None, "practice_id", "patient_id"),
    )

    patient_id: Mapped[UUID]
    name: Mapped[str]
    relationship: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    may_receive: Mapped[list[str]] = mapped_column(default=list)
    may_answer: Mapped[list[str]] = mapped_column(default=list)
    authorised_by: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    #: Taken back at once, whatever the last day was, and by whom: user or patient.
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]

    def holds_on(self, day: date) -> bool:
        """Whether what was agreed holds on this day of the practice."""
        in_time = self.from_on <= day and (self.to_on is None or day <= self.to_on)
        return self.ended_at is None and in_time

    def may_hear_about(self, task_type: str) -> bool:
        return not {EVERY_TASK, task_type}.isdisjoint(self.may_receive)

    def may_answer_about(self, task_type: str) -> bool:
        return not {EVERY_TASK, task_type}.isdisjoint(self.may_answer)
