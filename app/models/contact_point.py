"""Ways to reach people. A PhoneNumber is an entity of its own, because several people may share it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.models.community_organization import CommunityOrganization
from app.models.patient import Patient
from app.models.referral import Referrer

_OF_OFFICE = text("referrer_id IS NOT NULL")
_OF_ORGANIZATION = text("organization_id IS NOT NULL")


class NumberState(StrEnum):
    OK = "ok"
    LANDLINE = "landline"
    BAD = "bad"


class PhoneNumber(Row):
    """An E.164 number as this practice knows it. `opted_out_at` follows the consent ledger.

    `carrier_blocked_at`: the carrier itself refuses our texts to it by one of our lines at least, until its
    person texts START there (`CarrierBlock`).
    """

    __tablename__ = "phone_number"
    __table_args__ = (
        of_practice(),
        refers("referrer_id", "referrer"),
        refers("organization_id", "community_organization"),
        UniqueConstraint("practice_id", "e164"),
        Index("ix_phone_number_office", "practice_id", "referrer_id",
              sqlite_where=_OF_OFFICE, postgresql_where=_OF_OFFICE),
        Index("ix_phone_number_organization", "practice_id", "organization_id",
              sqlite_where=_OF_ORGANIZATION, postgresql_where=_OF_ORGANIZATION),
    )  # fmt: skip

    e164: Mapped[str]
    state: Mapped[NumberState] = mapped_column(default=NumberState.OK)
    opted_out_at: Mapped[datetime | None]
    carrier_blocked_at: Mapped[datetime | None]
    #: The referring office whose number it is: then nobody's texts about their own care go there.
    referrer_id: Mapped[UUID | None]
    #: The same of a community organization, which is texted its links there.
    organization_id: Mapped[UUID | None]
    created_at: Mapped[datetime]

    referrer: Mapped[Referrer | None] = belongs_to("PhoneNumber.referrer_id", "Referrer")
    organization: Mapped[CommunityOrganization | None] = belongs_to(
        "PhoneNumber.organization_id", "CommunityOrganization"
    )

    @property
    def partner_id(self) -> UUID | None:
        """The office or organization that speaks through it, if one does."""
        return self.referrer_id or self.organization_id

    @property
    def partner(self) -> Referrer | CommunityOrganization | None:
        if self.referrer_id is not None:
            return self.referrer
        return self.organization if self.organization_id is not None else None


class ContactSystem(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class ContactPoint(Row):
    """A patient's (or their related person's) phone or e-mail, best first by `rank`."""

    __tablename__ = "contact_point"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("related_person_id", "related_person"),
        refers("phone_number_id", "phone_number"),
        CheckConstraint("(phone_number_id IS NULL) <> (email IS NULL)", "one_address"),
        Index(None, "practice_id", "patient_id"),
        Index(None, "practice_id", "phone_number_id"),
    )

    patient_id: Mapped[UUID]
    related_person_id: Mapped[UUID | None]
    system: Mapped[ContactSystem]
    phone_number_id: Mapped[UUID | None]
    email: Mapped[str | None]
    rank: Mapped[int] = mapped_column(default=1)
    ended_at: Mapped[datetime | None]
    #: A person said so: no file and no other system gives the number back to them, only a person does.
    not_theirs_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    patient: Mapped[Patient] = belongs_to("ContactPoint.patient_id", "Patient")
    phone_number: Mapped[PhoneNumber | None] = belongs_to(
        "ContactPoint.phone_number_id", "PhoneNumber"
    )
