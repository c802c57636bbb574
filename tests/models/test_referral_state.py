"""The states of a referral are those of a Gravity Task (T4.2): no path leads from rejected to completed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.models.referral import Referral
from app.models.referral_state import MOVES, OPEN, WITH_REASON, NoSuchMove, ReferralStatus

pytestmark = pytest.mark.pure
S = ReferralStatus
#: Allowed status of a referral Task in the Gravity guide, without draft; `ready`, `received` are not.
GRAVITY = {
    "requested", "accepted", "rejected", "in_progress", "on_hold", "completed", "cancelled", "failed",
    "entered_in_error",
}  # fmt: skip


def reachable(start: ReferralStatus) -> set[ReferralStatus]:
    found: set[ReferralStatus] = set()
    waiting = [start]
    while waiting:
        for each in MOVES[waiting.pop()] - found:
            found.add(each)
            waiting.append(each)
    return found


def test_it_has_exactly_the_states_of_the_guide() -> None:
    assert {state.value for state in S} == GRAVITY
    assert set(MOVES) == set(S)


def test_it_leads_from_requested_to_completed_only_through_accepted_and_in_progress() -> None:
    assert S.COMPLETED in reachable(S.REQUESTED)
    assert {was for was in S if S.COMPLETED in MOVES[was]} == {S.IN_PROGRESS}
    assert {was for was in S if S.ACCEPTED in MOVES[was]} == {S.REQUESTED}


@pytest.mark.parametrize("over", [S.REJECTED, S.CANCELLED, S.FAILED, S.ENTERED_IN_ERROR])
def test_it_never_comes_back_from_an_ending(over: ReferralStatus) -> None:
    assert reachable(over) <= {S.ENTERED_IN_ERROR}


@given(st.lists(st.sampled_from(list(S)), max_size=30))
def test_it_never_completes_what_was_rejected_whatever_is_tried(
    tries: list[ReferralStatus],
) -> None:
    referral, was_rejected = Referral(status=S.REQUESTED), False
    for to in tries:
        before = referral.status
        try:
            referral.move(to, reason="because")
        except NoSuchMove:
            assert referral.status is before
        else:
            assert to in MOVES[before]
        was_rejected = was_rejected or referral.status is S.REJECTED
        assert not (was_rejected and (referral.status is S.COMPLETED or referral.is_open))


@pytest.mark.parametrize("to", sorted(WITH_REASON))
def test_it_asks_for_the_reason(to: ReferralStatus) -> None:
    was = S.REQUESTED if to in MOVES[S.REQUESTED] else S.IN_PROGRESS
    referral = Referral(status=was)
    for empty in (None, "", "  "):
        with pytest.raises(Invalid) as refused:
            referral.move(to, reason=empty)
        assert refused.value.field == "reason"
    assert referral.status is was
    referral.move(to, reason=" moved away ")
    assert referral.status_reason == "moved away"


def test_it_is_open_until_it_is_over() -> None:
    assert {state for state in S if Referral(status=state).is_open} == set(OPEN)
