"""The ledger takes each contact once, with the context of its moment, and refuses what cannot be true."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from app.actions import touchpoint_corrections, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.coverage import Coverage, SubgroupMembership
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint, TouchpointText
from tests.world import World


def contact(world: World, at, **changes) -> Contact:
    values = {
        "patient": world.sam, "source_kind": "call", "source_id": "1", "activity_type": "call",
        "channel": "phone", "direction": "outbound", "actor_kind": ActorKind.HUMAN,
        "actor_id": world.ana.id, "started_at": at - timedelta(minutes=10), "ended_at": at,
        "seconds": 600, "minutes_source": MinutesSource.TIMER, "contact_outcome": "reached",
    }  # fmt: skip
    return Contact(**(values | changes))


def write(world: World, at, **changes) -> Touchpoint | None:
    with transaction():
        return touchpoints.write(
            contact(world, at, **changes), by=world.viewer(world.ana).actor, at=at
        )


def test_it_writes_who_what_and_the_context_of_that_moment(world: World, clock) -> None:
    row = write(world, clock.now, summary="Talked about the ride.")
    assert row is not None
    assert (row.actor_role, row.seconds, row.payer, row.member_id) == (
        "navigator", 600, "Cascade Health Plan", "CHP-0002",
    )  # fmt: skip
    assert (row.subgroup, row.care_team, row.program) == ("chronic", "Harbor team", "ccm")
    kept = db.session.scalars(select(TouchpointText)).one()
    assert kept.summary == "Talked about the ride."


def test_it_counts_a_source_once(world: World, clock) -> None:
    assert write(world, clock.now) is not None
    assert write(world, clock.now) is None
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 1


def test_it_gives_automated_rows_no_minutes(world: World, clock) -> None:
    """T0.3"""
    with pytest.raises(Invalid, match="person's work"):
        write(world, clock.now, actor_kind=ActorKind.SYSTEM, actor_id=None)
    row = write(world, clock.now, actor_kind=ActorKind.SYSTEM, actor_id=None, seconds=0)
    assert row is not None
    assert row.seconds == 0


@pytest.mark.parametrize(("changes", "words"), [
    ({"started_at": timedelta(minutes=1)}, "ends before"),
    ({"ended_at": timedelta(minutes=6)}, "future"),
    ({"started_at": timedelta(hours=-5)}, "240 minutes"),
    ({"activity_type": "small_talk"}, "Unknown kind"),
    ({"seconds": -1}, "Minutes"),
])  # fmt: skip
def test_it_refuses_what_cannot_be_true(world: World, clock, changes, words: str) -> None:
    """T0.2"""
    moved = {k: clock.now + v if isinstance(v, timedelta) else v for k, v in changes.items()}
    with pytest.raises(Invalid, match=words):
        write(world, clock.now, **moved)
    assert db.session.scalars(select(Touchpoint)).first() is None


def test_it_refuses_a_change_even_past_our_code(world: World, clock) -> None:
    """T0.1, D2"""
    write(world, clock.now)
    for statement in ("UPDATE touchpoint SET seconds = 1", "DELETE FROM touchpoint"):
        with pytest.raises(Exception, match="append-only"), transaction() as session:
            session.execute(text(statement))


def test_it_corrects_by_a_reversing_row_once(world: World, clock) -> None:
    row = write(world, clock.now)
    assert row is not None
    by = world.viewer(world.lea).actor
    with transaction():
        back = touchpoint_corrections.void(row, reason="Wrong patient", by=by, at=clock.now)
    assert (back.supersedes_id, back.seconds, back.void_reason) == (row.id, 0, "Wrong patient")
    with pytest.raises(Conflict), transaction():
        touchpoint_corrections.void(row, reason="Again", by=by, at=clock.now)
    with pytest.raises(Invalid), transaction():
        touchpoint_corrections.void(back, reason=" ", by=by, at=clock.now)


def test_it_keeps_yesterdays_context_for_yesterdays_row(world: World, clock) -> None:
    yesterday = clock.now
    with transaction():
        old = db.session.scalars(select(Coverage)).one()
        old.to_on = date(2026, 3, 3)
        db.session.add(Coverage(practice_id=world.practice.id, patient_id=world.sam.id, payer="New Payer",
                                member_id="N-1", from_on=date(2026, 3, 4)))  # fmt: skip
        for member in db.session.scalars(
            select(SubgroupMembership).where(SubgroupMembership.patient_id == world.sam.id)
        ):
            member.to_on = date(2026, 3, 3)
    clock.advance(days=1)
    late = write(world, clock.now, source_id="2", started_at=yesterday - timedelta(minutes=5),
                 ended_at=yesterday)  # fmt: skip
    today = write(world, clock.now, source_id="3")
    assert late is not None
    assert today is not None
    assert (late.payer, late.subgroup) == ("Cascade Health Plan", "chronic")
    assert (today.payer, today.subgroup) == ("New Payer", None)


def test_it_numbers_attempts_per_channel(world: World, clock) -> None:
    numbers = [write(world, clock.now, source_id=str(n), is_attempt=True, seconds=0).attempt_number
               for n in range(3)]  # fmt: skip
    assert numbers == [1, 2, 3]
