"""The board's lanes, counts that stop at a hundred, giving many tasks at once, and filters of one's own."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import func, insert, select

from app.actions import bulk, saved_filters
from app.core.db import db, transaction
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.models.event import Event
from app.models.saved_filter import SavedFilter
from app.models.task import Task, TaskStatus
from app.models.user import User
from app.queries import board as board_reads
from app.queries import lanes
from app.queries.board_filter import BoardFilter, Today
from tests.conftest import Clock
from tests.queries.test_board import add
from tests.statements import reads, statement_of
from tests.world import World

HTMX = {"HX-Request": "true"}


@pytest.fixture
def today(clock: Clock) -> Today:
    return Today(clock.now, "America/Los_Angeles")


def lanes_of(world: World, user: User, today: Today, **wanted: Any) -> dict[str, list[Task]]:
    found = lanes.lanes(world.viewer(user), BoardFilter(**wanted), today, {})
    return {column.name: column.tasks for column in found.columns}


def test_it_puts_each_task_into_the_lane_of_its_day(
    world: World, clock: Clock, today: Today
) -> None:
    ends = {"overdue": today.at, "today": today.midnight(1), "week": today.midnight(8),
            "later": today.midnight(8) + timedelta(days=1)}  # fmt: skip
    made = {name: add(world, clock, world.sam, due_at=at).id for name, at in ends.items()}
    add(
        world, clock, world.sam, due_at=today.at, status=TaskStatus.COMPLETED, completed_at=today.at
    )
    found = lanes_of(world, world.ana, today)
    assert {name: [task.id for task in tasks] for name, tasks in found.items()} == {
        name: [row_id] for name, row_id in made.items()
    }
    assert lanes_of(world, world.ben, today) == {key: [] for key in lanes.LANES}
    assert lanes_of(world, world.cara, today) == {key: [] for key in lanes.LANES}


def many(world: World, clock: Clock, count: int) -> Task:
    """So many open tasks of Sam's that were due yesterday."""
    first = add(world, clock, world.sam, due_at=clock.now - timedelta(days=1))
    columns = [c.key for c in Task.__table__.columns]
    row = {name: getattr(first, name) for name in columns}
    others = [row | {"id": new_id()} for _ in range(count - 1)]
    if others:
        with transaction():
            db.session.execute(insert(Task), others)
    return first


@pytest.mark.parametrize(("count", "shown"), [(99, 99), (130, 100)])
def test_it_counts_like_a_recount_up_to_a_hundred(
    world: World, clock: Clock, today: Today, count: int, shown: int
) -> None:
    many(world, clock, count)
    recount = db.session.scalar(select(func.count()).select_from(Task)) or 0
    assert recount == count
    viewer = world.viewer(world.ana)
    assert lanes.counts(viewer, BoardFilter(), today)["overdue"] == min(recount, 100) == shown
    todo = board_reads.board(viewer, BoardFilter(), today, {}).columns[0]
    assert (todo.count, todo.overdue) == (shown, shown)


def test_it_asks_the_same_number_of_questions_however_many_cards(
    world: World, clock: Clock, sign_in: Any
) -> None:
    ana, asked, added = sign_in(world.ana), [], []
    for count in (1, 40):
        many(world, clock, count)
        added.append(count)
        ana.get("/?view=due")  # the first look of the day is written down
        with reads() as seen:
            page = ana.get("/?view=due", headers=HTMX)
        assert page.text.count('class="task-card') == min(sum(added), 30)
        asked.append(len(seen))
    assert asked[0] == asked[1]


def test_it_turns_the_page_of_a_lane(world: World, clock: Clock, sign_in: Any) -> None:
    many(world, clock, 45)
    ana = sign_in(world.ana)
    first = ana.get("/?view=due", headers=HTMX).text
    assert first.count('class="task-card') == 30
    link = first.split('hx-get="/board/lanes/overdue?')[1].split('"')[0].replace("&amp;", "&")
    second = ana.get(f"/board/lanes/overdue?{link}", headers=HTMX).text
    assert second.count('class="task-card') == 15


def ids(*tasks: Task) -> list[str]:
    return [str(task.id) for task in tasks]


def fresh(*tasks: Task) -> list[Any]:
    db.session.rollback()
    for task in tasks:
        db.session.refresh(task)
    return [task.owner_id for task in tasks]


def test_it_gives_many_tasks_and_takes_them_back_as_they_were(
    world: World, clock: Clock, sign_in: Any
) -> None:
    mine = add(world, clock, world.sam, owner_id=world.ana.id)
    nobodys, other = add(world, clock, world.rosa), add(world, clock, world.kim)
    ana, three = sign_in(world.ana), ids(mine, nobodys, other)
    shown = ana.get(
        "/board/assignments/new", query_string={"task": three, "owner_id": world.lea.id}
    )
    assert "3 tasks of 3 patients change hands" in " ".join(shown.text.split())
    answer = ana.post(
        "/board/assignments", data={"task": three, "owner_id": world.lea.id}, headers=HTMX
    )
    assert "3 tasks given to Lea Lindqvist" in answer.headers["HX-Trigger"]
    assert fresh(mine, nobodys, other) == [world.lea.id] * 3
    with transaction():  # somebody takes one up meanwhile
        db.session.merge(other).owner_id = world.adam.id
    event = db.session.scalars(select(Event).where(Event.kind == bulk.KIND)).one()
    assert ana.delete(f"/board/assignments/{event.id}", headers=HTMX).status_code == 204
    assert fresh(mine, nobodys, other) == [world.ana.id, None, world.adam.id]


