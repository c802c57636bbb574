"""What the API reads and gives about tasks and referrals."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.v1.paging import Page
from app.api.v1.schemas import Day, Moment, Short, Shown, Strict, Text, line
from app.api.v1.schemas_work import OfPatient, Source, SourceId
from app.models.referral_state import ReferralStatus
from app.models.sent_work import SentOffice
from app.models.task import Evidence, Needs, TaskStatus, TaskType


class TaskAbout(Strict):
    """What the task is about. A medication's label is for staff; texts never name it."""

    medication_label: Short | None = None
    appointment_place: Short | None = None
    community_organization: Short | None = None
    happens_at: Moment | None = Field(None, description="When the appointment is.")

    def plain(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_none=True)


class TaskIn(Source):
    """A task; its ladder begins by itself. Without `due_on` the protocol's own rule decides. With a
    `source_id` a later one under the same id changes it."""

    type: TaskType
    due_on: Day | None = None
    about: TaskAbout | None = Field(None, description="The same as the fields of these names.")
    priority: Literal["routine", "urgent", "asap", "stat"] = "routine"

    def said_about(self) -> dict[str, Any]:
        """What it is about, however it was said."""
        about = self.about.plain() if self.about else {}
        plain = {
            "happens_at": self.happens_at.isoformat() if self.happens_at else None,
            "appointment_place": self.place,
            "community_organization": self.partner,
            "medication_label": self.medication_label,
        }
        return about | {name: value for name, value in plain.items() if value is not None}

    def sent(self) -> dict[str, Any]:
        named, about = super().sent(), self.about
        if about is not None:
            named |= {
                "happens_at": self.happens_at or about.happens_at,
                "place": self.place or about.appointment_place,
                "partner": self.partner or about.community_organization,
                "medication_label": self.medication_label or about.medication_label,
            }
        return named | {
            "due_on": self.due_on,
            "priority": self.priority,
        }


class TaskOut(Shown):
    """A task. `needs` is what a person must do next; null while the ladder climbs by itself."""

    id: UUID
    patient_id: UUID
    type: TaskType
    status: TaskStatus
    priority: str
    owner_id: UUID | None
    care_team_id: UUID | None
    referral_id: UUID | None
    received_at: datetime | None
    due_on: date
    due_at: datetime
    overdue_since: datetime | None
    needs: Needs | None
    barrier: str | None
    connected_at: datetime | None
    outcome: str | None
    evidence: Evidence | None
    from_shared_phone: bool
    completed_at: datetime | None
    was_late: bool
    late_seconds: int | None = Field(description="How long after `due_at` it was done.")
    created_at: datetime
    updated_at: datetime


class TaskPage(Page):
    items: list[TaskOut]


class ReferrerIn(Strict):
    """The referring office. One that is known already, by its `source_id`, a name it has or had, or a
    number that is its alone, is used as it is."""

    name: Annotated[str, line(200)]
    email: Annotated[str, line(254)] | None = None
    fax: Annotated[str, line(40)] | None = None
    phone: Annotated[str, line(40)] | None = None
    source_id: SourceId | None = Field(None, description="The sender's own id of it, or its NPI.")

    def sent(self) -> SentOffice:
        ids = (self.source_id,) if self.source_id else ()
        return SentOffice(self.name, self.email, self.fax, self.phone, ids)


class ReferralIn(OfPatient):
    """A referral that reached the practice; its follow-up task is made with it. With a `source_id` a
    later one under the same id changes it."""

    source_id: SourceId | None = Field(None, description="The sender's own id.")
    source_status: Literal["active", "cancelled"] | None = Field(
        None, description="How it stands over there."
    )
    reason: Text
    referred_by: Annotated[str, line(200)] | None = Field(None, description="The clinician's name.")
    received_at: Moment | None = Field(None, description="The week runs from here. Default: now.")
    referrer: ReferrerIn | None = None
    owner_id: UUID | None = None
    ask_first: bool = Field(True, description="False leaves the texts out and begins with a call.")


class ReferralOut(Shown):
    id: UUID
    patient_id: UUID
    referrer_id: UUID | None
    referred_by: str | None
    reason: str
    status: ReferralStatus
    status_reason: str | None = Field(description="Why it was rejected, is on hold or ended.")
    is_fit: bool | None
    received_at: datetime
    connected_at: datetime | None
    pcp_told_at: datetime | None
    created_at: datetime


class ReferralPage(Page):
    items: list[ReferralOut]
