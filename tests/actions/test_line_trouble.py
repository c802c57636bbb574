"""A carrier in trouble: asked to slow down, a line halves its pace and gets it back; answered with errors, it
rests, tries one text, and rests longer while that fails. Nothing is lost meanwhile."""

from datetime import timedelta

import pytest

from app.actions import line_pace
from app.core.db import db, transaction
from app.models.message import Message
from app.models.practice import Line
from messaging.carriers.base import CarrierBusy, InDoubt, NotAccepted, Receipt, Refused
from messaging.delivery import MessageStatus
from tests.actions.claims import SID, claim, leave, settle, start
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.world import World


@pytest.fixture
def fast(world: World) -> Line:
    """The line at a pace at which five texts leave within a second."""
    with transaction():
        line = db.session.merge(world.line)
        line.segments_per_second = 10.0
    return line


def texts(world: World, clock, count: int) -> list[Message]:
    """Up to four texts that somebody waits for, no two of them to one number and none of them equal."""
    people = (world.sam, world.rosa, world.tom, world.kim)[:count]
    return [
        queue_to(
            who, clock.now, send_key=f"{who.id} {clock.now}", body=str(clock.now), solicited=True
        )
        for who in people
    ]


def fail(world: World, clock, outcome, count: int = 5) -> None:
    """So many texts, one after the other, all of which end so."""
    for _ in range(count):
        (message,) = texts(world, clock, 1)
        leave(world, message, outcome, clock.now)
        clock.advance(seconds=0.15)


def share(line: Line, clock) -> float:
    fresh_line = fresh(line)
    return line_pace.share_of(fresh_line.share, fresh_line.share_at, at=clock.now)


def test_it_halves_its_pace_once_for_requests_that_were_out_together(
    world: World, clock, fast: Line
) -> None:
    fail(world, clock, CarrierBusy(code=20429))
    assert fresh(fast).share == 0.5
    assert not fast.is_stopped(clock.now)


def test_it_gets_its_pace_back_while_nobody_complains(world: World, clock, fast: Line) -> None:
    fail(world, clock, CarrierBusy(code=20429), count=1)
    assert share(fast, clock) == pytest.approx(0.5, abs=0.01)
    clock.advance(minutes=1)
    assert share(fast, clock) == pytest.approx(0.75, abs=0.01)
    clock.advance(minutes=1)
    assert share(fast, clock) == 1.0


def test_a_slower_line_keeps_longer_pauses(world: World, clock, fast: Line) -> None:
    fail(world, clock, CarrierBusy(code=20429), count=1)
    clock.advance(seconds=1)
    texts(world, clock, 2)
    first, second = claim(world, clock.now)
    assert second.wait_seconds - first.wait_seconds > 0.19  # 0.1 s at its whole pace


@pytest.mark.parametrize("outcome", [InDoubt(detail="http 500"), NotAccepted()])
def test_it_rests_when_most_requests_get_no_answer(
    world: World, clock, fast: Line, outcome
) -> None:
    fail(world, clock, outcome)
    assert (fresh(fast).is_stopped(clock.now), fast.stopped_why) == (True, "carrier_trouble")
    assert "line.stopped" in kinds_of(fast)
    (waiting,) = texts(world, clock, 1)
    assert claim(world, clock.now) == []
    assert fresh(waiting).status is MessageStatus.QUEUED


def test_it_does_not_rest_for_a_few_or_for_fewer_than_half(world: World, clock, fast: Line) -> None:
    for n in range(6):
        (message,) = texts(world, clock, 1)
        leave(world, message, Receipt(f"SM{n:032x}", MessageStatus.SENT, 1), clock.now)
        clock.advance(seconds=1)
    fail(world, clock, InDoubt())
    assert not fresh(fast).is_stopped(clock.now)


def test_it_forgets_what_went_wrong_a_while_ago(world: World, clock, fast: Line) -> None:
    fail(world, clock, InDoubt(), count=4)
    clock.advance(minutes=1)
    (message,) = texts(world, clock, 1)
    leave(world, message, InDoubt(), clock.now)
    assert not fresh(fast).is_stopped(clock.now)


def test_it_does_not_rest_for_texts_the_carrier_refuses(world: World, clock, fast: Line) -> None:
    fail(world, clock, Refused(code=30007, permanent=True))
    assert not fresh(fast).is_stopped(clock.now)


def test_it_tries_one_text_after_the_rest_and_goes_on_when_that_is_answered(
    world: World, clock, fast: Line
) -> None:
    fail(world, clock, NotAccepted())
    clock.advance(seconds=31)
    waiting = texts(world, clock, 3)
    (probe,) = claim(world, clock.now)
    assert start(probe, clock.now)
    settle(probe, Receipt(SID, MessageStatus.SENT, 1), clock.advance(seconds=1))
    assert (fresh(fast).stopped_why, fast.stopped_until) == (None, None)
    assert "line.resumed" in kinds_of(fast)
    assert share(fast, clock) < 1.0  # slowly at first
    assert len(claim(world, clock.now)) >= 1
    assert {fresh(message).status for message in waiting} & {MessageStatus.SENDING}


def test_it_rests_twice_as_long_each_time_the_one_text_fails(
    world: World, clock, fast: Line
) -> None:
    fail(world, clock, NotAccepted())
    pauses = [fresh(fast).stopped_until - clock.now]
    for _ in range(5):
        clock.set(fresh(fast).stopped_until + timedelta(seconds=1))
        texts(world, clock, 2)
        (probe,) = claim(world, clock.now)
        assert start(probe, clock.now)
        settle(probe, NotAccepted(), clock.now)
        pauses.append(fresh(fast).stopped_until - clock.now)
    rounded = [round(pause.total_seconds() / 30) for pause in pauses]
    assert rounded == [1, 2, 4, 8, 16, 16]
