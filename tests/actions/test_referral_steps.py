"""The steps of a referral: fit, milestones with who and how it is known, the closing, and endings after which
only the office is left to be told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import referral_steps, referrals
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import MilestoneKind, NoSuchMove, ReferralStatus
from app.models.task import Evidence, Needs, Task
from tests.actions.test_referrals import receive, tell
from tests.conftest import Clock
from tests.task_records import kinds
from tests.world import World

K, S = MilestoneKind, ReferralStatus


def standing(referral: Referral) -> list[str]:
    rows = select(ReferralMilestone).where(
        ReferralMilestone.referral_id == referral.id, ReferralMilestone.taken_back_at.is_(None)
    )
    return [row.kind.value for row in db.session.scalars(rows.order_by(ReferralMilestone.id))]


def mark(referral: Referral, world: World, clock: Clock, kind: MilestoneKind, **more: Any) -> None:
    referral_steps.mark(referral, kind, by=world.viewer(world.ana).actor, at=clock.now, **more)


def outcome(referral: Referral, world: World, clock: Clock) -> None:
    mark(referral, world, clock, K.OUTCOME, evidence=Evidence.PARTNER_CONFIRMED, note="Has meals")


def test_it_goes_all_the_way_each_step_dated_and_by_somebody(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    ana = world.viewer(world.ana).actor
    with transaction():
        referral_steps.accept(referral, by=ana, at=clock.advance(hours=1), note="Two ER visits")
        referrals.connect(
            task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.advance(hours=1)
        )
        mark(referral, world, clock, K.SCHEDULED)
        mark(referral, world, clock, K.KEPT, evidence=Evidence.PATIENT_CONFIRMED)
        outcome(referral, world, clock)
        mark(referral, world, clock, K.REPORT_RECEIVED, happened_at=clock.now - timedelta(hours=1))
    tell(referral, world, clock)
    with transaction():
        assert referral_steps.close(referral, by=ana, at=clock.now)
        assert not referral_steps.close(referral, by=ana, at=clock.now)  # twice is harmless
    assert referral.status is S.COMPLETED
    assert standing(referral) == [
        "received", "fit_checked", "accepted", "contacted", "scheduled", "kept", "outcome",
        "report_received", "pcp_told", "closed",
    ]  # fmt: skip
    assert kinds(referral).count("referral.closed") == 1
    kept = db.session.scalars(
        select(ReferralMilestone).where(ReferralMilestone.kind == K.KEPT)
    ).one()
    assert (kept.by_id, kept.evidence) == (world.ana.id, Evidence.PATIENT_CONFIRMED)
    with transaction():
        referral_steps.reopen(referral, by=ana, at=clock.now)
    assert (referral.status, "closed" in standing(referral)) == (S.IN_PROGRESS, False)


def test_it_rejects_for_good_and_leaves_only_the_office_to_tell(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    with pytest.raises(Invalid), transaction():
        referral_steps.reject(referral, " ", by=SYSTEM, at=clock.now)
    db.session.expire_all()
    with transaction():
        referral_steps.reject(referral, "No hospital visits", by=SYSTEM, at=clock.now)
    assert (referral.status, referral.is_fit) == (S.REJECTED, False)
    assert (task.is_open, task.needs, task.next_step_at) == (True, Needs.UPDATE_PCP, None)
    for again in (
        lambda: referral_steps.accept(referral, by=SYSTEM, at=clock.now),
        lambda: referral_steps.resume(referral, by=SYSTEM, at=clock.now),
        lambda: referral_steps.reopen(referral, by=SYSTEM, at=clock.now),
        lambda: outcome(referral, world, clock),
        lambda: referral_steps.end(referral, S.FAILED, "x", by=SYSTEM, at=clock.now),
    ):
        with pytest.raises(Conflict):
            again()
    with transaction():  # a patient's late yes opens nothing again
        referrals.connect(task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.now)
    assert referral.status is S.REJECTED
    other, new_task = receive(world, clock)
    assert (other.status, new_task.id != task.id) == (S.REQUESTED, True)


@pytest.mark.parametrize("missing", ["outcome", "told"])
def test_it_closes_only_with_an_outcome_and_the_office_told(
    world: World, clock: Clock, missing: str
) -> None:
    referral, _ = receive(world, clock)
    if missing != "told":
        tell(referral, world, clock)
    with transaction():
        if missing != "outcome":
            outcome(referral, world, clock)
        else:
            mark(referral, world, clock, K.SCHEDULED)
        with pytest.raises(Conflict):
            referral_steps.close(referral, by=SYSTEM, at=clock.now)


@pytest.mark.parametrize(
    ("kind", "more", "field"),
    [
        (K.KEPT, {}, "evidence"),
        (K.KEPT, {"evidence": Evidence.NOT_VERIFIED}, "evidence"),
        (K.OUTCOME, {"evidence": Evidence.DOCUMENT, "note": " "}, "note"),
        (K.PCP_TOLD, {}, "kind"),
        (K.SCHEDULED, {"happened_at": timedelta(days=1)}, "happened_at"),
        (K.SCHEDULED, {"happened_at": timedelta(days=-1)}, "happened_at"),
    ],
)
def test_it_refuses_what_nobody_confirmed_or_what_cannot_be(
    world: World, clock: Clock, kind: MilestoneKind, more: dict[str, Any], field: str
) -> None:
    referral, _ = receive(world, clock)
    if "happened_at" in more:
        more = more | {"happened_at": clock.now + more["happened_at"]}
    with pytest.raises(Invalid) as refused, transaction():
        mark(referral, world, clock, kind, **more)
    assert refused.value.field == field
    db.session.expire_all()
    assert standing(referral) == ["received"]


def test_it_holds_with_a_reason_while_the_offices_week_runs(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    due_at = task.due_at
    with transaction():
        referral_steps.accept(referral, by=SYSTEM, at=clock.now)
        referral_steps.hold(referral, "In hospital", by=SYSTEM, at=clock.now)
    assert (referral.status, referral.status_reason) == (S.ON_HOLD, "In hospital")
    assert (task.is_open, task.due_at) == (True, due_at)
    with transaction():
        referral_steps.resume(referral, by=SYSTEM, at=clock.now)
    assert (referral.status, referral.status_reason) == (S.IN_PROGRESS, None)


def test_it_takes_a_milestone_back_and_records_it_anew(world: World, clock: Clock) -> None:
    referral, _ = receive(world, clock)
    with transaction():
        mark(referral, world, clock, K.KEPT, evidence=Evidence.DOCUMENT)
        with pytest.raises(Conflict):
            mark(referral, world, clock, K.KEPT, evidence=Evidence.DOCUMENT)
        referral_steps.unmark(referral, K.KEPT, by=SYSTEM, at=clock.now)
        with pytest.raises(Conflict):
            referral_steps.unmark(referral, K.KEPT, by=SYSTEM, at=clock.now)
        mark(referral, world, clock, K.KEPT, evidence=Evidence.PATIENT_CONFIRMED)
    assert standing(referral).count("kept") == 1
    assert len(db.session.scalars(select(ReferralMilestone)).all()) == 4  # nothing is deleted


@pytest.mark.parametrize("how", referral_steps.ENDINGS)
def test_it_ends_with_a_reason_or_not_at_all(
    world: World, clock: Clock, how: ReferralStatus
) -> None:
    referral, task = receive(world, clock)
    with transaction():
        referral_steps.accept(referral, by=SYSTEM, at=clock.now)
        with pytest.raises(Invalid):
            referral_steps.end(referral, how, " ", by=SYSTEM, at=clock.now)
        referral_steps.end(referral, how, "Moved away", by=SYSTEM, at=clock.now)
    untold = how is S.ENTERED_IN_ERROR  # nobody heard of it: nobody is to hear that it was wrong
    wanted = (False, None, "not_needed") if untold else (True, Needs.UPDATE_PCP, None)
    assert (referral.status, task.is_open, task.needs, task.outcome) == (how, *wanted)
    with pytest.raises(NoSuchMove):
        referral_steps.accept(referral, by=SYSTEM, at=clock.now)


def test_it_has_the_office_told_of_an_error_it_had_heard_of(world: World, clock: Clock) -> None:
    referral, task = receive(world, clock)
    with transaction():
        referrals.connect(task, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM, at=clock.now)
    tell(referral, world, clock)
    clock.advance(days=30)
    with transaction():
        referral_steps.end(referral, S.ENTERED_IN_ERROR, "Wrong person", by=SYSTEM, at=clock.now)
    cards = [each for each in db.session.scalars(select(Task)) if each.is_open]
    assert [(each.needs, each.overdue_since) for each in cards] == [(Needs.UPDATE_PCP, None)]


def test_it_counts_a_follow_up_made_by_hand_as_received(world: World, clock: Clock) -> None:
    from app.actions import tasks
    from app.models.task import TaskType

    with transaction():
        task: Task = tasks.create(world.sam, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=clock.now)
    referral = referrals.find_of(task)
    assert referral is not None
    assert standing(referral) == ["received"]
