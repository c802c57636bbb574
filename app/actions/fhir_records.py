"""FHIR resources as what they become here: a patient (read beside this file), a coverage, somebody around a
patient, a piece of work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.actions import fhir_words_in as words
from app.actions.fhir_file import Entry, Json
from app.actions.fhir_offices import requester_of
from app.actions.fhir_patients import language_of, patient_names, read_patient
from app.actions.reported_coverages import Said
from app.core.errors import Invalid
from app.models.patient_fields import Place, clean
from app.models.practice import Practice
from app.models.sent_work import SourceStatus
from app.models.task import TaskType

#: Older work is history: kept where it came from, and nobody is asked about it.
RECENT = timedelta(days=30)
STATUS = {
    "cancelled": SourceStatus.CANCELLED, "entered-in-error": SourceStatus.CANCELLED,
    "revoked": SourceStatus.CANCELLED, "stopped": SourceStatus.CANCELLED,
    "fulfilled": SourceStatus.DONE, "completed": SourceStatus.DONE, "noshow": SourceStatus.MISSED,
}  # fmt: skip
#: SNOMED CT "Patient referral"; and the words of a category that says the same.
_REFERRAL = "3457005"


@dataclass(frozen=True, slots=True)
class Record:
    """A resource that makes sense: what it is known by, and what it says."""

    kind: str
    source_id: str
    said: Any
    names: tuple[str, ...] = ()
    subject: str | None = None
    #: What had to be left out, by name.
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """Somebody around a patient."""

    name: str
    relationship: str
    language: str
    phone: str
    from_on: Any = None
    to_on: Any = None


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work; `is_history` when it is too old to be followed up anew."""

    type: TaskType
    said: dict[str, Any] = field(default_factory=dict)
    is_history: bool = False


class PassedOver(Exception):
    """Not ours to take in, under this name."""


def read(entry: Entry, practice: Practice, place: Place, *, at: datetime) -> Record:
    """Raises Invalid for what cannot be used, PassedOver for what is not ours."""
    resource = entry.resource
    known_by = words.source_id(resource, entry.full_url)
    said, left_out = _READERS[entry.kind](resource, practice, place, at)
    names = patient_names(resource, entry.full_url) if entry.kind == "Patient" else ()
    return Record(entry.kind, known_by, said, names, entry.subject, left_out)


Made = tuple[Any, tuple[str, ...]]


def _coverage(resource: Json, practice: Practice, place: Place, at: datetime) -> Made:
    payors = words.each(resource.get("payor"))
    payer = words.first(words.text(each.get("display"), 120) for each in payors)
    member = words.text(resource.get("subscriberId"), 60) or words.first(
        words.text(each.get("value"), 60) for each in words.each(resource.get("identifier"))
    )
    for name, value in (("payor", payer), ("subscriberId", member)):
        if not value:
            raise Invalid("This is missing.", field=name)
    if resource.get("status") in ("cancelled", "draft", "entered-in-error"):
        raise PassedOver(f"Coverage: {resource['status']}")
    plans = words.each(resource.get("class"))
    period = words.inner(resource, "period")
    program = words.first(words.text(each.get("name"), 60) for each in plans)
    first, last = (words.day(period.get(name), f"period.{name}") for name in ("start", "end"))
    return Said(payer, member, program, first, last), ()


def _related(resource: Json, practice: Practice, place: Place, at: datetime) -> Made:
    given, family = words.name(resource)
    name = " ".join(part for part in (given, family) if part)
    if not name:
        raise Invalid("This is missing.", field="name")
    if resource.get("active") is False:
        raise PassedOver("RelatedPerson: not active")
    period = words.inner(resource, "period")
    first, last = (words.day(period.get(each), f"period.{each}") for each in ("start", "end"))
    kinds = (words.concept(each) for each in words.each(resource.get("relationship")))
    phone = words.telecom(resource, "phone") or ""
    left_out: tuple[str, ...] = ()
    if phone and clean({"phone": phone}, place)[1]:
        phone, left_out = "", ("RelatedPerson: phone that cannot be used",)
    spoken = (language_of(resource) or "").split("-")[0]
    language = spoken if spoken in practice.all_languages else practice.language
    return Around(
        name[:100], words.first(kinds) or "related", language, phone, first, last
    ), left_out


def _appointment(resource: Json, practice: Practice, place: Place, at: datetime) -> Made:
    starts = words.moment(resource.get("start"), "start", practice.time_zone)
    if starts is None:
        raise Invalid("This is missing.", field="start")
    actors = [each.get("actor") for each in words.each(resource.get("participant"))]
    others = [
        words.text(actor.get("display"), 100)
        for actor in actors
        if isinstance(actor, dict) and "Patient/" not in str(actor.get("reference"))
        and not str(actor.get("reference")).startswith("urn:")
    ]  # fmt: skip
    services = (words.concept(each) for each in words.each(resource.get("serviceType")))
    where = words.first([*others, words.text(resource.get("description"), 100), *services])
    said = {"happens_at": starts, "place": where, "status": _status(resource)}
    return Work(TaskType.APPOINTMENT_KEPT, said, at - starts > RECENT), ()


def _medication(resource: Json, practice: Practice, place: Place, at: datetime) -> Made:
    reference = resource.get("medicationReference")
    label = words.concept(resource.get("medicationCodeableConcept")) or words.text(
        reference.get("display") if isinstance(reference, dict) else None, 100
    )
    if label is None:
        raise Invalid("It does not say which medicine.", field="medication")
    ordered = words.moment(resource.get("authoredOn"), "authoredOn", practice.time_zone)
    day = ordered.astimezone(ZoneInfo(practice.time_zone)).date() if ordered else None
    said = {"medication_label": label, "ordered_on": day, "status": _status(resource),
            "received_at": _came(ordered, at)}  # fmt: skip
    return Work(TaskType.MEDICATION_RECEIVED, said, _is_old(ordered, at)), ()


def _referral(resource: Json, practice: Practice, place: Place, at: datetime) -> Made:
    categories = words.each(resource.get("category"))
    names = " ".join(filter(None, map(words.concept, [*categories, resource.get("code")]))).lower()
    if _REFERRAL not in words.codes(categories) and "referral" not in names:
        raise PassedOver("ServiceRequest that is no referral")
    reasons = [words.concept(each) for each in words.each(resource.get("reasonCode"))]
    reason = "; ".join(filter(None, [words.concept(resource.get("code")), *reasons]))
    referred_by, office = requester_of(resource)
    authored = words.moment(resource.get("authoredOn"), "authoredOn", practice.time_zone)
    said = {"reason": reason or "Referral", "referred_by": referred_by, "referrer": office,
            "received_at": _came(authored, at), "status": _status(resource)}  # fmt: skip
    return Work(TaskType.REFERRAL_FOLLOW_UP, said, _is_old(authored, at)), ()


def _status(resource: Json) -> SourceStatus:
    return STATUS.get(str(resource.get("status")), SourceStatus.ACTIVE)


def _is_old(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and at - moment > RECENT


def _came(moment: datetime | None, at: datetime) -> datetime | None:
    """When it was written down, where that has been: a clock ahead of ours is none."""
    return min(moment, at) if moment else None


_READERS: dict[str, Callable[[Json, Practice, Place, datetime], Made]] = {
    "Patient": lambda resource, _practice, place, _at: read_patient(resource, place),
    "Coverage": _coverage,
    "RelatedPerson": _related,
    "Appointment": _appointment,
    "MedicationRequest": _medication,
    "ServiceRequest": _referral,
}
