"""T4.1, the checker itself: each layer is shown to catch what it is for, and only that layer does."""

import copy
from typing import Any

import pytest

from tests.exports.fhir_layers import Json, problems, unresolved

pytestmark = pytest.mark.pure
CODED = {"coding": [{"system": "https://example.org", "code": "x"}]}
TASK: Json = {
    "resourceType": "Task", "id": "t1", "status": "completed", "intent": "order", "code": CODED,
    "for": {"reference": "Patient/p1"}, "authoredOn": "2026-03-03T17:00:00.000Z",
    "lastModified": "2026-03-04T17:00:00.000Z", "requester": {"reference": "Organization/o1"},
    "executionPeriod": {"start": "2026-03-03T17:00:00.000Z", "end": "2026-03-04T17:00:00.000Z"},
    "output": [{"type": CODED, "valueCodeableConcept": CODED}],
}  # fmt: skip
COMMUNICATION: Json = {
    "resourceType": "Communication", "id": "c1", "status": "completed", "category": [CODED],
    "subject": {"reference": "Patient/p1"}, "sent": "2026-03-03T17:00:00.000Z",
    "sender": {"reference": "Practitioner/u1"}, "recipient": [{"reference": "Patient/p1"}],
    "extension": [{"url": "https://example.org/x", "valueCode": "y"}],
}  # fmt: skip
CONSENT: Json = {
    "resourceType": "Consent", "id": "n1", "status": "active", "scope": CODED, "category": [CODED],
    "patient": {"reference": "Patient/p1"}, "dateTime": "2026-03-03T17:00:00Z", "policyRule": CODED,
    "provision": {"type": "permit"},
}  # fmt: skip
ENCOUNTER: Json = {
    "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
    "type": [CODED], "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-03-03T17:00:00Z", "end": "2026-03-03T17:10:00Z"},
}  # fmt: skip


@pytest.mark.parametrize(
    "good", [TASK, COMMUNICATION, CONSENT, ENCOUNTER], ids=lambda r: r["resourceType"]
)
def test_it_lets_a_good_resource_by(good: Json) -> None:
    assert problems(good) == {}


@pytest.mark.parametrize(("good", "change", "layer"), [
    (TASK, {"status": "bogus"}, "codes"), (TASK, {"status": "ready"}, "codes"),
    (TASK, {"intent": "wish"}, "codes"), (COMMUNICATION, {"status": "sent"}, "codes"),
    (CONSENT, {"status": "given"}, "codes"), (CONSENT, {"provision": {"type": "maybe"}}, "codes"),
    (ENCOUNTER, {"status": "done"}, "codes"),
    (TASK, {"for": None}, "cardinality"), (TASK, {"requester": None}, "cardinality"),
    (ENCOUNTER, {"type": None}, "cardinality"), (COMMUNICATION, {"extension": None}, "cardinality"),
    (TASK, {"minutes": 7}, "shape"), (COMMUNICATION, {"colour": "green"}, "shape"),
    (CONSENT, {"dateTime": "3 March"}, "shape"), (COMMUNICATION, {"sent": "2026-02-30"}, "shape"),
    (TASK, {"status": "rejected", "output": None}, "invariants"),
    (TASK, {"status": "rejected", "statusReason": {"coding": []}}, "invariants"),
    (TASK, {"lastModified": "2026-03-01T17:00:00.000Z"}, "invariants"),
    (TASK, {"code": {"coding": [{"code": "fulfill"}]}}, "invariants"),
    (TASK, {"output": None}, "invariants"),
    (CONSENT, {"policyRule": None}, "invariants"),
    (COMMUNICATION, {"status": "not-done"}, "invariants"),
    (COMMUNICATION, {"extension": [{"url": "https://example.org/x"}]}, "invariants"),
    (ENCOUNTER, {"period": {"start": "2026-03-03T17:00:00Z", "end": "2026-03-03T16:00:00Z"}}, "invariants"),
])  # fmt: skip
def test_t4_1_a_mutation_is_caught_by_a_named_layer(
    good: Json, change: dict[str, Any], layer: str
) -> None:
    mutant = copy.deepcopy(good) | change
    found = problems({key: value for key, value in mutant.items() if value is not None})
    assert layer in found
    assert set(found) <= {layer, "shape"}


def test_t4_1_a_rejected_task_with_a_reason_is_fine() -> None:
    assert (
        problems(TASK | {"status": "rejected", "statusReason": {"text": "No room until May"}}) == {}
    )


def test_t4_8_it_finds_a_reference_to_nobody_and_leaves_names_alone() -> None:
    patient = {"resourceType": "Patient", "id": "p1"}
    assert unresolved([patient, ENCOUNTER]) == []
    assert unresolved([ENCOUNTER]) == ["Encounter/e1 → Patient/p1"]
    assert unresolved([patient, ENCOUNTER | {"serviceProvider": {"display": "Pier Clinic"}}]) == []
