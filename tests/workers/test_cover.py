"""Leave is kept: work goes to the cover, from there to the pool when nobody acts, and comes back or stays;
each move is on record and shown. Nobody gets what they may not see."""

from datetime import date
from typing import Any

import pytest

from app.actions import absences, conversations, tasks
from app.core.db import db, transaction
from app.models.absence import Absence, Handing, OnReturn
from app.models.care_team import CareTeam
from app.models.conversation import Conversation
from app.models.user import User
from app.queries.board_filter import BoardFilter, Today
from app.queries.my_day import my_day
from tests.conftest import Clock
from tests.leave import FRIDAY, TUESDAY, Leave, anas, begin, fresh
from tests.task_records import facts, kinds, utc
from tests.world import World
from workers import cover, deadlines


def test_it_hands_over_what_falls_due_and_leaves_the_rest(
    world: World, clock: Clock, dora: User, leave: Leave
) -> None:
    due = anas(world, clock, due_on=TUESDAY)
    later = anas(world, clock, world.rosa, due_on=date(2026, 3, 20))
    leave()
    clock.set(utc(2026, 3, 10, 6, 59))  # a minute before Tuesday begins where they are
    assert cover.run() == 0
    begin(clock)
    assert (fresh(due).owner_id, due.covering_for_id) == (dora.id, world.ana.id)
    assert (fresh(later).owner_id, later.covering_for_id) == (world.ana.id, None)
    assert facts(due, "task.handed_over")[0]["owner_id"] == str(dora.id)
    assert cover.run() == 0
    assert kinds(due).count("task.handed_over") == 1


def test_it_hands_over_everything_where_that_was_chosen(
    world: World, clock: Clock, dora: User, leave: Leave
) -> None:
    later = anas(world, clock, due_on=date(2026, 3, 20))
    leave(handing=Handing.ALL)
    begin(clock)
    assert fresh(later).owner_id == dora.id


def test_it_hands_over_the_thread_of_a_patient_who_writes(
    world: World, clock: Clock, dora: User, leave: Leave
) -> None:
    with transaction():
        thread = conversations.thread_of(db.session.merge(world.sam), at=clock.now)
        conversations.assign(thread, world.ana, by=world.system.actor, at=clock.now)
    leave()
    begin(clock)
    assert fresh(thread).owner_id == world.ana.id
    with transaction():
        db.session.get_one(Conversation, (thread.practice_id, thread.id)).hear(at=clock.now)
    cover.run()
    assert (fresh(thread).owner_id, thread.covering_for_id) == (dora.id, world.ana.id)
    clock.advance(minutes=61)  # nobody answered
    cover.run()
    assert (fresh(thread).owner_id, thread.covering_for_id) == (None, world.ana.id)
    assert kinds(thread)[-2:] == ["conversation.handed_over", "conversation.pooled"]


@pytest.mark.parametrize("is_taken_up", [True, False])
def test_it_lets_pressing_work_go_to_the_pool_when_the_cover_does_not_act(
    world: World, clock: Clock, dora: User, leave: Leave, is_taken_up: bool
) -> None:
    task = anas(world, clock, due_on=TUESDAY, ask_first=False)
    leave(pool_after_minutes=30)
    begin(clock)
    clock.advance(minutes=10)
    if is_taken_up:
        with transaction():
            mine = db.session.merge(task)
            tasks.hold(mine, reason="Calls back", by=world.viewer(dora).actor, at=clock.now)
    clock.advance(minutes=19, seconds=59)
    assert cover.run() == 0
    clock.advance(seconds=1)
    cover.run()
    assert fresh(task).owner_id == (dora.id if is_taken_up else None)


def test_it_goes_to_the_pool_where_the_cover_may_not_see_the_patient(
    world: World, clock: Clock, leave: Leave
) -> None:
    task = anas(world, clock, due_on=TUESDAY)
    assert world.team.id not in world.viewer(world.ben).team_ids
    leave(cover=world.ben)
    begin(clock)
    assert (fresh(task).owner_id, task.covering_for_id) == (None, world.ana.id)


@pytest.mark.parametrize("on_return", list(OnReturn))
def test_it_comes_back_or_stays(
    world: World, clock: Clock, dora: User, leave: Leave, on_return: OnReturn
) -> None:
    task = anas(world, clock, due_on=TUESDAY)
    absence = leave(on_return=on_return)
    begin(clock)
    clock.set(utc(2026, 3, 14, 7))
    cover.run()
    kept = {OnReturn.BACK: world.ana.id, OnReturn.STAYS: dora.id}[on_return]
    assert (fresh(task).owner_id, task.covering_for_id) == (kept, None)
    assert fresh(absence).ended_at == clock.now


def test_it_leaves_with_its_new_owner_what_somebody_gave_away_meanwhile(
    world: World, clock: Clock, leave: Leave
) -> None:
    task = anas(world, clock, due_on=TUESDAY)
    leave()
    begin(clock)
    with transaction():
        tasks.assign(db.session.merge(task), world.lea, by=world.system.actor, at=clock.now)
    clock.set(utc(2026, 3, 14, 7))
    cover.run()
    assert fresh(task).owner_id == world.lea.id


def test_it_catches_up_once_when_nothing_ran_over_the_whole_leave(
    world: World, clock: Clock, leave: Leave
) -> None:
    task, absence = anas(world, clock, due_on=TUESDAY), leave()
    clock.set(utc(2026, 3, 20, 15))
    assert cover.run() == 0
    assert (fresh(task).owner_id, fresh(absence).ended_at) == (world.ana.id, clock.now)


def test_it_shows_what_climbed_to_an_absent_leader_to_who_stands_in(
    world: World, clock: Clock, dora: User
) -> None:
    task = anas(world, clock, due_on=date(2026, 3, 9))
    with transaction():
        assert db.session.get_one(CareTeam, (world.practice.id, world.team.id)).leader_id
        absences.enter(
            world.lea, TUESDAY, FRIDAY, by=world.viewer(world.lea), at=clock.now, cover=dora
        )
    clock.set(utc(2026, 3, 10, 15))
    cover.run()
    deadlines.run()
    assert facts(fresh(task), "task.escalated")[0]["cover_id"] == str(dora.id)
    today = Today(clock.now, world.practice.time_zone)
    shown = my_day(world.viewer(dora), BoardFilter(), today).groups
    assert [each.id for group in shown for each in group.tasks] == [task.id]
    assert my_day(world.viewer(world.ben), BoardFilter(), today).groups == []


def test_it_survives_work_that_cannot_change_hands(
    world: World, clock: Clock, dora: User, leave: Leave, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = (
        anas(world, clock, due_on=TUESDAY),
        anas(world, clock, world.rosa, due_on=TUESDAY),
    )
    leave()
    truly = cover.cover.hand_over

    def breaks(row: Any, absence: Absence, *, at: Any) -> None:
        if row.id == broken.id:
            raise ValueError("broken")
        truly(row, absence, at=at)

    monkeypatch.setattr(cover.cover, "hand_over", breaks)
    begin(clock)
    assert (fresh(broken).owner_id, fresh(whole).owner_id) == (world.ana.id, dora.id)
