"""Bundles of invented patients for Closing the Referral Loop, in the shape the published test cases have."""

import copy
from typing import Any

SETS = {
    "visit": ["http://www.ama-assn.org/go/cpt|99213", "http://snomed.info/sct|185349003"],
    "intervention": ["http://www.ama-assn.org/go/cpt|96156"],
    "referral": ["http://snomed.info/sct|103696004"],
    "consultant_report": ["http://loinc.org|11488-4"],
}
BASE = "https://example.org"
Json = dict[str, Any]


def concept(text: str) -> Json:
    system, code = text.rsplit("|", 1)
    return {
        "coding": [{"system": "urn:example:local", "code": "x"}, {"system": system, "code": code}]
    }


def referral(id: str = "r1", on: str | None = "2026-06-06T08:00:00.000+00:00", **more: Any) -> Json:
    made = {"resourceType": "ServiceRequest", "id": id, "status": "active", "intent": "order",
            "code": concept(SETS["referral"][0]), "subject": {"reference": "Patient/p1"}}  # fmt: skip
    return made | ({"authoredOn": on} if on else {}) | more


def visit(
    start: str | None = "2026-05-27T08:00:00Z",
    end: str | None = "2026-05-27T09:15:00Z",
    **more: Any,
) -> Json:
    period = {name: at for name, at in (("start", start), ("end", end)) if at}
    return {"resourceType": "Encounter", "id": "e1", "status": "finished", "period": period,
            "class": {"code": "AMB"}, "type": [concept(SETS["visit"][0])],
            "subject": {"reference": "Patient/p1"}} | more  # fmt: skip


def procedure(**more: Any) -> Json:
    return {"resourceType": "Procedure", "id": "i1", "status": "completed",
            "code": concept(SETS["intervention"][0]),
            "subject": {"reference": "Patient/p1"}} | more  # fmt: skip


def report(
    on: str = "ServiceRequest/r1",
    end: str | None = "2026-07-06T08:10:00Z",
    id: str = "t1",
    **more: Any,
) -> Json:
    period = {"start": "2026-01-01T08:00:00Z"} | ({"end": end} if end else {})
    return {"resourceType": "Task", "id": id, "status": "completed", "intent": "order",
            "code": concept(SETS["consultant_report"][0]), "basedOn": [{"reference": on}],
            "for": {"reference": "Patient/p1"}, "executionPeriod": period} | more  # fmt: skip


def bundle(*resources: Json, kind: str = "collection", patient: bool = True) -> Json:
    listed = [{"resourceType": "Patient", "id": "p1"}] if patient else []
    return {"resourceType": "Bundle", "type": kind, "entry": [
        {"fullUrl": f"{BASE}/{r['resourceType']}/{r.get('id')}", "resource": copy.deepcopy(r)}
        for r in (*listed, *resources)
    ]}  # fmt: skip


def without(resource: Json, name: str) -> Json:
    return {key: value for key, value in resource.items() if key != name}
