"""Creating, closing and changing tasks: due days, outcomes, undo."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.appointment import Appointment
from app.models.conversation import Note
from app.models.event import SYSTEM, Actor, Event
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Evidence, Needs, Task, TaskClosed, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.world import World

Create = Callable[..., Task]
MEDICATION, APPOINTMENT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


@pytest.fixture
def create(world: World, clock: Clock) -> Create:
    def make(patient: Patient | None = None, type: TaskType = MEDICATION, **details: Any) -> Task:
        with transaction():
            return tasks.create(patient or world.sam, type, by=SYSTEM, at=clock.now, **details)

    return make


def texts(task: Task) -> list[Message]:
    found = select(Message).where(Message.task_id == task.id).order_by(Message.created_at)
    return list(db.session.scalars(found))


def kinds(task: Task) -> list[str]:
    found = select(Event.kind).where(Event.subject_id == task.id).order_by(Event.id)
    return list(db.session.scalars(found))


def by(world: World) -> Actor:
    return Actor("user", world.ana.id)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_it_asks_by_text_as_soon_as_it_is_created(create: Create, world: World) -> None:
    task = create()
    assert task.care_team_id == world.team.id
    [text] = texts(task)
    assert text.status is MessageStatus.QUEUED
    assert text.send_key == f"task:{task.id}:ask:0"
    assert text.asked is not None
    assert text.asked["kind"] == "yes_no"
    assert [(o["number"], o["key"]) for o in text.asked["options"]] == [
        (1, "yes"), (2, "no"), (3, "not_yet")
    ]  # fmt: skip
    assert world.practice.name in text.body
    assert "(503) 555-0199" in text.body
    assert "Reply 1 for yes, 2 for no, 3 for not yet." in text.body
    assert kinds(task) == ["task.created", "task.asked"]
    assert task.status is TaskStatus.IN_PROGRESS


def test_it_asks_in_spanish_whom_spanish_suits(create: Create, world: World) -> None:
    [text] = texts(create(world.rosa))
    assert text.language == "es"
    assert "¿Ya recibió el medicamento" in text.body
    assert text.body.endswith("Responda 1 para sí, 2 para no, 3 para todavía no.")


def test_it_asks_in_the_portal_whom_the_portal_suits(create: Create, world: World) -> None:
    with transaction():
        world.sam.preferred_channel = "portal"
    [text] = texts(create())
    assert text.channel == "portal"
    assert text.status is MessageStatus.DELIVERED


def test_it_never_names_the_medicine(create: Create) -> None:
    [text] = texts(create(about={"medication_label": "metformin 500 mg"}))
    assert "metformin" not in text.body


@pytest.mark.parametrize(
    ("made", "due_on", "due_at"),
    [
        (utc(2026, 3, 3, 17), date(2026, 3, 6), utc(2026, 3, 7, 8)),
        # Friday → Wednesday, over the weekend the clocks go forward
        (utc(2026, 3, 6, 17), date(2026, 3, 11), utc(2026, 3, 12, 7)),
        # 10 p.m. on the 3rd where the practice is, the 4th in UTC
        (utc(2026, 3, 4, 6), date(2026, 3, 6), utc(2026, 3, 7, 8)),
        # Independence Day 2026 is a Saturday, kept on Friday the 3rd
        (utc(2026, 7, 2, 17), date(2026, 7, 8), utc(2026, 7, 9, 7)),
    ],
)
def test_it_is_due_three_business_days_after_a_medication_was_ordered(
    create: Create, clock: Clock, made: datetime, due_on: date, due_at: datetime
) -> None:
    clock.set(made)
    task = create()
    assert (task.due_on, task.due_at, task.due_zone) == (due_on, due_at, "America/Los_Angeles")


def test_it_leaves_out_the_days_the_practice_is_closed(create: Create, world: World) -> None:
    with transaction():
        world.practice.closed_on = ["2026-03-05"]
    assert create().due_on == date(2026, 3, 9)


def test_it_asks_about_an_appointment_the_day_after_it(
    create: Create, world: World, clock: Clock
) -> None:
    appointment = Appointment(
        practice_id=world.practice.id, patient_id=world.sam.id, starts_at=utc(2026, 3, 5, 22),
        place="Harbor food pantry", created_at=clock.now,
    )  # fmt: skip
    with transaction() as session:
        session.add(appointment)
    task = create(type=APPOINTMENT, appointment=appointment)
    assert task.due_on == date(2026, 3, 10)
    assert task.next_step_at == utc(2026, 3, 6, 18)  # 10 a.m. the day after
    assert texts(task) == []


def test_it_names_the_day_of_the_appointment_and_not_the_place(
    create: Create, world: World, clock: Clock
) -> None:
    about = {"happens_at": "2026-03-01T20:00:00+00:00", "appointment_place": "Harbor food pantry"}
    [text] = texts(create(type=APPOINTMENT, about=about))
    assert "your appointment on Sunday, March 1?" in text.body
    assert "pantry" not in text.body
    [spanish] = texts(create(world.rosa, type=APPOINTMENT, about=about))
    assert "¿Pudo ir a su cita del domingo 1 de marzo?" in spanish.body


def test_it_asks_without_a_day_when_nobody_knows_it(create: Create) -> None:
    task = create(type=APPOINTMENT)
    [text] = texts(task)
    assert "Did you make it to your appointment?" in text.body
    assert task.due_on == date(2026, 3, 6)


def test_it_counts_from_today_for_an_appointment_long_past(create: Create) -> None:
    task = create(type=APPOINTMENT, about={"happens_at": "2026-02-02T20:00:00+00:00"})
    assert task.due_on == date(2026, 3, 6)


@pytest.mark.parametrize("written", ["next week", "2026-03-05T10:00:00", 5])
def test_it_refuses_a_moment_nobody_can_read(create: Create, written: object) -> None:
    with pytest.raises(Invalid):
        create(type=APPOINTMENT, about={"happens_at": written})
    assert db.session.scalars(select(Task)).all() == []


def test_it_takes_the_day_it_is_given(create: Create) -> None:
    task = create(due_on=date(2026, 3, 20))
    assert (task.due_on, task.due_rule) == (date(2026, 3, 20), "given")


def test_it_gives_the_first_task_back_for_a_source_seen_before(create: Create) -> None:
    first = create(source_key="order-1")
    assert create(source_key="order-1").id == first.id
    assert len(texts(first)) == 1


def test_it_begins_with_a_call_when_no_text_is_wanted(create: Create) -> None:
    task = create(ask_first=False)
    assert (task.needs, task.next_step_at, texts(task)) == (Needs.CALL, None, [])


def test_it_completes_with_evidence_and_takes_back_the_waiting_text(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    with transaction():
        tasks.complete(task, outcome="received", evidence=Evidence.PARTNER_CONFIRMED, by=by(world),
                       at=clock.now, note="Pharmacy says she has it.")  # fmt: skip
    assert (task.status, task.outcome) == (TaskStatus.COMPLETED, "received")
    assert (task.evidence, task.was_late) == (Evidence.PARTNER_CONFIRMED, False)
    assert (task.completed_by_id, task.next_step_at, task.needs) == (world.ana.id, None, None)
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    assert db.session.scalars(select(Note.body)).all() == ["Pharmacy says she has it."]
    event = db.session.scalars(select(Event).where(Event.kind == "task.completed")).one()
    assert "Pharmacy" not in str(event.facts)


@pytest.mark.parametrize("evidence", [None, Evidence.NOT_VERIFIED])
def test_it_does_not_believe_a_success_nobody_confirmed(
    create: Create, clock: Clock, evidence: Evidence | None
) -> None:
    task = create()
    with pytest.raises(Invalid, match="confirmed"), transaction():
        tasks.complete(task, outcome="received", evidence=evidence, by=SYSTEM, at=clock.now)


def test_it_closes_as_missed_without_a_source(create: Create, clock: Clock) -> None:
    task = create(type=APPOINTMENT)
    with transaction():
        tasks.complete(task, outcome="missed", evidence=None, by=SYSTEM, at=clock.now)
    assert (task.outcome, task.evidence) == ("missed", Evidence.NOT_VERIFIED)


def test_it_refuses_an_outcome_of_another_kind_of_task(create: Create, clock: Clock) -> None:
    task = create()
    with pytest.raises(Invalid), transaction():
        tasks.complete(task, outcome="kept", evidence=Evidence.DOCUMENT, by=SYSTEM, at=clock.now)


def test_it_completes_late_and_says_so(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        tasks.complete(task, outcome="received", evidence=Evidence.STAFF_ATTESTED, by=SYSTEM,
                       at=clock.now)  # fmt: skip
    assert task.was_late


def test_it_does_not_complete_twice(create: Create, clock: Clock) -> None:
    task = create()
    for _ in range(2):
        done = {"outcome": "not_needed", "evidence": None, "by": SYSTEM, "at": clock.now}
        if task.is_open:
            with transaction():
                tasks.complete(task, **done)  # type: ignore[arg-type]
            continue
        with pytest.raises(TaskClosed), transaction():
            tasks.complete(task, **done)  # type: ignore[arg-type]
    assert kinds(task).count("task.completed") == 1


def test_it_takes_a_completion_back_to_where_the_card_stood(
    create: Create, world: World, clock: Clock
) -> None:
    task = create(ask_first=False)
    with transaction():
        tasks.complete(task, outcome="not_needed", evidence=None, by=by(world), at=clock.now)
    with transaction():
        tasks.take_back(task, by=by(world), at=clock.now)
    assert (task.status, task.needs) == (TaskStatus.IN_PROGRESS, Needs.CALL)
    assert (task.outcome, task.evidence, task.completed_at) == (None, None, None)
    assert kinds(task)[-1] == "task.reopened"


def test_it_climbs_on_after_a_completion_was_taken_back(
    create: Create, world: World, clock: Clock
) -> None:
    task = create()
    before = task.next_step_at
    assert before is not None
    for act in (tasks.cancel, tasks.take_back):
        more = {"reason": "by mistake"} if act is tasks.cancel else {}
        with transaction():
            act(task, by=by(world), at=clock.now, **more)  # type: ignore[operator]
    assert (task.next_step_at, task.needs) == (before, None)


def test_it_does_not_take_back_what_is_open(create: Create, clock: Clock) -> None:
    task = create()
    with pytest.raises(Conflict), transaction():
        tasks.take_back(task, by=SYSTEM, at=clock.now)


def test_it_stands_still_on_hold_and_goes_on_when_resumed(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        tasks.hold(task, reason="in hospital", by=SYSTEM, at=clock.now)
    assert (task.status, task.next_step_at) == (TaskStatus.ON_HOLD, None)
    assert [text.status for text in texts(task)] == [MessageStatus.CANCELLED]
    clock.advance(days=2)
    with transaction():
        tasks.resume(task, by=SYSTEM, at=clock.now)
    assert [text.send_key for text in texts(task)][-1] == f"task:{task.id}:remind:0"
    with pytest.raises(Conflict), transaction():
        tasks.resume(task, by=SYSTEM, at=clock.now)


def test_it_lifts_overdue_when_its_day_is_moved(create: Create, clock: Clock) -> None:
    task = create()
    clock.set(task.due_at)
    with transaction():
        task.overdue_since, task.escalated_at, task.needs = (
            clock.now,
            clock.now,
            Needs.LEAD_DECISION,
        )
        task.next_step_at = None
        tasks.reschedule(task, date(2026, 3, 12), by=SYSTEM, at=clock.now)
    assert (task.overdue_since, task.escalated_at, task.needs) == (None, None, Needs.CALL)
    with pytest.raises(Invalid), transaction():
        tasks.reschedule(task, date(2026, 3, 1), by=SYSTEM, at=clock.now)


def test_it_asks_anew_under_a_new_key(create: Create, clock: Clock) -> None:
    task = create()
    with transaction():
        tasks.restart(task, by=SYSTEM, at=clock.now)
    first, second = texts(task)
    assert (first.status, second.status) == (MessageStatus.CANCELLED, MessageStatus.QUEUED)
    assert second.send_key == f"task:{task.id}:ask:1"


def test_it_records_who_has_the_task(create: Create, world: World, clock: Clock) -> None:
    task = create(ask_first=False)
    with transaction():
        tasks.assign(task, world.ana, by=by(world), at=clock.now)
        tasks.assign(task, world.ana, by=by(world), at=clock.now)
    assert (task.owner_id, task.status) == (world.ana.id, TaskStatus.ACCEPTED)
    assert kinds(task).count("task.assigned") == 1


def test_it_offers_the_hoped_for_outcome_first(create: Create) -> None:
    offered = tasks.outcomes_of(create())
    assert [outcome.key for outcome in offered] == ["received", "not_received", "not_needed"]
