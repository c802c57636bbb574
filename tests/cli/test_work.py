"""`flask work import`: appointments, orders, referrals and tasks of another system go in under its own ids;
sent again they change what is there, move or end what was going to be asked, and never double anything."""

import contextvars
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions.import_file import WORK_COLUMNS
from app.actions.import_kinds import GRACE
from app.core.db import db, transaction
from app.models.appointment import Appointment, MedicationOrder
from app.models.event import Event
from app.models.message import Message
from app.models.referral import Referral
from app.models.task import Needs, Task, TaskStatus
from messaging.delivery import MessageStatus
from workers import deadlines

HEADER = ",".join(WORK_COLUMNS)
FOOD = "appointment,A-1,H-1,2026-03-10 14:30,Food pantry,,,,,,,,,"
MEDS = "medication_order,M-1,H-2,,,,Blood pressure tablets,2026-03-02,2026-03-02,,,,,"
RIDE = 'referral,R-1,"Tom Baker 1957-03-09",,,,,,2026-02-27 16:00,Pine Street Primary Care,Dr. Haddad,Rides,,'
HOME = "hospital_discharge,D-1,H-2,2026-03-02 11:00,,,,,,,,,2026-03-05,"


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def invoke(path: Path, *more: str, slug: str = "harbor"):
        words = ["work", "import", str(path), "--practice", slug, *more]
        result = contextvars.Context().run(runner.invoke, args=words)
        db.session.rollback()
        db.session.expire_all()
        return result

    return invoke


