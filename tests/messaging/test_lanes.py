"""Lanes: whoever waits for a text comes before whoever is merely due one."""

import pytest

from messaging.gate_facts import Purpose
from messaging.lanes import Lane, lane_of

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("purpose", list(Purpose))
def test_it_is_urgent_when_the_person_just_asked(purpose: Purpose) -> None:
    assert lane_of(purpose, solicited=True, automated=True) is Lane.URGENT


@pytest.mark.parametrize("purpose", [Purpose.STAFF_REPLY, Purpose.SIGN_IN, Purpose.SERVICE])
def test_it_is_urgent_when_somebody_waits_for_it(purpose: Purpose) -> None:
    assert lane_of(purpose, solicited=False, automated=True) is Lane.URGENT


@pytest.mark.parametrize(
    "purpose", [Purpose.CARE_NAVIGATION, Purpose.APPOINTMENT, Purpose.REFERRAL]
)
def test_it_is_care_for_what_a_rule_writes_and_urgent_for_what_a_person_writes(
    purpose: Purpose,
) -> None:
    assert lane_of(purpose, solicited=False, automated=True) is Lane.CARE
    assert lane_of(purpose, solicited=False, automated=False) is Lane.URGENT


def test_it_orders_urgent_before_care_before_lists() -> None:
    assert sorted(Lane, reverse=True) == [Lane.LIST, Lane.CARE, Lane.URGENT]
