"""What every piece of work may say about itself when another system sends it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from app.api.v1.schemas import Day, Moment, Short, Shown, Strict, line
from app.models.sent_work import SourceStatus

SourceId = Annotated[str, line(190)]


class OfPatient(Strict):
    """Whose it is: `patient_id`, or `patient` (the mrn, or name and birth date: Rosa Jimenez 1957-03-09)."""

    patient_id: UUID | None = None
    patient: Annotated[str, line(200)] | None = None

    @model_validator(mode="after")
    def _check_patient(self) -> Self:
        if (self.patient_id is None) == (self.patient is None):
            raise ValueError("Give either patient_id or patient.")
        return self


class Source(OfPatient):
    """Where it comes from. The same `source_id` again changes what is there; it never doubles it."""

    source_id: SourceId | None = Field(None, description="The sender's own id.")
    source_status: Literal["active", "cancelled", "done", "missed"] | None = Field(
        None, description="How it stands over there; with `cancelled` nobody is asked about it."
    )
    happens_at: Moment | None = Field(None, description="When it is; it is asked about after that.")
    place: Short | None = None
    partner: Short | None = Field(None, description="The community organization.")
    medication_label: Short | None = Field(None, description="For staff; texts never name it.")
    ordered_on: Day | None = None
    received_at: Moment | None = Field(
        None, description="When it reached the practice; its days count from here. Default: now."
    )
    owner_id: UUID | None = None
    ask_first: bool = Field(True, description="False leaves the texts out and begins with a call.")

    def sent(self) -> dict[str, Any]:
        """The fields as `SentWork` has them."""
        named = ("happens_at", "place", "partner", "medication_label", "ordered_on", "received_at",
                 "owner_id", "ask_first")  # fmt: skip
        said = {name: getattr(self, name) for name in named}
        status = SourceStatus(self.source_status) if self.source_status else None
        return said | {"status": status}


class AppointmentIn(Source):
    """An appointment that is to be kept; its follow-up is made with it."""

    source_id: SourceId


class MedicationOrderIn(Source):
    """An order for medicine that is to arrive; its follow-up is made with it."""

    source_id: SourceId


class AppointmentOut(Shown):
    """`task_id` is its newest follow-up."""

    id: UUID
    patient_id: UUID
    source_id: str | None
    starts_at: datetime
    place: str
    status: str
    created_at: datetime
    task_id: UUID | None = None


class MedicationOrderOut(Shown):
    """`task_id` is its newest follow-up."""

    id: UUID
    patient_id: UUID
    source_id: str | None
    label: str
    ordered_on: date
    status: str
    created_at: datetime
    task_id: UUID | None = None
