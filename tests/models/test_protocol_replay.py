"""A protocol played over what really happened: plain values in, plain values out."""

from datetime import UTC, datetime, time, timedelta

import pytest

from app.models.contact_preference import Preferences
from app.models.protocol_definition import Definition
from app.models.protocol_replay import Answer, Case, replay
from app.models.task import TaskType
from app.models.task_deadline import Moments
from messaging.quiet_hours import DayWindow, QuietRule
from tests.own_protocols import changed, step

pytestmark = pytest.mark.pure
ZONE = "America/Los_Angeles"
START = datetime(2026, 3, 3, 17, tzinfo=UTC)  # 9 a.m. there
DUE = datetime(2026, 3, 7, 8, tzinfo=UTC)
SHIPPED = changed(TaskType.MEDICATION_RECEIVED)
DAY = timedelta(days=1)


def case(**parts: object) -> Case:
    return Case(Moments(START), ZONE, **parts)  # type: ignore[arg-type]


def only_calls(*waits: int) -> Definition:
    steps = [step(f"call_{n}", "call", wait_days=wait) for n, wait in enumerate(waits)]
    again = {"after_days": 1, "from_step": "call_0"}
    return changed(TaskType.MEDICATION_RECEIVED, steps=steps, not_yet=again)


def test_it_climbs_through_silence_and_misses_the_day() -> None:
    played = replay(SHIPPED, case(), due_at=DUE)
    assert (len(played.texts), len(played.calls), played.missed) == (2, 1, True)
    assert played.texts[0] == START


def test_it_stops_at_an_answer_to_the_first_text() -> None:
    answers = (Answer("yes", START + timedelta(hours=2), 1, timedelta(hours=2)),)
    played = replay(SHIPPED, case(answers=answers), due_at=DUE)
    assert (played.texts, played.calls, played.missed) == ([START], [], False)
    assert played.answered_at == START + timedelta(hours=2)


def test_it_keeps_an_answer_to_the_second_text_for_the_second_text() -> None:
    answers = (Answer("yes", START + DAY * 1.4, 2, timedelta(hours=3)),)
    played = replay(SHIPPED, case(answers=answers), due_at=DUE)
    assert len(played.texts) == 2
    assert played.answered_at == played.texts[1] + timedelta(hours=3)
    silent = replay(only_calls(1), case(answers=answers), due_at=DUE)
    assert (silent.answered_at, silent.missed) == (None, True)


def test_it_takes_what_was_said_on_the_phone_when_it_was_said() -> None:
    answers = (Answer("yes", START + DAY),)
    played = replay(only_calls(2, 2), case(answers=answers), due_at=DUE)
    assert (len(played.calls), played.answered_at, played.missed) == (1, START + DAY, False)


def test_it_asks_again_after_not_yet_from_the_step_the_protocol_names() -> None:
    answers = (
        Answer("not_yet", START + timedelta(hours=1), 1, timedelta(hours=1)),
        Answer("yes", START + timedelta(hours=27), 1, timedelta(hours=2)),
    )
    played = replay(SHIPPED, case(answers=answers), due_at=DUE)
    assert played.texts == [START, START + timedelta(hours=25)]
    assert (played.calls, played.answered_at) == ([], START + timedelta(hours=27))


def test_it_ends_where_a_person_or_an_opt_out_ended_it() -> None:
    played = replay(SHIPPED, case(ends_at=START + timedelta(hours=1)), due_at=DUE)
    assert (len(played.texts), played.calls, played.missed) == (1, [], False)


def test_it_lets_a_text_wait_for_the_hours_it_may_leave_in() -> None:
    hours = (QuietRule(DayWindow(time(11), time(12)), (ZONE,)),)
    played = replay(SHIPPED, case(hours=hours), due_at=DUE)
    assert played.texts[0] == START + timedelta(hours=2)


@pytest.mark.parametrize(
    ("parts", "reasons"),
    [
        ({"no_texts": "no_consent"}, ["no_consent", "no_consent"]),
        ({"wishes": Preferences(call_only=True)}, ["call_only", "call_only"]),
    ],
)
def test_it_leaves_out_what_was_not_possible(parts: dict[str, object], reasons: list[str]) -> None:
    played = replay(SHIPPED, case(**parts), due_at=DUE)
    assert [reason for _, reason in played.skipped] == reasons
    assert (played.texts, played.calls) == ([], [START])


def test_it_leaves_out_a_caregiver_and_a_partner_nobody_recorded() -> None:
    people = changed(
        TaskType.MEDICATION_RECEIVED, not_yet={"after_days": 1, "from_step": "a"},
        steps=[step("a", "caregiver"), step("b", "partner"), step("c", "lead")],
    )  # fmt: skip
    alone = replay(people, case(), due_at=DUE)
    assert [reason for _, reason in alone.skipped] == ["no_caregiver", "no_partner"]
    assert alone.calls == []
    helped = replay(people, case(has_caregiver=True, has_partner=True), due_at=DUE)
    assert len(helped.calls) == 2


def test_it_makes_a_call_of_a_written_yes_where_the_protocol_says_so() -> None:
    answers = (Answer("yes", START + timedelta(hours=1), 1, timedelta(hours=1)),)
    played = replay(changed(TaskType.NO_SHOW), case(answers=answers), due_at=DUE)
    assert played.calls == [START + timedelta(hours=1)]


def test_it_counts_a_late_answer_as_missed() -> None:
    late = Answer("yes", DUE + DAY, 2, timedelta(days=6))
    played = replay(SHIPPED, case(answers=(late,)), due_at=DUE)
    assert played.answered_at is not None
    assert played.missed


def test_it_leaves_out_a_text_whose_words_hold_a_link_they_do_not_want() -> None:
    linked = frozenset(str(each.template) for each in SHIPPED.steps if each.writes)
    for wishes, reason in (
        (Preferences(no_links=True), "no_links"), (Preferences(flip_phone=True), "flip_phone"),
    ):  # fmt: skip
        played = replay(SHIPPED, case(wishes=wishes, linked=linked), due_at=DUE)
        assert (played.texts, {why for _, why in played.skipped}) == ([], {reason})
        assert len(replay(SHIPPED, case(wishes=wishes), due_at=DUE).texts) == 2


def test_it_counts_a_caregivers_text_as_a_text() -> None:
    steps = [step("first", "caregiver", wait_days=1), step("call", "call", wait_days=1)]
    again = {"after_days": 1, "from_step": "first"}
    ladder = changed(TaskType.MEDICATION_RECEIVED, steps=steps, not_yet=again)
    for may, counts in ((True, (1, 1)), (False, (0, 2))):
        played = replay(ladder, case(has_caregiver=True, texts_caregiver=may), due_at=DUE)
        assert (len(played.texts), len(played.calls)) == counts
