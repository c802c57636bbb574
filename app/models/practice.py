"""Practice (the tenant), its Lines (numbers it sends from), and the look-up of a line by what the
carrier names it with. Only the look-up is read across practices."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice
from app.core.crypto import EncryptedText
from app.core.ids import new_id
from app.models.retention import USUAL_YEARS
from messaging.languages import ALWAYS


class DayRule(StrEnum):
    """How deadlines in calendar days end: with the local day, or after so many times 24 hours."""

    CALENDAR = "calendar_days"
    ELAPSED = "elapsed_days"


class SharedPhones(StrEnum):
    """A message from a phone of several people that nobody can place: ask the phone, or staff decide."""

    ASK = "ask"
    STAFF = "staff"


class Practice(Base):
    """A practice: zone, hours, caps. `hours` maps "0".."6" (Monday first) to [["08:00","17:00"], …];
    empty = always open."""

    __tablename__ = "practice"
    __table_args__ = (
        UniqueConstraint("slug"),
        CheckConstraint("cap_day >= 0 AND cap_week >= 0", "caps"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str]
    name: Mapped[str]
    #: IANA zone; days, hours and deadlines of the practice are read in it.
    time_zone: Mapped[str]
    #: Number a person answers, shown in texts.
    phone: Mapped[str | None]
    country: Mapped[str] = mapped_column(default="US")
    subdivision: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en")
    #: Texts are written in these beside English and Spanish: tags of `messaging.languages`.
    languages: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    #: Words no text may hold in those languages, by tag: illnesses, medicines, treatments.
    clinical_words: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    #: Only an invented practice is served by the sandbox carrier.
    is_invented: Mapped[bool] = mapped_column(default=False)
    is_sending: Mapped[bool] = mapped_column(default=True)
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: Extra closed days, ISO dates, beside the public holidays.
    closed_on: Mapped[list[str]] = mapped_column(default=list)
    #: What those days are called, where they have a name.
    closed_names: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    #: Public holidays it works on, by name (`calendar_days.holiday_name`).
    open_on: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    #: For tasks made from now on; a running one keeps the rule it began with.
    day_rule: Mapped[DayRule] = mapped_column(
        default=DayRule.CALENDAR, server_default=DayRule.CALENDAR.value
    )
    shared_phones: Mapped[SharedPhones] = mapped_column(
        default=SharedPhones.ASK, server_default=SharedPhones.ASK.value
    )
    quiet_from: Mapped[str] = mapped_column(default="21:00")
    quiet_until: Mapped[str] = mapped_column(default="08:00")
    cap_day: Mapped[int] = mapped_column(default=1)
    cap_week: Mapped[int] = mapped_column(default=3)
    #: A timer without activity for so long ends with the last one.
    timer_idle_minutes: Mapped[int] = mapped_column(default=10, server_default="10")
    #: What is written down more days later than this needs a reason.
    late_entry_days: Mapped[int] = mapped_column(default=2, server_default="2")
    #: One entry may span no more than this.
    longest_entry_minutes: Mapped[int] = mapped_column(default=240, server_default="240")
    #: Two people working on one patient at the same moment count once.
    counts_together_once: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: Rows of the ledger are kept so long from the day they were written down (app.models.retention).
    keep_years: Mapped[int] = mapped_column(default=USUAL_YEARS, server_default=str(USUAL_YEARS))
    #: The business associate agreement with whoever carries texts: with whom, signed when.
    baa_with: Mapped[str | None]
    baa_on: Mapped[date | None]
    created_at: Mapped[datetime]
    #: The database is a backup's of this moment: what left since then is the carrier's to tell, so nothing
    #: leaves until its list was read (`flask doctor --reconcile`). None = nothing of the kind.
    restored_from: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]

    @property
    def may_send(self) -> bool:
        """Switched on by its people, and no backup that nobody compared with the carrier."""
        return self.is_sending and self.restored_from is None

    @property
    def all_languages(self) -> tuple[str, ...]:
        """Tags of every language texts are written in."""
        return (*ALWAYS, *self.languages)

    def clinical_words_in(self, language: str) -> list[str]:
        """What the practice listed for a language it added."""
        return list(self.clinical_words.get(language, ()))

    @property
    def practice_id(self) -> UUID:
        """So that events find their practice the same way on every record."""
        return self.id


class StopOwner(StrEnum):
    """Who answers STOP and HELP on a line."""

    CARRIER = "carrier"
    US = "us"


class Line(Row):
    """A number the practice sends from. Without its own account it uses the environment's."""

    __tablename__ = "line"
    __table_args__ = (
        of_practice(),
        UniqueConstraint("practice_id", "number"),
        CheckConstraint("segments_per_second > 0", "pace"),
    )

    number: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    account_sid: Mapped[str | None]
    auth_token: Mapped[str | None] = mapped_column(EncryptedText)
    segments_per_second: Mapped[float] = mapped_column(default=1.0)
    stop_owner: Mapped[StopOwner] = mapped_column(default=StopOwner.CARRIER)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    #: When its next text may leave: the whole state of its pace (see messaging.pace).
    free_at: Mapped[datetime | None]
    #: The carrier takes nothing more from it until then.
    stopped_until: Mapped[datetime | None]
    stopped_why: Mapped[str | None]
    #: Up to when the carrier's own list of texts that came in was read (see actions.reconcile).
    listed_until: Mapped[datetime | None]
    #: What part of its pace it might use at `share_at`, when the carrier asked it to slow down; more since.
    share: Mapped[float] = mapped_column(default=1.0, server_default="1")
    share_at: Mapped[datetime | None]
    #: When the carrier last reported on a text of it, to the minute.
    reported_at: Mapped[datetime | None]

    def is_stopped(self, at: datetime) -> bool:
        return self.stopped_until is not None and self.stopped_until > at


class LineDirectory(Base):
    """(account, number) → line, over all practices. `account_sid` is "" for the environment's account."""

    __tablename__ = "line_directory"
    __table_args__ = (
        ForeignKeyConstraint(["practice_id", "line_id"], ["line.practice_id", "line.id"]),
    )

    account_sid: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    practice_id: Mapped[UUID]
    line_id: Mapped[UUID]
