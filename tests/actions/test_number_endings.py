"""A number somebody else has now: it ends with its date, nothing more is sent there, a person finds another
way, and who writes from it is nobody we know."""

from sqlalchemy import select

from app.actions import messages, number_endings
from app.core.db import db, transaction
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.task import Needs, TaskType
from messaging.delivery import MessageStatus
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
