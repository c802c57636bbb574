"""Deadlines hold: they run from when a thing came in, over weekends and clock changes, and six hours in which
nothing ran leave no task skipped and none stepped twice."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.actions import referrals, tasks
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.event import SYSTEM
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from tests.flows.story import Story
from tests.task_records import facts, utc

MEDICATION = TaskType.MEDICATION_RECEIVED


def test_it_counts_a_fax_of_friday_from_friday(story: Story, sign_in) -> None:
    story.clock.set(utc(2026, 3, 10, 17))  # Tuesday, 10 in the morning
    ana: FlaskClient = sign_in(story.world.ana)
    form = {"patient_id": str(story.world.sam.id), "type": "medication_received", "ask_first": "yes",
            "medication_label": "Lisinopril", "received_at": "2026-03-06T16:30"}  # fmt: skip
    assert ana.post("/tasks", data=form).status_code == 303
    task = db.session.query(Task).one()
    assert (task.received_at, task.due_on.isoformat()) == (utc(2026, 3, 7, 0, 30), "2026-03-11")
    page = ana.get(f"/tasks/{task.id}").text
    assert "Came in" in page
    assert "written down" in page
    assert "Due tomorrow, 38 h left" in " ".join(page.split())


def test_it_takes_nothing_that_came_in_the_future(story: Story, sign_in) -> None:
    form = {"patient_id": str(story.world.sam.id), "type": "medication_received",
            "received_at": "2026-03-04T16:30"}  # fmt: skip
    answer = sign_in(story.world.ana).post("/tasks", data=form)
    assert answer.status_code == 422
    assert "cannot have come in the future" in answer.text
    with pytest.raises(Invalid), transaction():
        tasks.create(story.world.sam, MEDICATION, by=SYSTEM, at=story.clock.now,
                     received_at=story.clock.now + timedelta(minutes=6))  # fmt: skip


def test_it_is_overdue_from_the_start_when_its_time_was_over_before_anybody_wrote_it_down(
    story: Story,
) -> None:
    task = story.ask(story.world.sam, MEDICATION, received_at=story.clock.now - timedelta(days=20))
    assert (task.is_overdue, task.needs) == (True, Needs.LEAD_DECISION)
    assert story.phone(story.world.sam) == []
    assert story.kinds(task)[-2:] == ["task.overdue", "task.escalated"]


@pytest.mark.parametrize("down_from", [utc(2026, 3, 9, 4), utc(2026, 11, 2, 5)])
def test_it_steps_each_once_when_nothing_ran_for_six_hours_over_the_deadline(
    story: Story, down_from: datetime
) -> None:
    """Both weeks end in the night, the first with a clock change inside it."""
    story.clock.set(down_from - timedelta(days=7, hours=12))
    made = []
    for patient in (story.world.sam, story.world.rosa, story.world.kim):
        with transaction():
            referral = referrals.create(patient, reason="Support", by=SYSTEM, at=story.clock.now)
        made.append(db.session.query(Task).filter_by(referral_id=referral.id).one())
    ends = {task.due_at for task in made}
    assert down_from < min(ends) <= max(ends) < down_from + timedelta(hours=6)
    story.wait_until(down_from)
    assert not any(task.is_overdue for task in made)
    story.clock.advance(hours=6)
    story.work()
    story.work()
    for task in made:
        assert task.overdue_since == task.due_at
        told = story.kinds(task)
        assert (told.count("task.overdue"), told.count("task.escalated")) == (1, 1)


def test_it_lets_overdue_work_be_done_and_says_how_late_it_was(story: Story, sign_in) -> None:
    task = story.ask(story.world.sam, MEDICATION)
    story.wait_until(task.due_at + timedelta(hours=30))
    ana: FlaskClient = sign_in(story.world.ana)
    done = {"outcome": "received", "evidence": "staff_attested"}
    assert ana.post(f"/tasks/{task.id}/completion", data=done).status_code == 303
    db.session.rollback()
    assert (task.status, task.was_late, task.late_seconds) == (
        TaskStatus.COMPLETED,
        True,
        30 * 3600,
    )
    assert facts(task, "task.completed")[0]["late_seconds"] == 30 * 3600
    assert "30 h late" in ana.get(f"/tasks/{task.id}").text


def test_it_counts_missed_and_not_needed_as_ends_of_every_kind_of_task(story: Story) -> None:
    for kind in TaskType:
        happens = {"happens_at": story.clock.now.isoformat()}
        missed, needless = (story.ask(story.world.sam, kind, about=happens) for _ in range(2))
        with transaction():
            tasks.complete(missed, outcome="missed", evidence=None, by=SYSTEM, at=story.clock.now)
            with pytest.raises(Invalid, match="why"):
                tasks.complete(needless, outcome="not_needed", evidence=None, by=SYSTEM,
                               at=story.clock.now, reason="  ")  # fmt: skip
            tasks.complete(needless, outcome="not_needed", evidence=None, by=SYSTEM,
                           at=story.clock.now, reason="The order was cancelled")  # fmt: skip
        assert (missed.outcome, missed.evidence) == ("missed", Evidence.NOT_VERIFIED)
        assert needless.status_reason == "The order was cancelled"
