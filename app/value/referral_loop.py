"""Closing the Referral Loop (CMS50), as published: version 0.4.000 for QI-Core 6, measurement period a
calendar year, patient-based. Source: CMS50FHIRCRLReceiptofSpecialistReport.cql, CC0, in the repository
cqframework/ecqm-content-qicore-2025. Its value sets are licensed lists, so they are given, never shipped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from app.value.fhir_bundle import BadBundle, Code, Entry, PatientBundle, has_code, items
from app.value.fhir_times import FhirTime, is_after, is_within


class BadValueSets(ValueError):
    """What is wrong with the file of value sets."""


@dataclass(frozen=True, slots=True)
class ValueSets:
    """The codes the measure asks for: a visit's types, interventions that stand for a visit, referrals
    and consultants' reports."""

    visit: frozenset[Code]
    intervention: frozenset[Code]
    referral: frozenset[Code]
    consultant_report: frozenset[Code]


@dataclass(frozen=True, slots=True)
class Populations:
    """Which populations of a proportion measure the patient is in (the basis is the patient: yes or no)."""

    patient: str | None
    initial_population: bool
    denominator: bool
    numerator: bool


@dataclass(frozen=True, slots=True)
class Referral:
    entry: Entry
    authored_on: FhirTime


def read_value_sets(document: Any) -> ValueSets:
    """From parsed JSON `{name: ["system|code", …]}`. Raises BadValueSets."""
    if not isinstance(document, Mapping):
        raise BadValueSets("not a JSON object of lists")
    return ValueSets(**{f.name: _codes(f.name, document) for f in fields(ValueSets)})


def _codes(name: str, document: Mapping[str, Any]) -> frozenset[Code]:
    listed = document.get(name)
    if not isinstance(listed, list):
        raise BadValueSets(f"{name!r} is missing or no list")
    made = set()
    for text in listed:
        system, bar, code = text.strip().rpartition("|") if isinstance(text, str) else ("", "", "")
        if not bar or not system or not code:
            raise BadValueSets(f"{name!r} holds {text!r}; write each code as system|code")
        made.add((system, code))
    return frozenset(made)


def closing_referral_loop(bundle: PatientBundle, year: int, sets: ValueSets) -> Populations:
    """The patient's populations in the calendar year. Raises BadBundle for a date that is none."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    referral = first_referral(bundle, year, sets)
    seen = has_visit(bundle, first, last, sets) or has_intervention(bundle, first, last, sets)
    in_population = seen and referral is not None
    reported = referral is not None and in_population and any(
        is_report_on(bundle, task, referral, first, last)
        for task in bundle.of_patient("Task", "for")
        if has_code(task.resource.get("code"), sets.consultant_report)
    )  # fmt: skip
    return Populations(bundle.patient_id, in_population, in_population, reported)


def first_referral(bundle: PatientBundle, year: int, sets: ValueSets) -> Referral | None:
    """The earliest by authoredOn; of two at once, the one that stands first in the bundle."""
    first: Referral | None = None
    for entry in bundle.of_patient("ServiceRequest"):
        if not _is_order(entry.resource) or not has_code(entry.resource.get("code"), sets.referral):
            continue
        authored = bundle.time(entry, "authoredOn")
        if authored is None or not is_within(authored, date(year, 1, 1), date(year, 10, 31)):
            continue
        if first is None or is_after(first.authored_on, authored):
            first = Referral(entry, authored)
    return first


def _is_order(resource: Mapping[str, Any]) -> bool:
    """A request not to do something is another profile (QI-Core Service Not Requested)."""
    return (
        resource.get("status") in ("active", "completed")
        and resource.get("intent") == "order"
        and resource.get("doNotPerform") is not True
    )


def has_visit(bundle: PatientBundle, first: date, last: date, sets: ValueSets) -> bool:
    """A finished encounter of a listed type, its whole period within the days."""
    return any(
        entry.resource.get("status") == "finished"
        and has_code(entry.resource.get("type"), sets.visit)
        and _period_within(bundle, entry, "period", first, last)
        for entry in bundle.of_patient("Encounter")
    )


def has_intervention(bundle: PatientBundle, first: date, last: date, sets: ValueSets) -> bool:
    """A completed procedure of a listed code, performed wholly within the days. An age or a range of
    ages, which is a whole year at least, is not read."""
    for entry in bundle.of_patient("Procedure"):
        if entry.resource.get("status") != "completed":
            continue
        if not has_code(entry.resource.get("code"), sets.intervention):
            continue
        at = bundle.time(entry, "performedDateTime")
        if at is not None and is_within(at, first, last):
            return True
        if _period_within(bundle, entry, "performedPeriod", first, last):
            return True
    return False


def _period_within(bundle: PatientBundle, entry: Entry, name: str, first: date, last: date) -> bool:
    """Both ends are needed: one without an end lasts for ever, and an unknown start is not known to be in."""
    start, end = bundle.time(entry, name, "start"), bundle.time(entry, name, "end")
    if start is None or end is None or is_after(start, end):
        return False
    return is_within(start, first, last) and is_within(end, first, last)


def is_report_on(
    bundle: PatientBundle, task: Entry, referral: Referral, first: date, last: date
) -> bool:
    """A completed task based on that referral which ends after it was written and within the days."""
    if task.resource.get("status") != "completed":
        return False
    if not any(bundle.points_to(r, referral.entry) for r in _references(task, "basedOn")):
        return False
    end = bundle.time(task, "executionPeriod", "end")
    if end is None:
        return False
    return is_after(end, referral.authored_on) and is_within(end, first, last)


def _references(entry: Entry, name: str) -> Iterator[str]:
    for reference in items(entry.resource.get(name)):
        text = reference.get("reference")
        if text is not None and not isinstance(text, str):
            raise BadBundle(f"{entry.name}.{name} holds a reference that is no text")
        if text:
            yield text
