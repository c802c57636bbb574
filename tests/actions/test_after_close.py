"""What is said about closed work is never lost: a changed answer opens the task again, or much later a linked
one; two sides that disagree are a person's to settle. Both statements stay to be read."""

from typing import Any

import pytest
from sqlalchemy import select

from app.actions import answers, ladder, tasks
from app.core.db import db, transaction
from app.models.event import Actor
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.queries.task_card import task_card
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT
PARTNER = Actor("partner")


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


def visit(phones: Phones, world: World, clock: Clock) -> Task:
    """An appointment that was today; the question about it has reached Sam's phone."""
    happened = {"happens_at": clock.now.isoformat()}
    task = phones.ask(world.sam, VISIT, about=happened)
    assert task.next_step_at is not None
    clock.set(task.next_step_at)

    with transaction():
        ladder.step(fresh(task), at=clock.now)
    phones.deliver_all()
    return task


def partner_says(task: Task, key: str, clock: Clock) -> None:
    with transaction():
        answers.apply(fresh(task), key=key, inbound=None, by=PARTNER, at=clock.now,
                      evidence=Evidence.PARTNER_CONFIRMED)  # fmt: skip


def said(task: Task, world: World) -> list[tuple[str, str]]:
    card = task_card(world.viewer(world.ana), task.id)
    return [(each.who, each.key) for each in card.disputed]


def test_it_opens_the_task_again_when_a_yes_becomes_a_no(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "yes")
    assert fresh(task).status is TaskStatus.COMPLETED
    clock.advance(hours=1)
    phones.text(world.sam, "No, I never got it")
    assert (fresh(task).status, task.needs) == (TaskStatus.IN_PROGRESS, Needs.SOLVE_BARRIER)
    (event,) = phones.events("task.reopened_by_answer")
    assert event.facts["before"]["evidence"] == "patient_confirmed"
    assert said(task, world) == [("patient", "yes"), ("patient", "no")]
    assert phones.thread(world.sam).waiting_since == clock.now


def test_it_opens_a_linked_task_when_the_end_is_long_ago(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "yes")
    clock.advance(days=15)
    for words in ("No, I never got it", "no"):
        phones.text(world.sam, words)
    assert fresh(task).status is TaskStatus.COMPLETED
    follow = db.session.scalars(select(Task).where(Task.follows_id == task.id)).one()
    assert (follow.is_open, follow.needs) == (True, Needs.SOLVE_BARRIER)
    assert follow.received_at == clock.now


@pytest.mark.parametrize(("first", "then"), [("yes", "2"), ("no", "1")])
def test_it_lets_a_person_settle_what_partner_and_patient_see_differently(
    phones: Phones, world: World, clock: Clock, first: str, then: str
) -> None:
    """The partner says that they came (or did not), and the patient the opposite."""
    task = visit(phones, world, clock)
    partner_says(task, first, clock)
    clock.advance(hours=1)
    phones.text(world.sam, then)
    assert (fresh(task).is_open, task.needs) == (True, Needs.SETTLE)
    other = {"2": "no", "1": "yes"}[then]
    assert said(task, world) == [("partner", first), ("patient", other)]


def test_it_lets_a_partners_no_against_a_patients_yes_be_settled(
    phones: Phones, world: World, clock: Clock, sign_in: Any
) -> None:
    task = visit(phones, world, clock)
    phones.text(world.sam, "1")
    assert fresh(task).status is TaskStatus.COMPLETED
    clock.advance(hours=1)
    partner_says(task, "no", clock)
    assert (fresh(task).is_open, task.needs) == (True, Needs.SETTLE)
    page = " ".join(sign_in(world.ana).get(f"/tasks/{task.id}").text.split())
    assert "The patient: “Yes”" in page
    assert "The partner: “No”" in page
    with transaction():  # somebody found out
        tasks.complete(fresh(task), outcome="kept", evidence=Evidence.STAFF_ATTESTED,
                       by=world.viewer(world.ana).actor, at=clock.now)  # fmt: skip
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_takes_a_yes_after_a_no_as_news_where_things_arrive_later(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "2")
    clock.advance(hours=20)
    partner_says(task, "yes", clock)
    assert (fresh(task).status, task.evidence) == (TaskStatus.COMPLETED, Evidence.PARTNER_CONFIRMED)


def test_it_leaves_closed_what_nobody_disputes(phones: Phones, world: World, clock: Clock) -> None:
    task = phones.ask(world.sam, MEDICINE)
    phones.text(world.sam, "yes")
    partner_says(task, "yes", clock)
    phones.text(world.sam, "Yes!")
    assert fresh(task).status is TaskStatus.COMPLETED
    assert said(task, world) == []


def test_it_never_opens_again_what_was_called_off(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, MEDICINE)
    with transaction():
        tasks.complete(fresh(task), outcome="not_needed", evidence=None, reason="Stopped by the PCP",
                       by=world.viewer(world.ana).actor, at=clock.now)  # fmt: skip
    phones.text(world.sam, "1")
    assert fresh(task).outcome == "not_needed"
    assert len(phones.events("task.answered_late")) == 1


def test_it_is_not_hidden_by_its_day_running_out(
    phones: Phones, world: World, clock: Clock
) -> None:

    task = visit(phones, world, clock)
    partner_says(task, "no", clock)
    phones.text(world.sam, "1")
    clock.set(task.due_at)
    with transaction():
        ladder.mark_overdue(fresh(task), at=clock.now)
    assert (fresh(task).needs, task.is_overdue) == (Needs.SETTLE, True)
