"""What waits in the carrier's own queue: ten minutes of a line's pace at most, until the carrier reports, or
until it must have left."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.actions import carrier_queue
from app.actions.delivery import apply_report
from app.core.db import db, transaction
from app.models.message import Message
from app.models.practice import Line
from app.models.user import User
from messaging.carriers.base import InDoubt, NotAccepted, Receipt, StatusReport
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, leave, settle, start
from tests.actions.drafts import queue_to
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World, look_again

#: At this pace ten minutes are six segments.
SLOW = 0.01


@pytest.fixture(autouse=True)
def slow_line(world: World) -> None:
    set_line(world, segments_per_second=SLOW)


def set_line(world: World, **values: object) -> None:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)
        for name, value in values.items():
            setattr(line, name, value)


def line_of(world: World) -> Line:
    look_again()
    return db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)


def hand_over(world: World, clock: Clock, n: int, first: int = 0) -> list[Message]:
    """So many texts of one segment, to a carrier that says no more than that it has them."""
    left = []
    for i in range(first, first + n):
        text = queue_to(world.sam, clock.now, send_key=f"q:{i}", body=f"Text {i}", solicited=True)
        left.append(leave(world, text, accepted(), clock.now))
        set_line(world, free_at=clock.now)  # the pace is not what is looked at here
    return left


def accepted() -> Receipt:
    return Receipt(new_provider_id(), MessageStatus.SENT, 1)


def there(world: World, clock: Clock) -> int:
    look_again()
    return carrier_queue.read(world.practice.id, at=clock.now).of(world.line)


def say(world: World, message: Message, clock: Clock, **replaced: object) -> None:
    """A delivery report, as the webhook takes it in."""
    values = {"status": MessageStatus.SENT, "error_code": None, "is_waiting": False} | replaced
    with transaction():
        row = db.session.get_one(Message, (message.practice_id, message.id))
        report = StatusReport(
            provider_id=str(row.provider_id), account_sid="AC" + "0" * 32,
            sender=world.line.number, recipient=None, **values,  # type: ignore[arg-type]
        )  # fmt: skip
        apply_report(row, report, at=clock.now)
        carrier_queue.heard_from(row, at=clock.now)


def one_more(world: World, clock: Clock) -> int:
    """How many of one more text are claimed."""
    queue_to(world.rosa, clock.now, send_key="one more", body="One more", solicited=True)
    return len(claim(world, clock.now))


def test_it_hands_over_no_more_than_ten_minutes(world: World, clock: Clock) -> None:
    texts = hand_over(world, clock, 6)
    assert there(world, clock) == 6
    assert one_more(world, clock) == 0
    say(world, texts[0], clock, is_waiting=True)
    assert claim(world, clock.now) == []
    say(world, texts[0], clock)
    assert len(claim(world, clock.now)) == 1


@pytest.mark.parametrize("status", [MessageStatus.DELIVERED, MessageStatus.FAILED])
def test_it_makes_room_for_what_arrived_or_failed(
    world: World, clock: Clock, status: MessageStatus
) -> None:
    texts = hand_over(world, clock, 6)
    say(world, texts[3], clock, status=status)
    assert there(world, clock) == 5
    assert one_more(world, clock) == 1


def test_it_presumes_a_text_gone_after_ten_minutes_of_silence(world: World, clock: Clock) -> None:
    hand_over(world, clock, 6)
    clock.advance(minutes=9, seconds=59)
    assert one_more(world, clock) == 0
    clock.advance(seconds=2)
    assert len(claim(world, clock.now)) == 1


def test_it_waits_an_hour_for_a_carrier_that_reports(world: World, clock: Clock) -> None:
    say(world, hand_over(world, clock, 1)[0], clock)
    hand_over(world, clock, 6, first=1)
    clock.advance(minutes=59)
    assert one_more(world, clock) == 0
    clock.advance(minutes=1, seconds=1)
    assert len(claim(world, clock.now)) == 1


def test_it_notes_that_a_carrier_reports_once_a_minute(world: World, clock: Clock) -> None:
    texts = hand_over(world, clock, 3)
    say(world, texts[0], clock)
    heard = line_of(world).reported_at
    assert heard == clock.now
    clock.advance(seconds=30)
    say(world, texts[1], clock)
    assert line_of(world).reported_at == heard
    clock.advance(seconds=31)
    say(world, texts[2], clock)
    assert line_of(world).reported_at == clock.now


def test_it_counts_what_is_leaving_or_in_doubt_and_not_what_was_refused(
    world: World, clock: Clock
) -> None:
    doubtful = queue_to(world.sam, clock.now, send_key="a", body="A", solicited=True)
    (claimed,) = claim(world, clock.now)
    assert there(world, clock) == 1
    assert start(claimed, clock.now)
    settle(claimed, InDoubt(), clock.now)
    assert there(world, clock) == 1
    set_line(world, free_at=clock.now)
    busy = queue_to(world.rosa, clock.now, send_key="b", body="B", solicited=True)
    leave(world, busy, NotAccepted(), clock.now)
    assert there(world, clock) == 1
    assert doubtful.segments == 1


def test_it_lets_no_long_text_pass_that_does_not_fit(world: World, clock: Clock) -> None:
    hand_over(world, clock, 4)
    queue_to(world.kim, clock.now, send_key="long", body="word " * 90, solicited=True)  # 3 segments
    short = queue_to(world.tom, clock.now, send_key="short", body="Short", solicited=True)
    assert [each.message_id for each in claim(world, clock.now)] == [short.id]


def test_it_sends_a_text_longer_than_the_queue_alone(world: World, clock: Clock) -> None:
    set_line(world, segments_per_second=0.001)
    queue_to(world.kim, clock.now, body="word " * 90, solicited=True)
    assert len(claim(world, clock.now)) == 1


@pytest.mark.parametrize("minutes", [11, 30])
def test_it_rests_until_a_full_queue_is_drained(world: World, clock: Clock, minutes: int) -> None:
    say(world, hand_over(world, clock, 1)[0], clock)
    texts = hand_over(world, clock, 3, first=1)
    say(world, texts[0], clock, status=MessageStatus.FAILED, error_code=30001)
    assert line_of(world).stopped_why == "queue_full"
    clock.advance(minutes=minutes)
    assert one_more(world, clock) == 0
    for text in texts[1:]:
        say(world, text, clock)
    assert len(claim(world, clock.now)) == 1
    assert line_of(world).stopped_why is None


def test_it_is_shown_where_lines_are_set(
    world: World, clock: Clock, sign_in: Callable[[User], FlaskClient]
) -> None:
    lea = sign_in(world.lea)
    hand_over(world, clock, 3)
    here = f"/settings/lines/{world.line.id}"
    for page in ("/settings", here):
        assert "Waiting at the phone company: 3 segments, about 5.0 min" in lea.get(page).text
    hand_over(world, clock, 3, first=3)
    for page in ("/settings", here):
        assert "still has 6 segments" in lea.get(page).text
    metrics = lea.get("/metrics").text
    assert 'touchline_lines{state="queue_full"} 1.0' in metrics
    assert 'touchline_carrier_queue_seconds{line="longest"} 600.0' in metrics


def test_it_asks_for_all_lines_at_once(world: World, clock: Clock) -> None:
    hand_over(world, clock, 6)
    with transaction(), reads() as statements:
        found = carrier_queue.read(world.practice.id, at=clock.now)
    assert len(statements) == 1
    assert found.is_full(world.line)
    assert carrier_queue.longest(at=clock.now) == (1, pytest.approx(600))
