"""`flask seed` writes the invented practice once, with one patient per state a newcomer should meet."""

import contextvars

import pytest
from sqlalchemy import func, select

from app.core.db import db
from app.models.conversation import Conversation, ConversationKind
from app.models.message import Message
from app.models.practice import Practice
from app.models.task import Evidence, Needs, Task, TaskStatus
from app.models.touchpoint import Touchpoint
from app.models.viewer import system_viewer
from app.queries.duplicates import duplicates


def test_it_fills_an_empty_database_once(app) -> None:
    runner = app.test_cli_runner()
    first, second = (runner.invoke(args=["seed"]) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    for output in (first.output, second.output):
        assert "ana@demo.example.org  touchline-demo  (navigator)" in output
        assert "/sandbox/phones" in output
    practice = db.session.scalars(select(Practice)).one()
    assert (practice.slug, practice.is_invented) == ("demo", True)
    tasks = db.session.scalars(select(Task)).all()
    assert {task.needs for task in tasks} >= {
        None, Needs.CALL, Needs.LEAD_DECISION, Needs.OTHER_CHANNEL, Needs.REVIEW_REPLY,
        Needs.SETTLE, Needs.SOLVE_BARRIER, Needs.UPDATE_PCP,
    }  # fmt: skip
    done = [task for task in tasks if task.status is TaskStatus.COMPLETED]
    assert {task.evidence for task in done} == {Evidence.PATIENT_CONFIRMED}
    assert any(task.is_overdue for task in tasks)
    waiting = select(Conversation.kind).where(Conversation.waiting_since.is_not(None))
    assert set(db.session.scalars(waiting)) == set(ConversationKind)
    alike = duplicates(system_viewer(practice.id)).pairs
    assert [(pair.first.name, pair.second.name) for pair in alike] == [("Dorothy Ames", "Dot Ames")]
    counts = [db.session.scalar(select(func.count()).select_from(t)) for t in (Message, Touchpoint)]
    assert all(count > 10 for count in counts)


@pytest.mark.parametrize("hours", range(1, 24, 4))
def test_it_fills_at_any_hour_of_the_day(app, clock, hours) -> None:
    """In the evening of the practice the day is already another in UTC."""
    clock.now = clock.now.replace(hour=hours)
    result = app.test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 0, result.output
    assert Needs.SETTLE in set(db.session.scalars(select(Task.needs)))


def test_it_uses_invented_numbers_and_addresses_only(app) -> None:
    from app.cli import seed_cast

    phones = [person.phone for person in seed_cast.PATIENTS] + [
        seed_cast.LINE,
        seed_cast.OFFICE_PHONE,
    ]
    assert all(phone[5:].startswith("55501") for phone in phones)
    assert seed_cast.OFFICE["email"].endswith("example.org")


def test_it_leaves_a_database_with_a_practice_alone(world, app) -> None:
    result = app.test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 0
    assert "touchline-demo" not in result.output
    assert len(db.session.scalars(select(Practice)).all()) == 2


def test_it_refuses_where_real_people_live(make_app) -> None:
    runner = make_app(may_seed=False).test_cli_runner()
    done = contextvars.Context().run(runner.invoke, args=["seed"])
    assert done.exit_code == 1
    assert "SEED=refuse" in done.output
    assert db.session.scalar(select(func.count()).select_from(Practice)) == 0
