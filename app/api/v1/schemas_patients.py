"""What the API reads and gives about patients."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import Field

from app.api.v1.paging import Page
from app.api.v1.schemas import Day, Long, Short, Shown, Strict, WarningOut, line
from app.models.consent import ConsentHow
from app.models.patient import PatientStatus
from app.models.patient_fields import PatientFields, SmsConsent

Setting = Literal["home", "inpatient", "snf"]
PreferredChannel = Literal["sms", "portal"]
Mrn = Annotated[str, line(64)]
Phone = Annotated[str, line(40), Field(examples=["+15035550123"])]
Language = Annotated[str, line(40), Field(examples=["es"])]
PostalCode = Annotated[str, line(12), Field(examples=["97205"])]
Zone = Annotated[str, line(60), Field(examples=["America/Los_Angeles"])]
Email = Annotated[str, line(254), Field(examples=["rosa@example.org"])]

#: May be left out, but not emptied: the field has no default a caller could send.
LEFT_OUT: Any = Field(default_factory=lambda: None)


class SmsConsentIn(Strict):
    """A decision about texting as another system recorded it. A yes never lifts an opt-out."""

    given: bool
    on: Day
    wording: Long

    def said(self) -> SmsConsent:
        return SmsConsent(self.given, self.on, self.wording, ConsentHow.API)


class PatientIn(Strict):
    """A new patient. Without `time_zone` it is judged by postal code, then by number."""

    mrn: Mrn
    given_name: Short
    family_name: Short
    birth_date: Day
    phone: Phone | None = None
    language: Language | None = None
    postal_code: PostalCode | None = None
    time_zone: Zone | None = None
    email: Email | None = None
    pcp: Short | None = None
    subgroup: Annotated[str, line(60)] | None = None
    care_team_id: UUID | None = None
    sms_consent: SmsConsentIn | None = None

    def fields(self) -> PatientFields:
        return fields_of(self)


class PatientPatch(Strict):
    """What is named is changed; null clears what may be empty."""

    given_name: Short = LEFT_OUT
    family_name: Short = LEFT_OUT
    birth_date: Day = LEFT_OUT
    phone: Phone | None = None
    language: Language = LEFT_OUT
    postal_code: PostalCode | None = None
    time_zone: Zone | None = None
    email: Email | None = None
    pcp: Short | None = None
    subgroup: Annotated[str, line(60)] | None = None
    care_team_id: UUID | None = None
    setting: Setting = LEFT_OUT
    preferred_channel: PreferredChannel = LEFT_OUT
    sms_consent: SmsConsentIn | None = None
    status: PatientStatus | None = None
    status_since: Day | None = Field(None, description="Default: today, where the practice is.")

    def fields(self) -> PatientFields:
        return fields_of(self)


def fields_of(body: "PatientIn | PatientPatch") -> PatientFields:
    """The fields that were named, as the patient actions take them."""
    named: dict[str, Any] = {
        name: getattr(body, name)
        for name in body.model_fields_set
        if name not in ("status", "status_since", "sms_consent")
    }
    if body.sms_consent is not None:
        named["sms_consent"] = body.sms_consent.said()
    return cast("PatientFields", named)  # the models' names are the fields'


class PatientOut(Shown):
    """A patient. `sms_consent` is how it stands for texts to `phone`."""

    id: UUID
    mrn: str
    given_name: str
    family_name: str
    birth_date: date
    phone: str | None
    email: str | None
    language: str
    postal_code: str | None
    time_zone: str | None
    pcp: str | None
    subgroup: str | None
    care_team_id: UUID | None
    status: PatientStatus
    status_since: date | None
    setting: str
    preferred_channel: str
    sms_consent: Literal["given", "withdrawn", "unknown"]
    created_at: datetime


class PatientChanged(PatientOut):
    """The patient as changed. `warnings`: what was named and did not take hold, and why."""

    warnings: list[WarningOut] = []


class PatientPage(Page):
    items: list[PatientOut]
