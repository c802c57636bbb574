"""The share of its pace a line may use: halved by a complaint, back in minutes, never nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.pace import LEAST_SHARE, RECOVERY, halved, share_of

pytestmark = pytest.mark.pure
NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


def test_it_is_the_whole_pace_when_nobody_ever_complained() -> None:
    assert share_of(1.0, None, at=NOW) == 1.0


@given(st.floats(LEAST_SHARE, 1), st.timedeltas(timedelta(minutes=-5), timedelta(days=1)))
def test_it_stays_between_the_least_and_the_whole(share: float, passed: timedelta) -> None:
    now = share_of(share, NOW, at=NOW + passed)
    assert share <= now <= 1.0
    assert LEAST_SHARE <= halved(now) <= max(now, LEAST_SHARE)


def test_it_is_whole_again_when_the_time_to_recover_is_over() -> None:
    assert share_of(LEAST_SHARE, NOW, at=NOW + RECOVERY) == 1.0
    assert share_of(LEAST_SHARE, NOW, at=NOW + RECOVERY / 2) < 1.0
