"""Rate and back-pressure (O7): a line with far more to send than its pace allows, over a carrier that stalls
and then catches up; the tests' clock, no waiting."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, cycle
from math import ceil
from uuid import UUID

from app.actions import carrier_queue, messages, outbox, outbox_attempt, outbox_settle
from app.actions.delivery import apply_report
from app.actions.outbox import Claim
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.practice import Line
from messaging.carriers.base import Receipt, StatusReport
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from tests.actions.drafts import draft_to
from tests.actions.test_line_pace import TEN, busiest
from tests.conftest import Clock
from tests.faults.figures import FULL, Figure, size
from tests.world import World

#: Long texts need fewer rows for the same queue; at full size every text is one segment.
SEGMENTS = 1 if FULL else 10
STEP = timedelta(seconds=1 if FULL else 5)
#: The carrier works for a minute, stands still until its queue is full, then catches up.
STALLS, WORKS_AGAIN = timedelta(minutes=1), timedelta(minutes=12)


@dataclass
class SlowCarrier:
    """One segment a second leaves its queue, in order; each text that leaves is reported."""

    began: datetime
    queue: deque[tuple[UUID, str, int]] = field(default_factory=deque)
    taken: list[tuple[datetime, UUID, int]] = field(default_factory=list)
    most: int = 0
    credit: float = 0.0

    @property
    def waiting(self) -> int:
        return sum(segments for _, _, segments in self.queue)

    def take(self, claim: Claim, moment: datetime) -> Receipt:
        sid = new_provider_id()
        self.queue.append((claim.message_id, sid, SEGMENTS))
        self.taken.append((moment, claim.message_id, SEGMENTS))
        self.most = max(self.most, self.waiting)
        return Receipt(sid, MessageStatus.SENT, SEGMENTS)

    def work(self, at: datetime) -> Iterator[tuple[UUID, str]]:
        if STALLS <= at - self.began < WORKS_AGAIN:
            return
        self.credit += STEP.total_seconds()
        while self.queue and self.queue[0][2] <= self.credit:
            message_id, sid, segments = self.queue.popleft()
            self.credit -= segments
            yield message_id, sid
        self.credit = min(self.credit, SEGMENTS)


def write(world: World, at: datetime, n: int) -> list[UUID]:
    people = cycle((world.sam, world.rosa, world.tom, world.kim))
    words = "word " * (300 if SEGMENTS == 10 else 10)
    with transaction():
        rows = [
            messages.queue(
                draft_to(who, body=f"{i} {words}", send_key=f"many:{i}", solicited=True),
                by=SYSTEM,
                at=at,
            )
            for i, who in zip(range(n), people, strict=False)
        ]
    assert {row.segments for row in rows} == {SEGMENTS}
    return [row.id for row in rows]


def send(claim: Claim, moment: datetime, receipt: Receipt | None, carrier: SlowCarrier) -> None:
    with transaction():
        assert outbox_attempt.start_attempts([claim], at=moment)
    taken = receipt or carrier.take(claim, moment)
    with transaction():
        outbox_settle.settle_all([(claim, taken)], at=moment)


def report(world: World, message_id: UUID, sid: str, at: datetime) -> None:
    """What the webhook does."""
    said = StatusReport(
        provider_id=sid, account_sid="AC" + "0" * 32, sender=world.line.number, recipient=None,
        status=MessageStatus.SENT, error_code=None,
    )  # fmt: skip
    with transaction():
        message = db.session.get_one(Message, (world.practice.id, message_id))
        apply_report(message, said, at=at)
        carrier_queue.heard_from(message, at=at)


def queue_elsewhere(world: World, at: datetime, n: int) -> UUID:
    with transaction():
        draft = draft_to(world.zoe, send_key=f"other:{n}", body=f"Other {n}", solicited=True)
        return messages.queue(draft, by=SYSTEM, at=at).id


def test_it_keeps_pace_and_leaves_the_carrier_a_short_queue(
    world: World, clock: Clock, figure: Figure
) -> None:
    with transaction():
        db.session.get_one(Line, (world.practice.id, world.line.id)).segments_per_second = 1.0
    ours = write(world, clock.now, size(72, 5000))
    carrier, written, waits = SlowCarrier(clock.now), dict[UUID, datetime](), list[float]()
    numbers = count()
    while len(carrier.taken) < len(ours):
        assert clock.now - carrier.began < timedelta(seconds=2 * len(ours) * SEGMENTS + 2000)
        tick = next(numbers)
        if tick % 8 == 0:
            written[queue_elsewhere(world, clock.now, tick)] = clock.now
        for practice_id in outbox.due_practices(at=clock.now):
            with transaction():
                claims, _ = outbox.claim_due(practice_id, at=clock.now, limit=24)
            for claim in claims:
                moment = clock.now + timedelta(seconds=claim.wait_seconds)
                is_other = claim.message_id in written
                arrived = Receipt(new_provider_id(), MessageStatus.DELIVERED, 1)
                send(claim, moment, arrived if is_other else None, carrier)
                if is_other:
                    waits.append((moment - written[claim.message_id]).total_seconds())
        clock.advance(seconds=STEP.total_seconds())
        for message_id, sid in carrier.work(clock.now):
            report(world, message_id, sid, clock.now)
    moments = [at + timedelta(seconds=k) for at, _, n in carrier.taken for k in range(n)]
    times = Counter(message_id for _, message_id, _ in carrier.taken)
    fastest, p95 = busiest(moments, TEN) / 10, sorted(waits)[ceil(len(waits) * 0.95) - 1]
    figure(
        "O7 rate", n=len(ours), lost=len(set(ours) - set(times)),
        doubled=sum(n > 1 for n in times.values()), segments_per_second=fastest,
        carrier_queue_minutes=round(carrier.most / 60, 2), other_p95_seconds=p95, others=len(waits),
    )  # fmt: skip
    assert (set(times), set(times.values())) == (set(ours), {1})
    assert fastest <= 1.0
    assert 590 < carrier.most <= 600  # it was full, or nothing was shown
    assert p95 < 5
    assert len(waits) > 10
