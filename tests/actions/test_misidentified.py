"""A wrong "Who is this?" taken back: everything that came of it is undone, and whoever it really was gets it
once they are known."""

from datetime import date

import pytest
from sqlalchemy import select

from app.actions import (
    consent_state,
    identity_plan,
    incoming_calls,
    misfiled,
    misidentified,
    patients,
    refiling,
    taken_calls,
)
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.models.contact_point import ContactPoint
from app.models.conversation import Conversation
from app.models.event import SYSTEM
from app.models.incoming_call import IncomingCall
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.task import TaskStatus, TaskType
from messaging.calls import CallIn
from messaging.delivery import MessageStatus
from tests.actions.misfiles import card, counting
from tests.phones import Phones
from tests.world import World

STRANGER = "+15035550177"
MEDICINE = TaskType.MEDICATION_RECEIVED


def file_with(phones: Phones, patient: Patient, intake: Conversation | None = None) -> Conversation:
    """Staff say that it is this patient; the intake it was."""
    (found,) = [intake] if intake is not None else phones.intakes()
    phones.clock.advance(minutes=5)
    with transaction():
        by = phones.world.viewer(phones.world.ana).actor
        refiling.resolve_intake(db.session.merge(found), db.session.merge(patient), by=by,
                                at=phones.clock.now)  # fmt: skip
    phones.clock.advance(minutes=5)
    return found


def take_back(phones: Phones, intake: Conversation, patient: Patient) -> None:
    phones.clock.advance(minutes=5)
    said = phones.events("conversation.resolved")[-1]
    with transaction():
        by = phones.world.viewer(phones.world.lea).actor
        misidentified.take_back(db.session.merge(intake), db.session.merge(patient), said, by=by,
                                at=phones.clock.now)  # fmt: skip


def call_from(phones: Phones, number: str, of: int) -> IncomingCall:
    with transaction():
        call = CallIn(f"CA{of:032d}", number, phones.world.line.number)
        return incoming_calls.receive(phones.world.line, call, at=phones.clock.now)


def heard(phones: Phones) -> list[Message]:
    rows = select(Message).where(Message.direction == Direction.INBOUND)
    return list(db.session.scalars(rows.order_by(Message.created_at)))


def test_it_takes_all_of_it_back_and_files_it_anew(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, MEDICINE)
    stood = card(task)
    began = phones.clock.now
    phones.text(STRANGER, "Hello, it is me")
    phones.clock.advance(minutes=1)
    phones.text(STRANGER, "JOIN")
    call = call_from(phones, STRANGER, 1)
    intake = file_with(phones, world.sam)
    phones.deliver_all()  # the answer to JOIN has left
    since = phones.text(STRANGER, "1")
    call_from(phones, STRANGER, 2)
    assert card(task)["status"] is TaskStatus.COMPLETED  # else this proves nothing
    assert since is not None
    assert since.patient_id == world.sam.id
    take_back(phones, intake, world.sam)

    assert card(task) == stood
    db.session.expire_all()
    (again,) = phones.intakes()
    assert (again.id, again.waiting_since, again.patient_id) == (intake.id, began, None)
    assert {each.conversation_id for each in heard(phones)} == {intake.id}
    assert [counting(each) for each in heard(phones)] == [[], [], []]
    assert taken_calls.standing(call) is None
    assert phones.thread(world.sam).waiting_since is None
    numbers = select(ContactPoint.ended_at).where(ContactPoint.patient_id == world.sam.id)
    assert sorted(each is None for each in db.session.scalars(numbers)) == [False, True]
    assert len(phones.events("disclosure.found")) == 10  # three texts and two calls, on either side
    (sent,) = phones.events("disclosure.sent")
    assert sent.facts["count"] == 1
    with pytest.raises(Conflict, match="already"):
        take_back(phones, intake, world.sam)

    file_with(phones, world.tom, intake)
    assert [row.patient_id for each in heard(phones) for row in counting(each)] == [
        world.tom.id
    ] * 3
    row = taken_calls.standing(call)
    assert row is not None
    assert (row.patient_id, row.started_at) == (world.tom.id, call.called_at)


def test_it_gives_an_answer_to_whom_it_was_and_keeps_a_shared_number(
    phones: Phones, world: World
) -> None:
    wrong, right = phones.ask(world.kim, MEDICINE), phones.ask(world.lee, MEDICINE)
    stood = card(wrong)
    message = phones.text(world.kim, "1")
    assert message is not None
    intake = file_with(phones, world.kim)
    assert card(wrong)["status"] is TaskStatus.COMPLETED
    take_back(phones, intake, world.kim)
    assert card(wrong) == stood
    assert world.number(world.kim).e164 == world.phone(world.lee)
    file_with(phones, world.lee)
    assert (card(right)["status"], card(wrong)) == (TaskStatus.COMPLETED, stood)
    assert len(misfiled.ledger_rows(message)) == 3


@pytest.mark.parametrize("consented", [True, False])
def test_it_takes_the_yes_of_a_join_back(phones: Phones, world: World, consented: bool) -> None:
    """On a shared phone the number stays theirs, so the ledger itself has to say it."""
    patient = world.kim if consented else new_on(phones, world.kim)
    number = world.number(world.kim)
    before = consent_state.current(patient, number)[0]
    assert before == ("given" if consented else "unknown")
    phones.text(world.kim, "JOIN")
    intake = file_with(phones, patient)
    assert consent_state.current(patient, number)[0] == "given"
    (answer,) = phones.outbox()
    take_back(phones, intake, patient)
    after = consent_state.current(patient, number)[0]
    assert after == ("given" if consented else "withdrawn")
    db.session.refresh(answer)
    assert answer.status is MessageStatus.CANCELLED


def test_it_stands_with_what_the_number_wrote_since(phones: Phones, world: World) -> None:
    """The number was ended by hand meanwhile and began an intake of its own."""
    phones.text(STRANGER, "Hello")
    intake = file_with(phones, world.sam)
    with transaction():
        point = identity_plan.plan(
            db.session.merge(intake), db.session.merge(world.sam),
            phones.events("conversation.resolved")[-1],
        ).point  # fmt: skip
        assert point is not None
        point.ended_at = phones.clock.now
    phones.text(STRANGER, "And now?")
    (newer,) = phones.intakes()
    take_back(phones, intake, world.sam)
    assert {each.conversation_id for each in heard(phones)} == {newer.id}
    assert [each.id for each in phones.intakes()] == [newer.id]


def new_on(phones: Phones, sharer: Patient) -> Patient:
    """Somebody else on that phone, whom nobody has asked about texts."""
    world = phones.world
    with transaction():
        return patients.create(
            world.practice, mrn="N-77", given_name="Nora", family_name="Vale",
            birth_date=date(1957, 3, 9), phone=world.phone(sharer), care_team_id=world.team.id,
            by=SYSTEM, at=phones.clock.now,
        )  # fmt: skip
