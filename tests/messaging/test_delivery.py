"""Delivery states: every order of reports ends alike, and no move is made that is not legal."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.delivery import (
    MOVES,
    MessageStatus,
    UnknownCarrierWord,
    advance,
    from_twilio,
    keep_code,
    may_move,
)

pytestmark = pytest.mark.pure

S = MessageStatus
REPORTABLE = [S.SENT, S.DELIVERED, S.FAILED, S.CANCELLED, S.EXPIRED]
BEFORE_A_REPORT = [S.QUEUED, S.SENDING, S.IN_DOUBT]
statuses = st.sampled_from(list(MessageStatus))


def after(start: MessageStatus, reports: tuple[MessageStatus, ...]) -> MessageStatus:
    for report in reports:
        start = advance(start, report)
    return start


@pytest.mark.parametrize("start", BEFORE_A_REPORT)
def test_it_ends_in_the_same_state_for_every_order_of_reports(start: MessageStatus) -> None:
    for size in range(1, len(REPORTABLE) + 1):
        for reports in itertools.combinations(REPORTABLE, size):
            ends = {after(start, order) for order in itertools.permutations(reports)}
            assert len(ends) == 1, reports
            expected = S.DELIVERED if S.DELIVERED in reports else None
            assert expected in (None, *ends)


@given(start=statuses, reports=st.lists(statuses, max_size=8))
def test_it_does_not_mind_a_report_that_comes_twice(
    start: MessageStatus, reports: list[MessageStatus]
) -> None:
    once = after(start, tuple(reports))
    assert after(start, tuple(reports * 2)) == once
    assert after(once, tuple(reports)) == once


@given(current=statuses, reported=st.sampled_from(REPORTABLE))
def test_it_only_advances_by_legal_moves(current: MessageStatus, reported: MessageStatus) -> None:
    to = advance(current, reported)
    assert to == current or may_move(current, to)


@pytest.mark.parametrize("start", BEFORE_A_REPORT)
@pytest.mark.parametrize("report", REPORTABLE)
def test_it_settles_whatever_was_open_by_a_report(
    start: MessageStatus, report: MessageStatus
) -> None:
    assert advance(start, report) is report


def test_it_lets_a_late_delivery_win_over_a_failure_but_not_the_reverse() -> None:
    assert advance(S.FAILED, S.DELIVERED) is S.DELIVERED
    assert advance(S.DELIVERED, S.FAILED) is S.DELIVERED
    assert advance(S.DELIVERED, S.SENT) is S.DELIVERED


def test_it_never_moves_what_came_in() -> None:
    assert not MOVES[S.RECEIVED]
    assert all(advance(S.RECEIVED, report) is S.RECEIVED for report in MessageStatus)


def test_it_knows_the_moves_of_every_state_and_never_stays_by_moving() -> None:
    assert set(MOVES) == set(MessageStatus)
    assert not any(may_move(status, status) for status in MessageStatus)


def test_it_sends_a_message_on_only_from_the_queue() -> None:
    may_start = {status for status in MessageStatus if may_move(status, S.SENDING)}
    assert may_start == {S.QUEUED}


@pytest.mark.parametrize(
    "closed", [S.WITHHELD, S.CANCELLED, S.EXPIRED, S.FAILED, S.SENT, S.DELIVERED]
)
def test_it_never_queues_a_closed_message_again(closed: MessageStatus) -> None:
    assert not may_move(closed, S.QUEUED)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("accepted", S.SENT),
        ("scheduled", S.SENT),
        ("queued", S.SENT),
        ("sending", S.SENT),
        ("sent", S.SENT),
        ("partially_delivered", S.SENT),
        ("delivered", S.DELIVERED),
        ("read", S.DELIVERED),
        ("undelivered", S.FAILED),
        ("failed", S.FAILED),
        ("canceled", S.CANCELLED),
        ("receiving", S.RECEIVED),
        ("received", S.RECEIVED),
    ],
)
def test_it_translates_every_word_of_the_carrier(word: str, status: MessageStatus) -> None:
    assert from_twilio(word) is status


@pytest.mark.parametrize("word", ["", "DELIVERED", "teleported", "cancelled", " sent"])
def test_it_refuses_a_word_it_does_not_know(word: str) -> None:
    with pytest.raises(UnknownCarrierWord) as caught:
        from_twilio(word)
    assert caught.value.our_fault
    assert word.strip() == "" or word not in caught.value.person_text


@given(codes=st.lists(st.one_of(st.none(), st.integers(1, 99999)), max_size=6))
def test_it_never_erases_an_error_code(codes: list[int | None]) -> None:
    kept: int | None = None
    for code in codes:
        kept = keep_code(kept, code)
    said = [code for code in codes if code is not None]
    assert kept == (said[-1] if said else None)