def test_it_gives_nobody_what_they_may_not_see(world: World, clock: Clock) -> None:
    task, toms = add(world, clock, world.sam), add(world, clock, world.tom)
    lea = world.viewer(world.lea)
    found = bulk.plan(lea, [task, toms], world.ben)
    assert ([t.id for t in found.gets], [t.id for t in found.unseen]) == ([toms.id], [task.id])
    with pytest.raises(Conflict), transaction():
        bulk.assign([db.session.merge(task)], world.ben, by=lea, at=clock.now)
    assert fresh(task) == [None]


def test_it_takes_only_open_tasks_one_sees(world: World, clock: Clock) -> None:
    mine, toms = add(world, clock, world.sam), add(world, clock, world.tom)
    done = add(world, clock, world.sam, status=TaskStatus.COMPLETED, completed_at=clock.now)
    chosen = bulk.chosen(world.viewer(world.ana), [mine.id, toms.id, done.id])
    assert [task.id for task in chosen] == [mine.id]


def test_it_keeps_filters_for_each_person_and_opens_with_the_one_chosen(
    world: World, clock: Clock, sign_in: Any
) -> None:
    ana, ben = sign_in(world.ana), sign_in(world.ben)
    late = {"name": "Late ones", "due": "overdue", "view": "due", "owner": "me"}
    assert ana.post("/board/filters", data=late).status_code == 303
    kept = db.session.scalars(select(SavedFilter)).one()
    assert kept.chosen == {"due": "overdue", "view": "due", "owner": "me"}
    assert "Late ones" in ana.get("/").text
    assert "Late ones" not in ben.get("/").text
    ana.post(f"/board/filters/{kept.id}/first")
    opened = ana.get("/")
    assert opened.status_code == 302
    assert dict(parse_qsl(urlsplit(opened.location).query)) == kept.chosen
    assert ana.get("/?view=day").status_code == 200
    assert ben.get("/").status_code == 200
    ana.delete(f"/board/filters/{kept.id}/first")
    assert ana.get("/").status_code == 200
    ana.delete(f"/board/filters/{kept.id}")
    db.session.rollback()
    assert db.session.scalars(select(SavedFilter)).all() == []


def test_it_keeps_one_filter_under_a_name_and_one_that_opens_first(
    world: World, clock: Clock
) -> None:
    ana, ben = world.viewer(world.ana), world.viewer(world.ben)
    with transaction():
        one = saved_filters.keep(ana, "  Late   ones ", {"due": "overdue"}, at=clock.now)
        again = saved_filters.keep(ana, "Late ones", {"due": "today"}, at=clock.now)
        two = saved_filters.keep(ana, "Mine", {"owner": "me"}, at=clock.now)
        saved_filters.open_first(ana, one.id)
        saved_filters.open_first(ana, two.id)
        assert (one.id, one.chosen) == (again.id, {"due": "today"})
        assert [(each.name, each.is_default) for each in saved_filters.of(ana)] == [
            ("Late ones", False),
            ("Mine", True),
        ]
        with pytest.raises(NotFound):
            saved_filters.delete(ben, one.id)


def test_it_runs_along_an_index_of_each_column(world: World, clock: Clock, today: Today) -> None:
    """What lies behind the page is not read: each column has its index, and nothing of it is sorted."""
    many(world, clock, 3)
    lea = world.viewer(world.lea)
    for name in ("todo", "doing", "hold"):
        read = partial(board_reads.column, lea, name, BoardFilter(), today)
        statement, values = statement_of("UNION ALL", read)
        connection = db.session.connection()
        if db.engine.dialect.name == "sqlite":
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
            assert f"ix_task_{name}" in plan
            assert "ix_task_urgent" in plan
            continue
        for way in ("seqscan", "bitmapscan", "sort"):  # what a few rows would tempt it to
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        # With a few rows another index may cost the same: it is away until the rollback.
        for wanted, other in ((name, "lane"), ("urgent", name)):
            connection.exec_driver_sql(f"DROP INDEX ix_task_{other}")
            plan = str(connection.exec_driver_sql(f"EXPLAIN {statement}", values).all())
            assert f"ix_task_{wanted}" in plan
        db.session.rollback()


def test_it_runs_along_the_lanes_index_however_much_is_closed(
    world: World, clock: Clock, today: Today
) -> None:
    """The planner must see that the partial index fits: else a count reads every task of the practice."""
    many(world, clock, 3)
    lea = world.viewer(world.lea)
    statement, values = statement_of("in_overdue", lambda: lanes.counts(lea, BoardFilter(), today))
    connection = db.session.connection()
    if db.engine.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        assert sum("ix_task_lane" in str(line) for line in plan) == len(lanes.LANES)
    else:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()
        assert "ix_task_" in str(plan)
