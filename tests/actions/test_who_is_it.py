"""A text from a shared phone that nobody can place: the phone is asked once, by initials, and its answer
files the message; what cannot be asked well is for staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import practice_changes, refiling
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.practice import Practice, SharedPhones
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from tests.phones import Phones
from tests.world import World

MEDICINE = TaskType.MEDICATION_RECEIVED


def heard(phones: Phones, body: str, *, later: float = 5) -> Message:
    """A text from the phone Kim and Lee share."""
    phones.clock.advance(minutes=later)
    message = phones.text(phones.world.kim, body)
    assert message is not None
    return message


def questions(phones: Phones) -> list[Message]:
    rows = select(Message).where(
        Message.direction == Direction.OUTBOUND, Message.send_key.startswith("who:")
    )
    return list(db.session.scalars(rows.order_by(Message.created_at, Message.id)))


def fresh(task: Task) -> Task:
    db.session.refresh(task)
    return task


def change(person: Patient, **values: object) -> None:
    with transaction():
        row = db.session.merge(person)
        for name, value in values.items():
            setattr(row, name, value)


def test_it_asks_by_initials_alone_and_once(phones: Phones, world: World) -> None:
    heard(phones, "Can somebody call about the pills?")
    (asked,) = questions(phones)
    assert "1 = K.T." in asked.body
    assert "2 = L.T." in asked.body
    assert not any(name in asked.body for name in ("Kim", "Lee", "Tran", "pills"))
    assert (asked.solicited, asked.patient_id) == (True, None)
    heard(phones, "Hello?")
    assert len(questions(phones)) == 1
    assert len(phones.intakes()) == 1


def test_it_files_the_message_as_the_phone_says(phones: Phones, world: World) -> None:
    first = heard(phones, "Can somebody call about the pills?")
    more = heard(phones, "It is about the blue ones")
    phones.deliver_all()
    said = heard(phones, "2")
    for each in (first, more, said):
        db.session.refresh(each)
    assert {each.patient_id for each in (first, more, said)} == {world.lee.id}
    assert said.understood is not None
    assert said.understood["kind"] == "who_said"
    assert phones.intakes() == []
    assert phones.thread(world.lee).waiting_since == first.created_at
    (asked,) = questions(phones)
    assert asked.patient_id is None  # it names both: it is in nobody's portal


@pytest.mark.parametrize("word", ["1", "K.T.", "kt", "K T"])
def test_it_lets_the_waiting_answer_count_for_whom_it_is_about(
    phones: Phones, world: World, word: str
) -> None:
    mine, other = phones.ask(world.kim, MEDICINE), phones.ask(world.lee, MEDICINE)
    heard(phones, "1")
    assert len(questions(phones)) == 1
    phones.deliver_all()
    heard(phones, word)
    assert fresh(mine).status is TaskStatus.COMPLETED
    assert (mine.evidence, mine.from_shared_phone) == (Evidence.PATIENT_CONFIRMED, True)
    assert fresh(other).is_open
    assert phones.thread(world.kim).waiting_since is None
    heard(phones, "2")  # now there is one question left, and only Lee has it
    assert fresh(other).needs is Needs.SOLVE_BARRIER


def test_it_takes_a_doubled_answer_for_one(phones: Phones, world: World) -> None:
    both = [phones.ask(person, MEDICINE) for person in (world.kim, world.lee)]
    heard(phones, "2")
    phones.deliver_all()
    heard(phones, "1")
    heard(phones, "1", later=0.1)
    assert [fresh(task).needs for task in both] == [Needs.SOLVE_BARRIER, None]
    crossed = heard(phones, "2", later=0.1)
    assert crossed.patient_id is None
    assert fresh(both[1]).needs is None


def test_it_guesses_nothing_when_another_question_left_since(phones: Phones, world: World) -> None:
    heard(phones, "Can somebody call about the pills?")
    phones.deliver_all()
    phones.clock.advance(minutes=5)
    task = phones.ask(world.kim, MEDICINE)
    unclear = heard(phones, "1")  # Kim's initials, or her yes
    assert unclear.patient_id is None
    assert fresh(task).outcome is None
    assert len(phones.intakes()) == 1
    heard(phones, "yes")  # that answers only one of the two
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_reads_no_answer_before_the_question_has_left(phones: Phones, world: World) -> None:
    heard(phones, "Can somebody call about the pills?")
    assert heard(phones, "1").patient_id is None


def test_it_leaves_to_staff_what_it_cannot_ask_well(phones: Phones, world: World) -> None:
    tried = 0

    def nothing_asked(body: str = "Hello, it is me") -> bool:
        nonlocal tried
        tried += 1
        heard(phones, body)
        return questions(phones) == []

    assert nothing_asked("I have chest pain")  # a person reads at once
    change(world.lee, language="es")
    assert nothing_asked()
    change(world.lee, language="vi")
    change(world.kim, language="vi")
    assert nothing_asked()
    change(world.kim, language="en")
    change(world.lee, language="en", given_name="Karl")
    assert nothing_asked()  # K.T. and K.T.
    change(world.lee, given_name="Lee")
    with transaction():
        practice = db.session.merge(world.practice)
        practice_changes.update(
            practice, by=SYSTEM, at=phones.clock.now, shared_phones=SharedPhones.STAFF
        )
    assert nothing_asked()
    with transaction():
        practice = db.session.merge(world.practice)
        practice_changes.update(
            practice, by=SYSTEM, at=phones.clock.now, shared_phones=SharedPhones.ASK
        )
    heard(phones, "STOP")
    assert nothing_asked()
    heard(phones, "START")
    assert tried == 6
    heard(phones, "Hello, it is me")
    assert len(questions(phones)) == 1  # the phone can be asked: the silences had their reasons


def test_it_asks_in_the_language_they_share(phones: Phones, world: World) -> None:
    for person in (world.kim, world.lee):
        change(person, language="es")
    heard(phones, "Hola")
    (asked,) = questions(phones)
    assert asked.language == "es"
    assert "¿De quién es su mensaje?" in asked.body


def test_it_says_at_night_when_somebody_reads_it_unless_a_question_is_open(
    phones: Phones, world: World
) -> None:
    with transaction():
        hours = {str(day): [["08:00", "17:00"]] for day in range(5)}
        db.session.get_one(Practice, world.practice.id).hours = hours
    phones.clock.advance(hours=12)
    heard(phones, "Hello")
    assert questions(phones) == []
    (notice,) = phones.outbox()
    assert notice.template_key == "service.after_hours"


def test_it_leaves_an_older_message_for_staff(phones: Phones, world: World) -> None:
    old = heard(phones, "Hello")
    phones.deliver_all()
    phones.clock.advance(days=2)
    new = heard(phones, "My pills are gone")
    phones.deliver_all()
    heard(phones, "1")
    for each in (old, new):
        db.session.refresh(each)
    assert (old.patient_id, new.patient_id) == (None, world.kim.id)
    (intake,) = phones.intakes()
    db.session.refresh(intake)
    assert intake.waiting_since == old.created_at


def test_it_reads_no_answer_once_staff_have_said_who(phones: Phones, world: World) -> None:
    heard(phones, "Can somebody call about the pills?")
    phones.deliver_all()
    (intake,) = phones.intakes()
    with transaction():
        refiling.resolve_intake(db.session.merge(intake), world.kim, by=SYSTEM, at=phones.clock.now)
    phones.clock.advance(hours=1)
    task = phones.ask(world.lee, MEDICINE)
    heard(phones, "1")
    assert fresh(task).status is TaskStatus.COMPLETED


def test_it_asks_again_in_another_conversation(phones: Phones, world: World) -> None:
    heard(phones, "Hello")
    phones.deliver_all()
    phones.clock.advance(hours=25)
    assert phones.clock.now - questions(phones)[0].created_at > timedelta(days=1)
    heard(phones, "Hello again")
    assert len(questions(phones)) == 2
