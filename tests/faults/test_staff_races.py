"""Two of the staff act on one record in the same moment: one does it, the other hears that it was done."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import DeadlockDetected
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.actions import referrals, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.task import TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.faults.test_answer_races import together
from tests.world import World

ROUNDS = 3
SignInAs = Callable[[User], FlaskClient]


def test_it_ends_a_task_once_when_two_people_end_it(
    world: World, sign_in: SignInAs, clock: Clock
) -> None:
    ana, lea = sign_in(world.ana), sign_in(world.lea)
    for _ in range(ROUNDS):
        with transaction():
            kind = TaskType.MEDICATION_RECEIVED
            task = tasks.create(world.rosa, kind, by=SYSTEM, at=clock.now)
        done = {"outcome": "not_needed", "reason": "They moved away"}
        first = partial(ana.post, f"/tasks/{task.id}/completion", data=done)
        second = partial(lea.post, f"/tasks/{task.id}/cancellation", data={"reason": "A mistake"})
        assert sorted(each.status_code for each in together(first, second)) == [303, 409]
        db.session.rollback()
        said = Counter(db.session.scalars(select(Event.kind).where(Event.subject_id == task.id)))
        assert said["task.completed"] + said["task.cancelled"] == 1, said


def test_it_ends_a_referral_in_one_way(world: World, sign_in: SignInAs, clock: Clock) -> None:
    ana, lea = sign_in(world.ana), sign_in(world.lea)
    with transaction():
        referral = referrals.create(world.rosa, reason="Diabetes", by=SYSTEM, at=clock.now)
    there = f"/referrals/{referral.id}"
    first = partial(ana.post, f"{there}/ending", data={"how": "cancelled", "reason": "Asked to"})
    second = partial(lea.post, f"{there}/ending", data={"how": "failed", "reason": "Moved away"})
    assert sorted(each.status_code for each in together(first, second)) == [303, 409]


def test_it_asks_to_try_again_when_two_writes_waited_for_each_other(app: Flask) -> None:
    for orig, status, again in ((DeadlockDetected(), 503, "2"), (ConnectionError(), 500, None)):
        with app.test_request_context("/tasks", headers={"HX-Request": "true"}):
            answer = app.make_response(app.handle_user_exception(OperationalError("", {}, orig)))
            assert (answer.status_code, answer.headers.get("Retry-After")) == (status, again)
