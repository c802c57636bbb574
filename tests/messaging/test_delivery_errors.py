"""The error table: each code does exactly what was agreed, and nothing beyond it."""

from dataclasses import fields

import pytest

from messaging.delivery import MessageStatus
from messaging.delivery_errors import POLICIES, ErrorPolicy, policy_for, settled_status

pytestmark = pytest.mark.pure

WORDS = {"code", "meaning", "person_text"}
QUIET = ErrorPolicy(0, "", "")

# One row per code: what differs from "final for this try, and nothing else happens".
AGREED: dict[int, dict[str, object]] = {
    429: {"retry": True},
    20429: {"retry": True},
    21211: {"permanent": True, "marks_number": "bad"},
    21614: {"permanent": True, "marks_number": "bad"},
    21610: {"permanent": True, "opts_out": True},
    21611: {"retry": True, "stops_sender": True},
    30001: {"stops_sender": True, "linked_repeats": 1},
    30003: {"linked_repeats": 2},
    30005: {"permanent": True, "marks_number": "bad"},
    30006: {"permanent": True, "marks_number": "landline"},
    30007: {"permanent": True, "alarm": True},
    30008: {"maybe_delivered": True},
    30034: {"permanent": True, "our_fault": True, "stops_sender": True, "alarm": True},
    30036: {"permanent": True, "closes_as": MessageStatus.EXPIRED},
    20003: {"our_fault": True, "alarm": True},
    20404: {"our_fault": True, "alarm": True},
    21212: {"our_fault": True, "alarm": True},
    21408: {"our_fault": True, "alarm": True},
    21606: {"our_fault": True, "alarm": True},
    90007: {"our_fault": True, "alarm": True},
    21617: {"permanent": True},
}


def differences(policy: ErrorPolicy) -> dict[str, object]:
    names = [f.name for f in fields(policy) if f.name not in WORDS]
    return {n: getattr(policy, n) for n in names if getattr(policy, n) != getattr(QUIET, n)}


@pytest.mark.parametrize("code", sorted(AGREED))
def test_it_does_what_was_agreed_for_each_code(code: int) -> None:
    policy = policy_for(code)
    assert policy.code == code
    assert differences(policy) == AGREED[code]


def test_it_has_no_code_that_was_not_agreed() -> None:
    assert set(POLICIES) == set(AGREED)


@pytest.mark.parametrize("code", [None, 0, 1, 30999, 99999])
def test_it_neither_repeats_nor_condemns_what_it_does_not_know(code: int | None) -> None:
    policy = policy_for(code)
    assert differences(policy) == {}
    assert policy.person_text


@pytest.mark.parametrize("code", sorted(POLICIES))
def test_it_never_both_retries_and_gives_up(code: int) -> None:
    policy = policy_for(code)
    assert not (policy.retry and policy.permanent)
    assert policy.person_text.endswith(".")
    assert policy.person_text[0].isupper()


def test_it_closes_a_lapsed_validity_as_expired_and_other_failures_as_failed() -> None:
    assert settled_status(MessageStatus.FAILED, 30036) is MessageStatus.EXPIRED
    assert settled_status(MessageStatus.FAILED, 30003) is MessageStatus.FAILED
    assert settled_status(MessageStatus.FAILED, None) is MessageStatus.FAILED


@pytest.mark.parametrize("reported", [s for s in MessageStatus if s is not MessageStatus.FAILED])
def test_it_leaves_a_state_that_is_no_failure_alone(reported: MessageStatus) -> None:
    assert settled_status(reported, 30036) is reported
