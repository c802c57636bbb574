"""Minutes from spans: overlaps count once, automated rows never, and never more than people worked."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.value.minutes import Span, clipped, credited, whole_minutes

pytestmark = pytest.mark.pure
NOON = datetime(2026, 3, 8, 12, tzinfo=UTC)


def span(
    key: str, worker: str, patient: str, first: float, last: float, human: bool = True
) -> Span:
    return Span(key, worker, patient, NOON + timedelta(minutes=first),
                NOON + timedelta(minutes=last), human)  # fmt: skip


def minutes(*spans: Span, together_once: bool = True) -> int:
    return whole_minutes(credited(spans, together_once=together_once).values())


def test_T1_3_two_overlapping_entries_of_one_worker_count_once() -> None:
    assert minutes(span("a", "ana", "rosa", 0, 10), span("b", "ana", "rosa", 0, 10)) == 10
    assert minutes(span("a", "ana", "rosa", 0, 10), span("b", "ana", "sam", 5, 15)) == 15


def test_T1_3_two_workers_on_one_patient_count_once_unless_the_practice_says_each() -> None:
    both = span("a", "ana", "rosa", 0, 10), span("b", "lea", "rosa", 5, 15)
    assert minutes(*both) == 15
    assert minutes(*both, together_once=False) == 20
    assert minutes(both[0], span("b", "lea", "sam", 5, 15)) == 20


def test_a_moment_goes_to_what_began_first_and_a_span_inside_another_gets_nothing() -> None:
    found = credited([span("b", "ana", "rosa", 2, 4), span("a", "ana", "rosa", 0, 10),
                      span("c", "ana", "sam", 10, 12)])  # fmt: skip
    assert [found[key] // timedelta(minutes=1) for key in "abc"] == [10, 0, 2]


def test_T0_3_automated_rows_are_credited_with_nothing_and_take_nothing_away() -> None:
    found = [span("a", "", "rosa", 0, 30, human=False), span("b", "ana", "rosa", 10, 20)]
    assert minutes(*found) == 10


def test_seconds_are_summed_and_floored_once() -> None:
    nearly = [span(str(n), "ana", "rosa", n * 10, n * 10 + 0.99) for n in range(3)]
    assert minutes(*nearly) == 2
    assert minutes(span("a", "ana", "rosa", 0, 19 + 59 / 60)) == 19


def test_minutes_belong_to_the_month_they_were_worked_in() -> None:
    long = span("a", "ana", "rosa", -10, 5)
    assert (
        whole_minutes(each.length for each in clipped([long], NOON, NOON + timedelta(days=1))) == 5
    )
    assert not list(clipped([long], NOON + timedelta(days=1), NOON + timedelta(days=2)))


SPANS = st.lists(
    st.builds(
        lambda worker, patient, first, length, human: (worker, patient, first, length, human),
        st.sampled_from(["ana", "lea", "ben"]), st.sampled_from(["rosa", "sam"]),
        st.integers(0, 90), st.integers(0, 40), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


@given(SPANS, st.booleans())
def test_T1_11_never_more_is_credited_than_people_worked(
    drawn: list[tuple[str, str, int, int, bool]], together_once: bool
) -> None:
    """Against minutes ticked off one by one: by worker, and by patient where two count once."""
    spans = [span(str(n), w, p, first, first + length, human)
             for n, (w, p, first, length, human) in enumerate(drawn)]  # fmt: skip
    total = sum(credited(spans, together_once=together_once).values(), timedelta())
    worked, touched = set(), set()
    for w, p, first, length, human in drawn:
        if human:
            worked |= {(w, minute) for minute in range(first, first + length)}
            touched |= {(p, minute) for minute in range(first, first + length)}
    if together_once:
        assert total <= timedelta(minutes=min(len(worked), len(touched)))
    else:
        assert total == timedelta(minutes=len(worked))


@given(SPANS)
def test_the_order_in_which_spans_come_changes_nothing(
    drawn: list[tuple[str, str, int, int, bool]],
) -> None:
    spans = [span(f"{n:02}", w, p, first, first + length, human)
             for n, (w, p, first, length, human) in enumerate(drawn)]  # fmt: skip
    assert credited(spans) == credited(reversed(spans))