@pytest.fixture
def write(tmp_path: Path):
    def make(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
        path = tmp_path / "work.csv"
        path.write_bytes(("\n".join([header, *lines]) + "\n").encode(encoding))
        return path

    return make


def count(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def one(table, **by):
    return db.session.scalars(select(table).filter_by(**by)).one()


def counts() -> list[int]:
    return [count(table) for table in (Appointment, MedicationOrder, Referral, Task, Message)]


def test_it_takes_in_every_kind_of_work(run, write, world) -> None:
    result = run(write(FOOD, MEDS, RIDE, HOME))
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == (
        "4 lines: 4 created, 0 updated, 0 unchanged, 0 refused."
    )
    food = one(Appointment, source_id="A-1")
    assert (food.patient_id, food.starts_at) == (
        world.rosa.id, datetime(2026, 3, 10, 21, 30, tzinfo=UTC))  # fmt: skip
    asked = one(Task, appointment_id=food.id)
    assert asked.about["appointment_place"] == "Food pantry"
    assert asked.next_step_at > food.starts_at
    order = one(MedicationOrder, source_id="M-1")
    assert (order.label, str(order.ordered_on)) == ("Blood pressure tablets", "2026-03-02")
    assert str(one(Task, medication_order_id=order.id).due_on) == "2026-03-05"  # from 2 March
    ride = one(Referral, source_id="R-1")
    assert (ride.patient_id, ride.referrer.name) == (world.tom.id, "Pine Street Primary Care")
    assert str(ride.last_minute)[:16] == "2026-03-07 07:59"  # the week from 27 February
    assert str(one(Task, source_key="source:D-1").due_on) == "2026-03-05"


def test_it_doubles_nothing_and_says_what_is_unchanged(run, write, world) -> None:
    run(write(FOOD, MEDS, RIDE, HOME))
    before, events = counts(), count(Event)
    assert "0 created, 0 updated, 4 unchanged" in run(write(FOOD, MEDS, RIDE, HOME)).output
    assert counts() == before
    assert count(Event) == events + 2  # that the file was asked for, and finished


def test_no_text_about_it_leaves_within_the_grace(run, write, world, clock) -> None:
    run(write(MEDS))
    order = one(Task, type="medication_received")
    assert order.next_step_at >= clock.now + GRACE
    assert count(Message) == 0


def climb(clock) -> Task:
    """Let the ladder of the appointment ask."""
    task = one(Task, type="appointment_kept")
    clock.set(task.next_step_at)
    deadlines.run()
    db.session.expire_all()
    return one(Task, type="appointment_kept")


def test_a_moved_appointment_moves_its_queued_ask(run, write, world, clock) -> None:
    run(write(FOOD))
    task = climb(clock)
    queued = one(Message, task_id=task.id)
    assert queued.status is MessageStatus.QUEUED
    later = FOOD.replace("2026-03-10 14:30", "2026-03-17 09:00")
    assert "1 updated" in run(write(later)).output
    assert one(Message, id=queued.id).status is MessageStatus.CANCELLED
    task = one(Task, id=task.id)
    assert task.asked_at is None
    assert task.next_step_at > datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
    assert str(task.due_on) == "2026-03-20"
    again = climb(clock)
    [second] = db.session.scalars(
        select(Message).where(Message.task_id == again.id, Message.status == MessageStatus.QUEUED)
    )
    assert "17" in second.body
    assert "10 de marzo" not in second.body


def test_an_appointment_that_came_forward_is_asked_about_sooner(run, write, world, clock) -> None:
    run(write(FOOD))
    run(write(FOOD.replace("2026-03-10", "2026-03-05")))
    assert one(Task, type="appointment_kept").next_step_at == datetime(
        2026, 3, 6, 18, 0, tzinfo=UTC
    )


def test_a_cancelled_appointment_cancels_its_queued_ask(run, write, world, clock) -> None:
    run(write(FOOD))
    task = climb(clock)
    assert "1 updated" in run(write(f"{FOOD}cancelled")).output
    assert one(Appointment, source_id="A-1").status == "cancelled"
    assert one(Message, task_id=task.id).status is MessageStatus.CANCELLED
    task = one(Task, id=task.id)
    assert (task.status, task.next_step_at) == (TaskStatus.CANCELLED, None)
    assert "1 unchanged" in run(write(f"{FOOD}cancelled")).output
    booked = FOOD.replace("2026-03-10", "2026-03-24") + "booked"
    assert "1 updated" in run(write(booked)).output
    fresh = db.session.scalars(select(Task).where(Task.status != TaskStatus.CANCELLED)).one()
    assert fresh.follows_id == task.id


def test_one_that_comes_cancelled_is_kept_and_nobody_is_asked(run, write, world) -> None:
    assert "1 created" in run(write(f"{FOOD}cancelled")).output
    assert (count(Appointment), count(Task)) == (1, 0)


def test_what_a_person_has_in_hand_stays_with_them(run, write, world) -> None:
    run(write(FOOD))
    task = one(Task, type="appointment_kept")
    with transaction():
        task.need(Needs.SOLVE_BARRIER, at=task.created_at)
    run(write(FOOD.replace("2026-03-10", "2026-03-17")))
    task = one(Task, id=task.id)
    assert (task.needs, task.next_step_at, str(task.due_on)) == (
        Needs.SOLVE_BARRIER, None, "2026-03-20")  # fmt: skip


def test_a_stopped_order_and_a_referral_taken_back_end(run, write, world) -> None:
    run(write(MEDS, RIDE))
    assert "2 updated" in run(write(f"{MEDS}stopped", f"{RIDE}cancelled")).output
    assert one(Task, type="medication_received").status is TaskStatus.CANCELLED
    assert one(Referral, source_id="R-1").status == "cancelled"


def test_received_at_drives_the_deadline_also_when_it_is_corrected(run, write, world) -> None:
    run(write(RIDE))
    run(write(RIDE.replace("2026-02-27 16:00", "2026-03-01")))
    referral = one(Referral, source_id="R-1")
    assert str(referral.last_minute)[:16] == "2026-03-09 06:59"
    assert one(Task, referral_id=referral.id).due_on == date(2026, 3, 8)


BAD = {
    "haircut,A-9,H-1,2026-03-10 14:30,,,,,,,,,,": ("type", "appointment, medication_order"),
    "appointment,,H-1,2026-03-10 14:30,,,,,,,,,,": ("source_id", "empty"),
    "appointment,A-9,H-999,2026-03-10 14:30,,,,,,,,,,": ("patient", "no such patient"),
    "appointment,A-9,Rosa Jimenez,2026-03-10 14:30,,,,,,,,,,": ("patient", "birth date"),
    "appointment,A-9,H-1,2026-03-10,,,,,,,,,,": ("happens_at", "day and time"),
    "appointment,A-9,H-1,,,,,,,,,,,": ("happens_at", "when it is"),
    "appointment,A-9,H-1,9999-12-31 23:00,,,,,,,,,,": ("happens_at", "Check the year"),
    "medication_order,A-9,H-1,,,,,,,,,,,": ("medication_label", "call it"),
    "referral,A-9,H-1,,,,,,,,,,,": ("reason", "referred for"),
    "referral,A-9,H-1,,,,,,2026-05-01 09:00,,,Rides,,": ("received_at", "future"),
    "appointment,A-9,H-1,2026-03-10 14:30,,,,,,,,,,maybe": ("status", "cancelled"),
    "appointment,A-9,H-1,2026-03-10 14:30,,,,03/02/2026,,,,,,": ("ordered_on", "year-month-day"),
    'appointment,A-9,"H-1,2026-03-10 14:30,,,,,,,,,,': ("", "never closed"),
    FOOD.replace("H-1", "H-2"): ("source_id", "another patient"),
    FOOD: ("source_id", "Line 2 has the same source_id"),
}


@pytest.mark.parametrize("line", BAD, ids=[f"{n}-{each[0]}" for n, each in enumerate(BAD.values())])
def test_a_bad_line_loses_nothing_of_the_others(run, write, world, line) -> None:
    field, words = BAD[line]
    if field == "source_id" and "another" in words:
        assert "1 created" in run(write(FOOD)).output
        first = FOOD.replace("A-1", "A-2")
    else:
        first = FOOD
    result = run(write(first, line, MEDS))
    assert result.exit_code == 0, result.output
    assert "2 created, 0 updated, 0 unchanged, 1 refused" in result.output
    [told] = [each for each in result.output.splitlines() if each.startswith("line 3:")]
    assert told.startswith(f"line 3: {field}:" if field else "line 3: ")
    assert words in told
    assert db.session.scalar(select(Appointment).where(Appointment.source_id == "A-9")) is None


def test_it_reads_what_spreadsheets_save(run, write, world) -> None:
    lines = (FOOD.replace(",", ";"), ";" * 13, "", MEDS.replace(",", ";"))
    result = run(write(*lines, header=HEADER.replace(",", ";"), encoding="utf-8-sig"))
    assert "2 lines: 2 created" in result.output


def test_it_finds_nobody_of_another_practice(run, write, world) -> None:
    zoe = f"{world.zoe.name} {world.zoe.birth_date}"
    for label in (world.zoe.mrn, zoe):
        assert "no such patient" in run(write(FOOD.replace("H-1", label))).output
    assert "1 created" in run(write(FOOD.replace("H-1", zoe)), slug="other").output
    assert one(Appointment, source_id="A-1").practice_id == world.other_practice.id


def test_all_or_nothing_lets_nothing_in_beside_a_bad_line(run, write, world) -> None:
    result = run(write(FOOD, "haircut,A-9,H-1,,,,,,,,,,,"), "--all-or-nothing")
    assert result.exit_code == 1
    assert "Nothing went in" in result.output
    assert "line 3: type:" in result.output
    assert counts() == [0] * 5
    assert "2 lines: 2 created" in run(write(FOOD, MEDS), "--all-or-nothing").output
    assert counts()[:2] == [1, 1]


def test_a_preview_says_what_would_be_and_writes_nothing(run, write, world) -> None:
    result = run(write(FOOD, MEDS, RIDE), "--preview")
    assert (result.exit_code, counts()) == (0, [0] * 5)
    assert "3 lines: 3 created" in result.output
