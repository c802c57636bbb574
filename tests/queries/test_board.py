"""The board's reads: order, narrowing, pages, who sees what, and a constant number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.actions import conversations
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.patient import Patient
from app.models.protocol import Protocol
from app.models.task import Needs, Task, TaskStatus, TaskType
from app.queries import board as board_reads
from app.queries.board import Cursor, board, column
from app.queries.board_filter import BoardFilter, Today
from app.queries.my_day import my_day
from tests.world import World


@pytest.fixture
def today(clock: Any) -> Today:
    return Today(clock.now, "America/Los_Angeles")


def add(world: World, clock: Any, patient: Patient, **values: Any) -> Task:
    """A task as a row, so that its due day and state are exactly what the test says."""
    protocol = db.session.query(Protocol).filter_by(practice_id=world.practice.id).first()
    assert protocol is not None
    due_at = values.pop("due_at", clock.now + timedelta(days=3))
    row = Task(
        practice_id=world.practice.id, patient_id=patient.id, type=TaskType.MEDICATION_RECEIVED,
        protocol_id=protocol.id, care_team_id=patient.care_team_id, due_on=due_at.date(),
        due_zone="America/Los_Angeles", due_at=due_at, created_at=clock.now, updated_at=clock.now,
        **values,
    )  # fmt: skip
    with transaction():
        db.session.add(row)
    return row


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements run inside, without BEGIN and the like."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def names(found: list[Task]) -> list[str]:
    return [task.patient.given_name for task in found]


def test_it_puts_the_urgent_first_and_then_what_is_due_first(
    world: World, clock: Any, today: Today
) -> None:
    add(world, clock, world.rosa, due_at=clock.now + timedelta(days=2))
    add(world, clock, world.sam, due_at=clock.now - timedelta(days=1))
    add(world, clock, world.kim, due_at=clock.now + timedelta(days=5), priority="urgent")
    found = column(world.viewer(world.ana), "todo", BoardFilter(), today)
    assert names(found.tasks) == ["Kim", "Sam", "Rosa"]


def test_it_sorts_cards_into_columns_and_counts_them(
    world: World, clock: Any, today: Today
) -> None:
    for status in (TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS):
        add(world, clock, world.rosa, status=status)
    add(world, clock, world.sam, status=TaskStatus.ON_HOLD, due_at=clock.now - timedelta(days=1))
    add(world, clock, world.sam, status=TaskStatus.COMPLETED, completed_at=clock.now)
    old = clock.now - timedelta(days=board_reads.DONE_DAYS + 1)
    add(world, clock, world.sam, status=TaskStatus.COMPLETED, completed_at=old)
    shown = board(world.viewer(world.ana), BoardFilter(), today, {})
    assert [(c.name, c.count, len(c.tasks)) for c in shown.columns] == [
        ("todo", 2, 2), ("doing", 1, 1), ("hold", 1, 1), ("done", 1, 1),
    ]  # fmt: skip
    assert [c.overdue for c in shown.columns] == [0, 0, 1, 0]


@pytest.mark.parametrize("name", ["todo", "done"])
def test_it_pages_without_losing_or_doubling_a_card(
    world: World, clock: Any, today: Today, name: str
) -> None:
    closed = {"status": TaskStatus.COMPLETED, "completed_at": clock.now}
    for number in range(7):
        urgent = {"priority": "urgent"} if number % 3 == 0 else {}
        add(world, clock, world.rosa, **urgent, **(closed if name == "done" else {}))
    viewer, seen, after = world.viewer(world.ana), [], None
    for _ in range(4):
        page = column(viewer, name, BoardFilter(), today, after=after, size=2)
        seen += [task.id for task in page.tasks]
        after = Cursor.parse(str(page.more)) if page.more else None
    assert len(seen) == len(set(seen)) == 7
    assert after is None


@pytest.mark.parametrize(
    "odd", ["", "x", "1_2", "1_x_y", "9_1.0_01980000-0000-7000-8000-000000000000", "1_1e99_z"]
)
def test_it_starts_from_the_top_when_a_cursor_is_odd(odd: str) -> None:
    assert Cursor.parse(odd) is None


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"owner": "me"}, {"Rosa"}),
        ({"owner": "none"}, {"Sam", "Kim"}),
        ({"due": "overdue"}, {"Kim"}),
        ({"due": "today"}, {"Sam"}),
        ({"due": "week"}, {"Rosa", "Sam"}),
        ({"type": "referral_follow_up"}, {"Kim"}),
        ({"q": "rosa jim"}, {"Rosa"}),
        ({"q": "h-2"}, {"Sam"}),
        ({"q": "100%"}, set()),
        ({"owner": "'; drop table", "due": "x", "team": "y", "type": "z"}, {"Rosa", "Sam", "Kim"}),
    ],
)
def test_it_narrows_by_what_is_in_the_address(
    world: World, clock: Any, today: Today, args: dict[str, str], expected: set[str]
) -> None:
    add(world, clock, world.rosa, owner_id=world.ana.id, due_at=clock.now + timedelta(days=3))
    add(world, clock, world.sam, due_at=clock.now + timedelta(hours=2))
    add(world, clock, world.kim, due_at=clock.now - timedelta(days=1))
    with transaction():
        kims = db.session.query(Task).filter_by(patient_id=world.kim.id).one()
        kims.type = TaskType.REFERRAL_FOLLOW_UP
    found = column(world.viewer(world.ana), "todo", BoardFilter.read(args), today)
    assert set(names(found.tasks)) == expected


def test_it_narrows_by_subgroup_and_team(world: World, clock: Any, today: Today) -> None:
    from app.models.coverage import Subgroup

    group = db.session.query(Subgroup).filter_by(practice_id=world.practice.id).one()
    add(world, clock, world.rosa)
    add(world, clock, world.tom)
    lea = world.viewer(world.lea)
    both = column(lea, "todo", BoardFilter.read({"subgroup": str(group.id)}), today)
    pier = column(lea, "todo", BoardFilter.read({"team": str(world.other_team.id)}), today)
    nobody = column(lea, "todo", BoardFilter.read({"subgroup": str(new_id())}), today)
    assert (set(names(both.tasks)), names(pier.tasks)) == ({"Rosa", "Tom"}, ["Tom"])
    assert nobody.tasks == []


def test_it_shows_outsiders_nothing_of_the_team(world: World, clock: Any, today: Today) -> None:
    add(world, clock, world.rosa)
    assert names(column(world.viewer(world.ana), "todo", BoardFilter(), today).tasks) == ["Rosa"]
    for outsider in (world.ben, world.cara):
        shown = board(world.viewer(outsider), BoardFilter(), today, {})
        assert [c.count for c in shown.columns] == [0, 0, 0, 0]
        assert my_day(world.viewer(outsider), BoardFilter(), today).is_empty


def test_it_opens_the_day_with_urgent_words_then_the_longest_unanswered(
    world: World, clock: Any, today: Today
) -> None:
    add(world, clock, world.rosa, due_at=clock.now - timedelta(days=1))
    with transaction():
        for patient, minutes in ((world.sam, 5), (world.kim, 50), (world.lee, 1)):
            thread = conversations.thread_of(db.session.merge(patient), at=clock.now)
            thread.hear(at=clock.now - timedelta(minutes=minutes))
        thread.urgent_since = clock.now
    day = my_day(world.viewer(world.ana), BoardFilter(), today)
    in_line = [group.patient.given_name for _, group in day.in_line if group]
    assert in_line == ["Lee", "Kim", "Sam"]
    assert [group.patient.given_name for group in day.groups] == ["Rosa"]


def test_it_leaves_a_snoozed_or_somebody_elses_thread_out_of_my_day(
    world: World, clock: Any, today: Today
) -> None:
    with transaction():
        for patient in (world.sam, world.kim):
            conversations.thread_of(db.session.merge(patient), at=clock.now).hear(at=clock.now)
        sams = conversations.thread_of(world.sam, at=clock.now)
        sams.snoozed_until = clock.now + timedelta(hours=1)
        conversations.thread_of(world.kim, at=clock.now).owner_id = world.lea.id
    assert my_day(world.viewer(world.ana), BoardFilter(), today).waiting == []
    later = Today(clock.now + timedelta(hours=2), today.zone)
    assert len(my_day(world.viewer(world.ana), BoardFilter(), later).waiting) == 1


def test_it_groups_all_that_one_call_can_serve(world: World, clock: Any, today: Today) -> None:
    add(world, clock, world.rosa, due_at=clock.now - timedelta(days=1), owner_id=world.ana.id)
    add(world, clock, world.rosa, due_at=clock.now + timedelta(days=20))
    add(world, clock, world.sam, due_at=clock.now + timedelta(days=20))  # nothing to do today
    add(world, clock, world.kim, due_at=clock.now + timedelta(days=20), needs=Needs.CALL)
    add(world, clock, world.lee, due_at=clock.now, owner_id=world.lea.id)  # Lea's
    day = my_day(world.viewer(world.ana), BoardFilter(), today)
    assert [(g.patient.given_name, len(g.tasks)) for g in day.groups] == [("Rosa", 2), ("Kim", 1)]
    assert [day.groups[0].is_due(task, day.until) for task in day.groups[0].tasks] == [True, False]


def test_it_brings_what_waits_for_a_lead_to_the_lead(
    world: World, clock: Any, today: Today
) -> None:
    add(world, clock, world.tom, owner_id=world.ben.id, needs=Needs.LEAD_DECISION)
    assert len(my_day(world.viewer(world.lea), BoardFilter(), today).groups) == 1
    assert my_day(world.viewer(world.ana), BoardFilter(), today).groups == []


def test_it_reads_a_long_board_with_as_many_statements_as_a_short_one(
    app: Flask, world: World, clock: Any, today: Today
) -> None:
    viewer = world.viewer(world.ana)

    def statements() -> tuple[int, int]:
        with app.app_context(), counted() as columns:  # a session that has read nothing yet
            board(viewer, BoardFilter(), today, {})
        with app.app_context(), counted() as day:
            my_day(viewer, BoardFilter(), today)
        return len(columns), len(day)

    add(world, clock, world.rosa, needs=Needs.CALL)
    short = statements()
    for number in range(25):
        patient = [world.rosa, world.sam, world.kim, world.lee][number % 4]
        add(world, clock, patient, needs=Needs.CALL, owner_id=world.ana.id)
    with transaction():
        conversations.thread_of(db.session.merge(world.sam), at=clock.now).hear(at=clock.now)
    assert statements() == short
    assert short[0] <= 6
    assert short[1] <= 6  # one of them for those nobody has matched


def test_it_takes_a_day_as_the_practice_counts_it(world: World, clock: Any) -> None:
    evening = Today(clock.now.replace(hour=23, minute=30), "America/Los_Angeles")  # 3.30 p.m. there
    assert evening.midnight(1).date() == date(2026, 3, 4)
