"""W9 and O1 with kill -9 at any moment whatever, not only at the named places: what was acknowledged is there
once, and every text is created once or ends with a person."""

import os
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.message import Direction, Message
from app.models.touchpoint import Touchpoint
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.dying import die_after, in_a_fork, kill_after
from tests.faults.figures import Figure, size
from tests.faults.test_killed_sender import come_back
from tests.signed import inbound_form
from tests.web.webhooks.signing import PATH, send
from tests.world import World, look_again
from workers import outbox

KILLS = size(6, 200)
Form = dict[str, str]
FINAL = {MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED}


def some_forms(world: World, stand_in: StandIn, n: int) -> list[Form]:
    return [
        inbound_form(sender=world.phone(who), to=world.line.number, body=f"{n} {k}: hello",
                     account_sid=stand_in.account_sid)
        for k, who in enumerate((world.sam, world.rosa, world.tom) * 40)
    ]  # fmt: skip


@dataclass
class Handler:
    """Takes texts in until it is killed; `history` says what it said yes to before."""

    app: Flask
    token: str
    history: Path

    def is_killed(self, forms: list[Form], *, after: float) -> bool:
        return in_a_fork(self.app, lambda: self._take(forms, after))

    def acknowledged(self) -> list[str]:
        return self.history.read_text().split()

    def take(self, form: Form) -> bool:
        return send(self.app.test_client(), PATH, form, token=self.token).status_code == 200

    def _take(self, forms: list[Form], seconds: float) -> None:
        with self.history.open("w") as file:
            for k, form in enumerate(forms):
                if k == 1:  # it is warm now
                    kill_after(seconds)
                if self.take(form):
                    file.write(f"{form['MessageSid']}\n")
                    file.flush()
                    os.fsync(file.fileno())


def test_it_loses_and_doubles_no_text_whenever_its_handler_is_killed(
    world: World, twilio: Flask, stand_in: StandIn, tmp_path: Path, figure: Figure
) -> None:
    chance, killed, acknowledged = random.Random(9), 0, []
    posted: list[Form] = []
    handler = Handler(twilio, stand_in.auth_token, tmp_path / "history")
    for n in range(KILLS):
        forms = some_forms(world, stand_in, n)
        killed += handler.is_killed(forms, after=chance.uniform(0, 0.1))
        acknowledged += handler.acknowledged()
        posted += forms[: len(handler.acknowledged()) + 1]
    kept = heard()
    lost = [sid for sid in acknowledged if not kept[sid]]
    # Who was not told yes tries again, and so do some who were.
    assert all(handler.take(form) for form in posted)
    kept = heard()
    doubled = sum(count - 1 for count in kept.values()) + second_touchpoints()
    figure("W9 killed at random", n=killed, texts=len(posted), acknowledged=len(acknowledged),
           lost=len(lost), doubled=doubled)  # fmt: skip
    assert killed >= KILLS // 2
    assert acknowledged
    assert (lost, doubled) == ([], 0)
    assert kept.keys() == {form["MessageSid"] for form in posted}


def heard() -> Counter[str | None]:
    look_again()
    mine = select(Message.provider_id).where(Message.direction == Direction.INBOUND)
    return Counter(db.session.scalars(mine))


def second_touchpoints() -> int:
    counts = Counter(db.session.scalars(select(Touchpoint.source_id)))
    return sum(count - 1 for count in counts.values())


def test_it_loses_and_doubles_no_text_whenever_its_sender_is_killed(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    chance, killed, carded, doubled = random.Random(1), 0, 0, 0
    for n in range(KILLS):
        texts = [
            queue_to(who, clock.now, solicited=True, body=f"{n} {k}: hello", send_key=f"{n}:{k}")
            for k, who in enumerate((world.sam, world.rosa, world.tom) * 2)
        ]
        killed += die_after(twilio, chance.uniform(0, 0.3), outbox.deliver_due)
        stand_in.wait_until_idle()
        come_back(twilio, clock)
        look_again()
        taken = Counter(row["body"] for row in stand_in.accepted())
        doubled += sum(taken[each.body] > 1 for each in texts)
        ids = [each.id for each in texts]
        for row in db.session.scalars(select(Message).where(Message.id.in_(ids))):
            assert row.status in FINAL, row.status
            assert (row.provider_id is not None) == bool(taken[row.body])
            carded += not taken[row.body]
    figure("O1 killed at random", n=killed, texts=KILLS * 6, lost=0, doubled=doubled, carded=carded)
    assert killed >= KILLS // 3
    assert doubled == 0
