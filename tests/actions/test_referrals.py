"""The referral loop and its week: only a recorded update to the PCP completes the follow-up (T3.3)."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import referrals, tasks
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_state import ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask, TouchpointText
from tests.conftest import Clock
from tests.task_records import facts, kinds, utc
from tests.world import World


def receive(world: World, clock: Clock, **details: Any) -> tuple[Referral, Task]:
    with transaction():
        referral = referrals.create(
            world.sam, reason="New diagnosis, needs support", by=SYSTEM, at=clock.now, **details
        )
    task = db.session.scalars(select(Task).where(Task.referral_id == referral.id)).one()
    return referral, task


def tell(referral: Referral, world: World, clock: Clock, **details: Any) -> ReferralUpdate:
    said = {"how": "phone", "told_to": "Dr. Imani Okafor's nurse", "body": "We have met Sam.",
            "told_at": clock.now}  # fmt: skip
    with transaction():
        return referrals.record_update(
            referral, by=world.viewer(world.ana), at=clock.now, **(said | details)
        )


def test_it_opens_a_follow_up_due_at_the_end_of_the_seventh_day(world: World, clock: Clock) -> None:
    clock.set(utc(2026, 3, 1, 23))  # 3 p.m. on 1 March; the clocks change on the 8th
    _, task = receive(world, clock)
    assert task.type is TaskType.REFERRAL_FOLLOW_UP
    assert task.due_on.isoformat() == "2026-03-08"
    assert task.due_at == utc(2026, 3, 9, 7)


@pytest.mark.parametrize(
    ("told_at", "is_late"),
    [(utc(2026, 3, 9, 6, 59), False), (utc(2026, 3, 9, 7), True)],
)
def test_it_meets_the_week_until_midnight_of_the_seventh_day(
    world: World, clock: Clock, told_at: datetime, is_late: bool
) -> None:
    clock.set(utc(2026, 3, 1, 23))
    referral, task = receive(world, clock)
    clock.set(utc(2026, 3, 10, 18))  # written down later; what counts is when they were told
    tell(referral, world, clock, told_at=told_at)
    assert (task.status, task.was_late) == (TaskStatus.COMPLETED, is_late)
    assert referral.pcp_told_at == told_at


def test_it_counts_the_week_from_when_the_referral_came(world: World, clock: Clock) -> None:
    _, task = receive(world, clock, received_at=utc(2026, 2, 27, 18))
    assert task.due_on.isoformat() == "2026-03-06"


def test_it_is_completed_only_by_a_recorded_update(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    with transaction():
        referrals.connect(task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.now)
    assert (referral.status, referral.connected_at) == (ReferralStatus.IN_PROGRESS, clock.now)
    assert (task.is_open, task.needs) == (True, Needs.UPDATE_PCP)
    done = {"outcome": "pcp_told", "evidence": Evidence.STAFF_ATTESTED, "by": SYSTEM}
    with pytest.raises(Conflict, match="update"), transaction():
        tasks.complete(task, at=clock.now, **done)  # type: ignore[arg-type]
    db.session.expire_all()
    tell(referral, world, clock)
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "pcp_told")
    assert referral.pcp_told_at == clock.now
    assert referral.status is ReferralStatus.IN_PROGRESS  # the loop goes on until its outcome


@pytest.mark.parametrize(
    ("how", "evidence"), [("fax", Evidence.DOCUMENT), ("phone", Evidence.STAFF_ATTESTED)]
)
def test_it_grades_the_evidence_by_what_is_left_of_it(
    world: World, clock: Clock, how: str, evidence: Evidence
) -> None:
    referral, task = receive(world, clock)
    tell(referral, world, clock, how=how)
    assert task.evidence is evidence


def test_it_writes_the_update_into_the_ledger_once(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    clock.advance(hours=1)
    update = tell(referral, world, clock, seconds=300)
    row = db.session.scalars(
        select(Touchpoint).where(Touchpoint.activity_type == "pcp_update")
    ).one()
    assert (row.source_kind, row.source_id) == ("referral_update", str(update.id))
    assert (row.contact_party, row.channel, row.seconds) == ("pcp", "phone", 300)
    assert (row.actor_id, row.ended_at) == (world.ana.id, clock.now)
    assert db.session.get(TouchpointTask, (row.practice_id, row.id, task.id)) is not None
    text = db.session.get_one(TouchpointText, (row.practice_id, row.id))
    assert text.summary == "We have met Sam."


def test_it_takes_a_second_update_without_completing_twice(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    tell(referral, world, clock)
    tell(referral, world, clock, how="email")
    assert kinds(task).count("task.completed") == 1
    assert len(db.session.scalars(select(ReferralUpdate)).all()) == 2


def test_it_counts_as_not_told_when_the_completion_is_taken_back(
    world: World, clock: Clock
) -> None:
    referral, task = receive(world, clock)
    with transaction():
        referrals.connect(task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.now)
    tell(referral, world, clock)
    with transaction():
        tasks.take_back(task, by=SYSTEM, at=clock.now)
    assert (task.needs, task.is_open) == (Needs.UPDATE_PCP, True)
    assert (referral.status, referral.pcp_told_at) == (ReferralStatus.IN_PROGRESS, None)


def test_it_undoes_a_connection_made_by_mistake(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    with transaction():
        referrals.connect(task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.now)
        referrals.disconnect(task, by=SYSTEM, at=clock.now)
    assert (task.connected_at, task.needs) == (None, Needs.CALL)
    assert (referral.status, referral.connected_at) == (ReferralStatus.IN_PROGRESS, None)
    with pytest.raises(Conflict), transaction():
        referrals.disconnect(task, by=SYSTEM, at=clock.now)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"how": "pigeon"}, "how"),
        ({"told_to": " "}, "told_to"),
        ({"body": ""}, "body"),
        ({"told_at": utc(2027, 1, 1)}, "told_at"),
        ({"told_at": utc(2026, 1, 1)}, "told_at"),
    ],
)
def test_it_refuses_an_update_that_cannot_be_true(
    world: World, clock: Clock, wrong: dict[str, Any], field: str
) -> None:
    referral, _ = receive(world, clock)
    with pytest.raises(Invalid) as refused:
        tell(referral, world, clock, **wrong)
    assert refused.value.field == field
    assert db.session.scalars(select(ReferralUpdate)).all() == []


def test_it_gives_the_first_referral_back_for_a_source_seen_before(
    world: World, clock: Clock
) -> None:
    first, task = receive(world, clock, source_id="fax-7")
    again, same = receive(world, clock, source_id="fax-7")
    assert (again.id, same.id) == (first.id, task.id)


def test_it_refuses_a_referral_from_the_future(world: World, clock: Clock) -> None:
    with pytest.raises(Invalid):
        receive(world, clock, received_at=utc(2026, 4, 1))


def test_it_gives_a_follow_up_made_by_hand_a_referral_to_tell_about(
    world: World, clock: Clock
) -> None:
    with transaction():
        task = tasks.create(world.sam, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=clock.now)
    referral = referrals.find_of(task)
    assert referral is not None
    tell(referral, world, clock)
    assert task.status is TaskStatus.COMPLETED
    assert facts(task, "task.completed")[0]["outcome"] == "pcp_told"
