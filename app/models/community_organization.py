"""Community organizations that serve the practice's patients: what they help with, when, in which languages,
and whether they have room. One that is no longer asked is retired, never deleted."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers

#: Raised whenever a need is added, split or given another meaning; rows keep the one they were written by.
NEEDS_VERSION = 1


class Need(StrEnum):
    """What patients need from the community: a closed list, so that it can be counted."""

    FOOD = "food"
    TRANSPORTATION = "transportation"
    HOUSING = "housing"
    UTILITIES = "utilities"
    INCOME = "income"
    LEGAL = "legal"
    SAFETY = "safety"
    SOCIAL_CONTACT = "social_contact"
    CAREGIVER_SUPPORT = "caregiver_support"
    HEALTH_CLASS = "health_class"


class Capacity(StrEnum):
    OPEN = "open"
    LIMITED = "limited"
    FULL = "full"


class LinksBy(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class CommunityOrganization(Row):
    __tablename__ = "community_organization"
    __table_args__ = (
        of_practice(),
        refers("texts_agreed_by_id", "user_account"),
        UniqueConstraint("practice_id", "name"),
    )

    name: Mapped[str]
    #: In its own words, beside the closed list.
    serves: Mapped[str | None]
    #: Values of `Need`, as the list stood at `needs_version`.
    needs: Mapped[list[str]] = mapped_column(default=list)
    needs_version: Mapped[int] = mapped_column(default=NEEDS_VERSION)
    hours: Mapped[str | None]
    capacity: Mapped[Capacity] = mapped_column(default=Capacity.OPEN)
    #: Tags of `messaging.languages`; English unless somebody said otherwise.
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en"])
    phone: Mapped[str | None]
    email: Mapped[str | None]
    #: By which its links leave, where there is a choice; paper is always there too.
    links_by: Mapped[LinksBy] = mapped_column(default=LinksBy.EMAIL, server_default="email")
    #: Where its links are texted to; then who there agreed to it, in which words, and who wrote it down when.
    mobile: Mapped[str | None]
    texts_agreed_name: Mapped[str | None]
    texts_agreed_wording: Mapped[str | None]
    texts_agreed_at: Mapped[datetime | None]
    texts_agreed_by_id: Mapped[UUID | None]
    address: Mapped[str | None]
    #: The local day on which it said that it is full.
    full_on: Mapped[date | None]
    #: Another record of the same organization, which stands for this one (`partner_merge`).
    merged_into_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    @property
    def agreed_to_texts(self) -> bool:
        """Whether it may be texted of our own accord; a STOP since then is on the number."""
        return self.links_by is LinksBy.SMS and self.texts_agreed_at is not None

    def helps_with(self, need: str | None, language: str | None) -> bool:
        """Whether it meets a need in a language; None asks for neither."""
        return (need is None or need in self.needs) and (
            language is None or language in self.languages
        )
