"""W2: delivery reports in any order, some of them twice, before and after the create call's own answer. The
last word is the highest one, whatever came when, and an error code is never erased."""

import random
from dataclasses import dataclass
from itertools import permutations

from flask import Flask

from app.actions import outbox, outbox_attempt, outbox_settle
from app.actions.outbox import Claim
from app.core.db import transaction
from app.models.message import Message
from messaging.carriers.base import Receipt
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.conftest import Clock
from tests.faults.figures import FULL, Figure, size
from tests.phones import new_sid
from tests.web.webhooks.signing import PATH, send, status_form
from tests.world import World

COUNT = size(24, 2000)
ANSWER = "the create call's answer"
Report = tuple[str, int | None]


@dataclass(frozen=True)
class Story:
    """What the carrier says of one text, and how the text ends."""

    reports: tuple[Report, ...]
    ends: MessageStatus
    code: int | None


STORIES = (
    Story((("queued", None), ("sending", None), ("sent", None), ("delivered", None)),
          MessageStatus.DELIVERED, None),
    Story((("queued", None), ("sending", None), ("sent", None), ("undelivered", 30003)),
          MessageStatus.FAILED, 30003),
    Story((("accepted", None), ("sent", None), ("undelivered", 30008), ("delivered", None)),
          MessageStatus.DELIVERED, 30008),
    Story((("accepted", None), ("queued", None), ("sending", None), ("failed", 30003)),
          MessageStatus.FAILED, 30003),
)  # fmt: skip


def leaves(world: World, clock: Clock, message: Message) -> Claim:
    """Its request is on its way: what the outbox does up to the socket."""
    with transaction():
        claims, _ = outbox.claim_due(world.practice.id, at=clock.now, limit=10)
    (claim,) = [each for each in claims if each.message_id == message.id]
    with transaction():
        assert outbox_attempt.start_attempts([claim], at=clock.now)
    return claim


def hear(world: World, clock: Clock, app: Flask, message: Message, said: list[Report]) -> Message:
    """Everything the carrier says of it, in this order; the row at the end."""
    claim, sid, client = leaves(world, clock, message), new_sid(), app.test_client()
    for word, code in said:
        if word == ANSWER:
            with transaction():
                taken = Receipt(sid, MessageStatus.SENT, 1)
                outbox_settle.settle_all([(claim, taken)], at=clock.now)
            continue
        form = status_form(world, sid, word, code)
        assert send(client, f"{PATH}/{message.id}/status", form).status_code == 200
    return fresh(message)


def an_order(
    story: Story, order: tuple[int, ...], chance: random.Random, again: int
) -> list[Report]:
    """The reports and the answer in this order, `again` of the reports a second time."""
    said = [(*story.reports, (ANSWER, None))[each] for each in order]
    for each in chance.sample(story.reports, k=again):
        said.insert(chance.randrange(len(said) + 1), each)
    return said


def test_it_ends_in_the_highest_state_whatever_the_order(
    world: World, clock: Clock, app: Flask, figure: Figure
) -> None:
    chance = random.Random(20260303)
    orders = list(permutations(range(5)))  # four reports and the answer
    chance.shuffle(orders)
    wrong = erased = reports = early = 0
    for n in range(COUNT):
        story, order = STORIES[n % len(STORIES)], orders[n // len(STORIES) % len(orders)]
        said = an_order(story, order, chance, again=n % 3)
        clock.advance(seconds=1)  # the line's own pace, one text a second
        words = {"send_key": f"W2 {n}", "body": f"Text {n}", "purpose": "staff_reply"}
        row = hear(world, clock, app, queue_to(world.sam, clock.now, solicited=True, **words), said)
        reports, early = reports + len(said) - 1, early + (said[0][0] != ANSWER)
        wrong, erased = (
            wrong + (row.status is not story.ends),
            erased + (row.error_code != story.code),
        )
    figure("W2 callback order", n=COUNT, reports=reports, before_the_answer=early, wrong=wrong,
           codes_erased=erased)  # fmt: skip
    assert early > COUNT // 2  # else this proves little
    assert (wrong, erased) == (0, 0)
    assert not FULL or len(orders) * len(STORIES) <= COUNT, "every order of every story"
