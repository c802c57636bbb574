"""A number somebody else has now: it ends with its date, nothing more is sent there, a person finds another
way, and who writes from it is nobody we know. Where it was replaced, what waits goes to the new one."""

from datetime import timedelta

from sqlalchemy import select

from app.actions import consents, messages, number_endings, patients
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.task import Needs, TaskType
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.drafts import fresh, queue_to
from tests.phones import Phones
from tests.world import World


def phone_of(world: World) -> ContactPoint:
    rows = select(ContactPoint).where(ContactPoint.patient_id == world.sam.id)
    return db.session.scalars(rows.execution_options(populate_existing=True)).one()


def change(phones: Phones, what) -> None:  # type: ignore[no-untyped-def]
    with transaction():
        sam = db.session.merge(phones.world.sam)
        point = number_endings.phone_of(sam, phone_of(phones.world).id)
        what(sam, point, by=SYSTEM, at=phones.clock.now)


def test_it_ends_the_number_and_all_that_waits_for_it(phones: Phones, world: World) -> None:
    phones.text(world.sam, "Call me please")
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    with transaction():
        thread = db.session.merge(phones.thread(world.sam))
        reply = messages.reply(
            thread, channel="sms", body="We will", by=world.viewer(world.ana), at=phones.clock.now
        )
    assert reply.status is MessageStatus.QUEUED
    phones.clock.advance(minutes=5)
    for _ in range(2):
        change(phones, number_endings.end)
    assert phone_of(world).ended_at == phones.clock.now
    assert len(phones.events("patient.number_ended")) == 1
    db.session.refresh(reply)
    db.session.refresh(task)
    assert reply.status is MessageStatus.CANCELLED
    assert phones.thread(world.sam).waiting_since is not None  # nobody has answered her after all
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)
    later = phones.text("+15035550102", "Who is this?")
    assert later is not None
    assert later.patient_id is None


def test_it_is_theirs_again_when_that_was_wrong(phones: Phones, world: World) -> None:
    change(phones, number_endings.end)
    change(phones, number_endings.take_back)
    assert phone_of(world).ended_at is None
    heard = phones.text(world.sam, "Hello")
    assert heard is not None
    assert heard.patient_id == world.sam.id


def test_it_leaves_the_number_to_those_who_share_it(phones: Phones, world: World) -> None:
    points = select(ContactPoint).where(ContactPoint.patient_id == world.kim.id)
    with transaction():
        kim = db.session.merge(world.kim)
        point = number_endings.phone_of(kim, db.session.scalars(points).one().id)
        number_endings.end(kim, point, by=SYSTEM, at=phones.clock.now)
    heard = phones.text("+15035550103", "Hello")
    assert heard is not None
    assert heard.patient_id == world.lee.id
    asks = select(Message.send_key).where(Message.send_key.startswith("who:"))
    assert db.session.scalars(asks).all() == []


def give_phone(phones: Phones, phone: str | None) -> None:
    with transaction():
        sam = db.session.merge(phones.world.sam)
        patients.update(sam, by=SYSTEM, at=phones.clock.now, phone=phone)


def test_it_sends_what_waits_to_the_number_that_replaced_the_old_one(
    phones: Phones, world: World
) -> None:
    at = phones.clock.now
    later = queue_to(world.sam, at, send_after=at + timedelta(hours=2), is_automated=False)
    answer = queue_to(world.sam, at, send_key="answer", solicited=True)
    with transaction():
        sam = db.session.merge(world.sam)
        said = consents.Said(how=ConsentHow.DESK, wording="I agree to texts")
        consents.give(sam, None, said, by=SYSTEM, at=at)
    give_phone(phones, "+15035550188")
    phones.clock.advance(hours=2, minutes=1)
    assert [each.outgoing.recipient for each in claim(world, phones.clock.now)] == ["+15035550188"]
    assert fresh(later).status is MessageStatus.SENDING
    assert fresh(answer).status is MessageStatus.CANCELLED  # whoever wrote from the old one
    assert len(phones.events("message.redirected")) == 1


def test_it_takes_back_what_waits_when_no_number_is_left(phones: Phones, world: World) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    later = queue_to(world.sam, phones.clock.now, is_automated=False)
    give_phone(phones, None)
    assert fresh(later).status is MessageStatus.CANCELLED
    db.session.refresh(task)
    assert (task.needs, task.next_step_at) == (Needs.OTHER_CHANNEL, None)


def test_the_gate_asks_whose_the_number_is(phones: Phones, world: World) -> None:
    number = world.number(world.sam)
    give_phone(phones, "+15035550188")
    before = queue_to(world.sam, phones.clock.now, phone_number=number)
    assert before.withheld_reason == "number_not_theirs"
    own = queue_to(world.sam, phones.clock.now, send_key="own")
    assert own.withheld_reason == "no_consent"  # given for the number before
