"""A checker of FHIR R4 resources that needs no network, in four layers that each catch what the others let
by: the models' shape, required codes, invariants, and how often an element must be there.

Shape comes from fhir.resources (R4B, the same as R4 for the types we write), which accepts wrong codes; the
other three are our own tables, from the base specification (hl7.org/fhir/R4) and the Gravity guide's
referral Task (HL7/fhir-sdoh-clinicalcare)."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import fhirpathpy
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from app.exports.fhir_words import BASE

Json = dict[str, Any]
TASK_STATUS = {"draft", "requested", "accepted", "rejected", "cancelled", "in-progress", "on-hold", "failed",
               "completed", "entered-in-error"}  # fmt: skip
EVENT_STATUS = {"preparation", "in-progress", "not-done", "on-hold", "stopped", "completed",
                "entered-in-error", "unknown"}  # fmt: skip
PRIORITY = {"routine", "urgent", "asap", "stat"}
#: Required bindings by path; Gravity's referral Task leaves out ready and received.
CODES: dict[str, set[str]] = {
    "Patient.gender": {"male", "female", "other", "unknown"},
    "Patient.link.type": {"replaced-by", "replaces", "refer", "seealso"},
    "Organization.telecom.system": {"phone", "fax", "email", "pager", "url", "sms", "other"},
    "Organization.telecom.use": {"home", "work", "temp", "old", "mobile"},
    "Coverage.status": {"active", "cancelled", "draft", "entered-in-error"},
    "Communication.status": EVENT_STATUS,
    "Communication.priority": PRIORITY,
    "Encounter.status": {"planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled",
                         "entered-in-error", "unknown"},
    "Task.status": TASK_STATUS,
    "Task.intent": {"unknown", "proposal", "plan", "order", "original-order", "reflex-order",
                    "filler-order", "instance-order", "option"},
    "Task.priority": PRIORITY,
    "ServiceRequest.status": {"draft", "active", "on-hold", "revoked", "completed", "entered-in-error",
                              "unknown"},
    "ServiceRequest.intent": {"proposal", "plan", "directive", "order", "original-order", "reflex-order",
                              "filler-order", "instance-order", "option"},
    "Consent.status": {"draft", "proposed", "active", "rejected", "inactive", "entered-in-error"},
    "Consent.provision.type": {"deny", "permit"},
    "Provenance.entity.role": {"derivation", "revision", "quotation", "source", "removal"},
    "MeasureReport.status": {"complete", "pending", "error"},
    "MeasureReport.type": {"individual", "subject-list", "summary", "data-collection"},
}  # fmt: skip
#: Invariants by type: name, expression, for base (keys of the specification) and for Gravity's Task.
INVARIANTS: dict[str, tuple[tuple[str, str], ...]] = {
    "Task": (
        (
            "inv-1",
            "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn",
        ),
        (
            "SDOH-Task-reason",
            "(status in ('rejected' | 'cancelled' | 'on-hold' | 'failed')) implies "
            "statusReason.text.exists()",
        ),
        (
            "SDOH-Task-fulfill",
            "code.coding.where(code = 'fulfill').exists() implies "
            "(focus.exists() and intent = 'order')",
        ),
        (
            "execution-period",
            "executionPeriod.end.exists().not() or executionPeriod.end >= executionPeriod.start",
        ),
        ("done-has-output", "status = 'completed' implies output.exists()"),
    ),
    "Consent": (
        ("ppc-1", "policy.exists() or policyRule.exists()"),
        (
            "ppc-2",
            "patient.exists() or scope.coding.where(code = 'patient-privacy').exists().not()",
        ),
    ),
    "Organization": (("org-1", "(identifier.count() + name.count()) > 0"),),
    "Patient": (("name", "name.exists() or identifier.exists()"),),
    "Encounter": (("per-1", "period.end.exists().not() or period.end >= period.start"),),
    "Coverage": (("per-1", "period.end.exists().not() or period.end >= period.start"),),
    "RelatedPerson": (("per-1", "period.end.exists().not() or period.end >= period.start"),),
    "Communication": (
        ("not-done-reason", "status = 'not-done' implies statusReason.exists()"),
        ("when", "sent.exists() or received.exists()"),
    ),
    "ServiceRequest": (("prr-1", "orderDetail.empty() or code.exists()"),),
    "MeasureReport": (("mrp-1", "(type != 'data-collection') or group.exists().not()"),),
}
#: How often elements of our resources occur: the base's minimum, narrowed to what a receiver can rely on.
CARDINALITY: dict[str, dict[str, tuple[int, int | None]]] = {
    "Patient": {"id": (1, 1), "identifier": (1, 1), "name": (1, 1), "birthDate": (1, 1), "active": (1, 1)},
    "RelatedPerson": {"id": (1, 1), "patient": (1, 1), "relationship": (1, None)},
    "Practitioner": {"id": (1, 1), "name": (1, 1)},
    "Organization": {"id": (1, 1), "name": (1, 1), "type": (1, 1)},
    "Coverage": {"id": (1, 1), "beneficiary": (1, 1), "payor": (1, 1), "subscriberId": (1, 1)},
    "Communication": {"id": (1, 1), "subject": (1, 1), "extension": (1, None), "recipient": (1, 1),
                      "category": (1, 1), "sender": (1, 1)},
    "Encounter": {"id": (1, 1), "class": (1, 1), "subject": (1, 1), "type": (1, None), "period": (1, 1)},
    "Task": {"id": (1, 1), "for": (1, 1), "authoredOn": (1, 1), "requester": (1, 1), "code": (1, 1),
             "intent": (1, 1), "basedOn": (0, 1)},
    "ServiceRequest": {"id": (1, 1), "code": (1, 1), "subject": (1, 1), "authoredOn": (1, 1)},
    "Consent": {"id": (1, 1), "patient": (1, 1), "dateTime": (1, 1), "category": (1, None), "scope": (1, 1)},
    "Provenance": {"id": (1, 1), "target": (1, None), "recorded": (1, 1), "agent": (1, None)},
    "MeasureReport": {"id": (1, 1), "measure": (1, 1), "period": (1, 1), "group": (1, None)},
}  # fmt: skip


def shape(resource: Json) -> Iterator[str]:
    """Known elements alone, of the right kinds, dates that are dates, what the base requires."""
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError as error:
        for each in error.errors():
            yield f"{'.'.join(map(str, each['loc']))}: {each['msg']}"


def codes(resource: Json) -> Iterator[str]:
    """Codes of required bindings, which the models do not check."""
    for path, allowed in CODES.items():
        kind, _, inside = path.partition(".")
        if kind == resource["resourceType"]:
            for value in values_at(resource, inside.split(".")):
                if value not in allowed:
                    yield f"{path}: {value!r} is none of its codes"


def invariants(resource: Json) -> Iterator[str]:
    """FHIRPath expressions that must hold."""
    kind = resource["resourceType"]
    for name, expression in INVARIANTS.get(kind, ()):
        if _compiled(expression)(resource) != [True]:
            yield f"{name}: {expression}"
    for extension in _extensions(resource):
        nested = "extension" in extension
        if nested == any(key.startswith("value") for key in extension):
            yield f"ext-1: {extension.get('url')} needs a value or extensions, not both"


def cardinality(resource: Json) -> Iterator[str]:
    """How often an element is there."""
    for name, (least, most) in CARDINALITY[resource["resourceType"]].items():
        found = resource.get(name, resource.get(f"_{name}"))  # or only what is said of it: masked
        count = len(found) if isinstance(found, list) else int(found is not None)
        if count < least or (most is not None and count > most):
            yield f"{name}: {count} times; {least}..{'*' if most is None else most}"


LAYERS = {"shape": shape, "codes": codes, "invariants": invariants, "cardinality": cardinality}


def problems(resource: Json) -> dict[str, list[str]]:
    """What each layer says against the resource; a silent layer is left out."""
    found = {name: list(layer(resource)) for name, layer in LAYERS.items()}
    return {name: said for name, said in found.items() if said}


def unresolved(resources: list[Json]) -> list[str]:
    """References that no resource of the export answers; one that only names somebody is external (T4.8)."""
    known = {f"{each['resourceType']}/{each['id']}" for each in resources}
    return [
        f"{each['resourceType']}/{each['id']} → {reference}"
        for each in resources
        for reference in _references(each)
        if reference not in known
    ]


def our_urls(resources: list[Json]) -> set[str]:
    """Addresses of our own extensions and code systems that occur."""
    return {url for each in resources for url in _strings(each) if url.startswith(BASE)}


def values_at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


@cache
def _compiled(expression: str) -> Any:
    return fhirpathpy.compile(expression)


def _walk(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item)


def _extensions(resource: Json) -> Iterator[Json]:
    for part in _walk(resource):
        yield from part.get("extension", ())


def _references(resource: Json) -> Iterator[str]:
    for part in _walk(resource):
        if isinstance(part.get("reference"), str):
            yield part["reference"]


def _strings(resource: Json) -> Iterator[str]:
    for part in _walk(resource):
        yield from (value for value in part.values() if isinstance(value, str))
