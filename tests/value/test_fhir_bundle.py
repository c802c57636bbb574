"""What a bundle, or the file of value sets, is refused for, in words for whoever supplies it."""

from typing import Any

import pytest

from app.value.fhir_bundle import BadBundle, read_bundle
from app.value.referral_loop import BadValueSets, closing_referral_loop, read_value_sets
from tests.value.referral_bundles import SETS, bundle, referral, visit

pytestmark = pytest.mark.pure
VALUE_SETS = read_value_sets(SETS)


@pytest.mark.parametrize(("document", "said"), [
    ([], "not a FHIR Bundle"), ({"resourceType": "Patient"}, "not a FHIR Bundle"),
    ({"resourceType": "Bundle", "type": "history"}, "history"),
    (bundle(visit(), patient=False), "no Patient"),
    (bundle({"resourceType": "Patient", "id": "p2"}), "2 Patient"),
    ({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": 7}]}, "entry 0"),
    (bundle(visit(), referral(on="2026-13-01")), "ServiceRequest/r1.authoredOn"),
    (bundle(visit(), referral(on="6 June 2026")), "no FHIR date"),
    (bundle(visit(), referral(on=20260606)), "no FHIR date"),  # type: ignore[arg-type]
    (bundle(visit("2026-02-30"), referral()), "Encounter/e1.period.start"),
])  # fmt: skip
def test_it_says_what_is_wrong_with_a_bundle(document: Any, said: str) -> None:
    with pytest.raises(BadBundle, match=said):
        closing_referral_loop(read_bundle(document), 2026, VALUE_SETS)


@pytest.mark.parametrize(("document", "said"), [
    ([], "object"), ({}, "'visit' is missing"), (SETS | {"referral": "x|y"}, "'referral'"),
    (SETS | {"visit": ["99213"]}, "system|code"), (SETS | {"visit": [None]}, "system|code"),
])  # fmt: skip
def test_it_says_what_is_wrong_with_value_sets(document: Any, said: str) -> None:
    with pytest.raises(BadValueSets, match=said.replace("|", r"\|")):
        read_value_sets(document)
