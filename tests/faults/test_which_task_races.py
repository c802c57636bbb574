"""Two answers to "which of the two?" in the same moment, one by text and one in the portal: one of them says
which task the earlier reply meant, the other is kept and read by a person."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import inbound, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.task import Needs, Task, TaskStatus
from tests.actions.misfiles import two_tasks
from tests.conftest import Clock
from tests.faults.figures import tell
from tests.faults.test_answer_races import together
from tests.phones import Phones
from tests.web.webhooks.signing import PATH, inbound_form, send
from tests.world import World, look_again

ROUNDS = 8


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def test_it_hears_one_of_two_and_shows_the_other(
    app: Flask, world: World, phones: Phones, clock: Clock
) -> None:
    ends: Counter[str] = Counter()
    with transaction():
        db.session.merge(world.practice).cap_day = db.session.merge(world.practice).cap_week = 100
    for _ in range(ROUNDS):
        both = _asked_about_two(phones, world)
        by_text = inbound_form(world, world.phone(world.sam), "1")
        work = partial(send, app.test_client(), PATH, by_text)
        together(work, partial(_in_portal, app, world, "2", clock))
        look_again()
        rows = [db.session.get_one(Task, (world.practice.id, each)) for each in both]
        closed = [row for row in rows if row.status is TaskStatus.COMPLETED]
        (other,) = [row for row in rows if row not in closed]
        assert len(closed) == 1
        assert other.needs is Needs.REVIEW_REPLY
        said = db.session.scalars(select(Event.kind).where(Event.subject_id.in_(both))).all()
        assert Counter(said)["task.answered"] == 1, said
        heard = select(Message).where(Message.direction == Direction.INBOUND)
        assert len(db.session.scalars(heard).all()) == 3 * (sum(ends.values()) + 1)  # all are kept
        ends["text" if closed[0].id == both[0] else "portal"] += 1
        with transaction():
            task = db.session.merge(other)
            db.session.refresh(task)
            tasks.cancel(task, reason="next round", by=SYSTEM, at=clock.now)
        clock.advance(minutes=5)
    tell(
        f"n = {ROUNDS} pairs of answers to “which of the two?” at once: {dict(ends)} heard, 0 lost"
    )


def _asked_about_two(phones: Phones, world: World) -> list[Any]:
    """Sam's two tasks, in the order the question names them: the newest first."""
    medicine, visit = two_tasks(phones, world.sam)
    phones.clock.advance(minutes=5)
    assert phones.text(world.sam, "yes") is not None
    phones.deliver_all()
    phones.clock.advance(minutes=5)
    return [visit.id, medicine.id]


def _in_portal(app: Flask, world: World, body: str, clock: Clock) -> None:
    with app.app_context(), transaction():
        sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
        inbound.receive_portal(sam, body, at=clock.now)
