"""A practice's own versions: saved whole, with who, when and why; the running keep theirs."""

from typing import Any

import pytest
from sqlalchemy import select

from app.actions import practices, protocol_changes, protocols
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.models.event import Event
from app.models.protocol import Protocol
from app.models.task import TaskType
from tests.conftest import Clock
from tests.own_protocols import changed, step
from tests.task_records import Create, maker
from tests.world import World

MEDICINE = TaskType.MEDICATION_RECEIVED
CALL_ONLY: dict[str, Any] = {
    "steps": [step("call", "call")], "not_yet": {"after_days": 1, "from_step": "call"},
}  # fmt: skip


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    return maker(world, clock)


def save(
    world: World, clock: Clock, *, based_on: int = 1, why: str = "We call", **parts: Any
) -> Protocol:
    with transaction():
        return protocol_changes.save(
            world.practice.id, changed(MEDICINE, **(parts or CALL_ONLY)), based_on=based_on, why=why,
            by=world.viewer(world.lea), at=clock.now,
        )  # fmt: skip


def test_it_is_a_new_version_with_who_when_and_why(world: World, clock: Clock) -> None:
    made = save(world, clock)
    assert (made.version, made.is_current, made.why) == (2, True, "We call")
    assert (made.made_by_id, made.created_at) == (world.lea.id, clock.now)
    assert protocols.read(made).version == 2
    event = db.session.scalars(select(Event).where(Event.kind == "protocol.changed")).one()
    assert (event.actor_id, event.facts["was"], event.facts["version"]) == (world.lea.id, 1, 2)
    assert set(event.facts["before"]) == set(event.facts["after"]) == {"steps", "not_yet"}
    assert event.facts["after"]["not_yet"]["from_step"] == "call"


def test_it_leaves_running_tasks_with_the_version_they_began_with(
    world: World, clock: Clock, create: Create
) -> None:
    running = create()
    save(world, clock)
    begun = create(world.rosa)
    assert len(protocols.definition_of(running).steps) == 3
    assert len(protocols.definition_of(begun).steps) == 1


def test_it_goes_back_by_a_new_version(world: World, clock: Clock) -> None:
    save(world, clock)
    with transaction():
        back = protocol_changes.go_back(
            world.practice.id, MEDICINE, 1, why="", by=world.viewer(world.lea), at=clock.now
        )
    assert (back.version, back.why) == (3, "Back to version 1")
    assert len(protocols.read(back).steps) == 3
    versions = select(Protocol.version).where(
        Protocol.practice_id == world.practice.id, Protocol.task_type == MEDICINE
    )
    assert sorted(db.session.scalars(versions)) == [1, 2, 3]


def test_it_refuses_to_overwrite_what_somebody_saved_meanwhile(world: World, clock: Clock) -> None:
    save(world, clock)
    with pytest.raises(Conflict, match="Version 2 was saved meanwhile"):
        save(world, clock, based_on=1, due={"rule": "business_days", "days": 9,
                                            "counted_from": "created"})  # fmt: skip


def test_it_needs_a_reason_and_a_difference(world: World, clock: Clock) -> None:
    with pytest.raises(Invalid, match="Say why"):
        save(world, clock, why="  ")
    with pytest.raises(Invalid, match="Nothing is different"):
        save(world, clock, title="Medication received")


def test_it_knows_only_versions_that_were(world: World, clock: Clock) -> None:
    with pytest.raises(NotFound):
        protocol_changes.version_of(world.practice.id, MEDICINE, 9)
    save(world, clock)
    with pytest.raises(NotFound):  # another practice's
        protocol_changes.version_of(world.other_practice.id, MEDICINE, 2)


def test_it_never_replaces_an_own_version_by_a_shipped_one(world: World, clock: Clock) -> None:
    made = save(world, clock)
    with transaction():
        row = db.session.merge(made)
        row.version = 0  # as if Touchline shipped a newer one
        assert practices.install_protocols(world.practice, at=clock.now) == []
