"""A message given to two people at once, while its own number writes again: it stands with one of them, each
task is where its own person's words have put it, and the ledger counts it once."""

from collections import Counter
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import misfiled, tasks
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from tests.actions.misfiles import counting
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


def test_it_gives_a_message_to_one_person_however_many_move_it(
    app: Flask, world: World, phones: Phones, clock: Clock
) -> None:
    ends: Counter[str] = Counter()
    people = (world.tom, world.rosa)
    with transaction():
        db.session.merge(world.practice).cap_day = db.session.merge(world.practice).cap_week = 100
    for _ in range(ROUNDS):
        asked = [phones.ask(p, TaskType.MEDICATION_RECEIVED) for p in (world.sam, *people)]
        clock.advance(minutes=5)
        message = phones.text(world.sam, "1")
        assert message is not None
        clock.advance(minutes=5)
        client, form = app.test_client(), inbound_form(world, world.phone(world.sam), "1")
        moves = [partial(_move, app, message, each, clock.now) for each in (*people, *people)]
        *said, answer = together(*moves, partial(send, client, PATH, form))
        assert answer.status_code == 200
        ends.update(said)
        look_again()
        kept = db.session.get_one(Message, (world.practice.id, message.id))
        assert kept.patient_id in {each.id for each in people}
        moved = select(func.count()).where(
            Event.kind == "message.refiled", Event.subject_id == message.id
        )
        assert db.session.scalar(moved) == 1
        assert [row.patient_id for row in counting(kept)] == [kept.patient_id]
        _close(asked, clock)
    tell(f"n = {ROUNDS} messages moved by four at once while the number wrote again: {dict(ends)}")


def _move(app: Flask, message: Message, to: Patient, at: datetime) -> str:
    try:
        with app.app_context(), transaction():
            misfiled.refile(
                db.session.get_one(Message, (message.practice_id, message.id)),
                db.session.get_one(Patient, (to.practice_id, to.id)),
                by=SYSTEM, at=at, seen=message.conversation_id,
            )  # fmt: skip
    except Conflict:
        return "second"
    return "first"


def _close(asked: list[Task], clock: Clock) -> None:
    """Nothing of this round is left for the next."""
    with transaction():
        for each in asked:
            task = db.session.merge(each)
            db.session.refresh(task)
            if task.is_open:
                tasks.cancel(task, reason="next round", by=SYSTEM, at=clock.now)
    clock.advance(minutes=5)
