"""Leave for tests: a second navigator who can cover, leave of Ana's, and tasks of hers."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from app.actions import absences, tasks, users
from app.core.db import db, transaction
from app.models.absence import Absence
from app.models.event import SYSTEM
from app.models.task import Task, TaskType
from app.models.user import Role, User
from tests.conftest import Clock
from tests.task_records import utc
from tests.world import PASSWORD, World
from workers import cover

Leave = Callable[..., Absence]
TUESDAY, FRIDAY = date(2026, 3, 10), date(2026, 3, 13)


@pytest.fixture
def dora(world: World, clock: Clock) -> User:
    """A second navigator of Ana's team."""
    with transaction():
        made = users.create(world.practice, "dora@harbor.example.org", "Dora Diaz", Role.NAVIGATOR,
                            PASSWORD, by=SYSTEM, at=clock.now)  # fmt: skip
        users.join_team(made, world.team, by=SYSTEM, at=clock.now)
    return made


@pytest.fixture
def leave(world: World, clock: Clock, dora: User) -> Leave:
    def enter(**details: Any) -> Absence:
        with transaction():
            return absences.enter(world.ana, TUESDAY, FRIDAY, by=world.viewer(world.ana),
                                  at=clock.now, **({"cover": dora} | details))  # fmt: skip

    return enter


def anas(world: World, clock: Clock, patient: Any = None, **details: Any) -> Task:
    with transaction():
        return tasks.create(
            db.session.merge(patient or world.sam), TaskType.MEDICATION_RECEIVED,
            by=world.viewer(world.ana).actor, at=clock.now, owner_id=world.ana.id, **details,
        )  # fmt: skip


def fresh(row: Any) -> Any:
    db.session.rollback()
    db.session.refresh(row)
    return row


def begin(clock: Clock, **later: float) -> None:
    clock.set(utc(2026, 3, 10, 15))
    clock.advance(**later)
    cover.run()
