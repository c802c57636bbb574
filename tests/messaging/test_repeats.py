"""Which classes of text may be sent a second time when the first one's fate stays unknown."""

import pytest

from messaging.gate_facts import Purpose
from messaging.repeats import is_repeatable

pytestmark = pytest.mark.pure
FOLLOW_UPS = {Purpose.CARE_NAVIGATION, Purpose.APPOINTMENT, Purpose.REFERRAL}


@pytest.mark.parametrize("purpose", Purpose)
def test_it_repeats_only_what_a_rule_wrote_about_a_follow_up(purpose: Purpose) -> None:
    assert is_repeatable(purpose, automated=True) is (purpose in FOLLOW_UPS)
    assert not is_repeatable(purpose, automated=False)
