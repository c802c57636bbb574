"""Texts held until the carrier confirms them: kept, shown, and without effect."""

import pytest
from sqlalchemy import select

from app.actions import held
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.models.message import Message
from app.models.task import TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import CarrierMessage
from messaging.delivery import MessageStatus
from tests.phones import Phones
from tests.world import World


def confirmed(message: Message, sender: str, body: str) -> CarrierMessage:
    assert message.provider_id is not None
    return CarrierMessage(
        provider_id=message.provider_id, sender=sender, recipient="+15035550100", body=body,
        direction="inbound", status=MessageStatus.RECEIVED, error_code=None,
        created_at=message.created_at,
    )  # fmt: skip


@pytest.fixture
def stop(phones: Phones, world: World) -> Message:
    """A STOP in a request with a key nobody knows."""
    message = phones.text(world.sam, "STOP", unknown_keys=("Odd",))
    assert message is not None
    return message


def test_it_keeps_the_text_and_does_nothing(phones: Phones, world: World, stop: Message) -> None:
    assert stop.held_reason == "unknown keys: Odd"
    assert stop.understood == {"kind": "held"}
    assert world.number(world.sam).opted_out_at is None
    assert phones.thread(world.sam).waiting_since is None
    assert db.session.scalars(select(Touchpoint)).all() == []
    (event,) = phones.events("message.held")
    assert event.facts == {"keys": ["Odd"]}


def test_it_takes_a_held_repeat_once(phones: Phones, world: World, stop: Message) -> None:
    again = phones.text(
        world.sam, "STOP", provider_id=stop.provider_id, unknown_keys=("Odd", "More")
    )
    assert again is None
    assert len(phones.events("message.held")) == 1


def test_it_takes_effect_when_the_carrier_confirms_it(
    phones: Phones, world: World, stop: Message
) -> None:
    with transaction():
        db.session.add(stop)
        held.release(stop, confirmed(stop, world.phone(world.sam), "STOP"), at=phones.clock.now)
    assert stop.held_reason is None
    assert world.number(world.sam).opted_out_at is not None
    assert db.session.scalars(select(Touchpoint)).one().message_id == stop.id


def test_it_takes_the_carriers_word_for_who_wrote_what(
    phones: Phones, world: World, stop: Message
) -> None:
    task = phones.ask(world.tom, TaskType.MEDICATION_RECEIVED)
    with transaction():
        db.session.add(stop)
        held.release(stop, confirmed(stop, world.phone(world.tom), "1"), at=phones.clock.now)
    assert (stop.patient_id, stop.body) == (world.tom.id, "1")
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED
    assert world.number(world.sam).opted_out_at is None


def test_it_stays_without_effect_when_the_carrier_knows_no_such_text(
    phones: Phones, world: World, stop: Message
) -> None:
    with transaction():
        db.session.add(stop)
        held.refuse(stop, at=phones.clock.now)
    assert stop.understood == {"kind": "refused"}
    assert stop.held_reason is not None
    assert world.number(world.sam).opted_out_at is None


def test_it_releases_once(phones: Phones, world: World, stop: Message) -> None:
    word = confirmed(stop, world.phone(world.sam), "STOP")
    with transaction():
        db.session.add(stop)
        held.release(stop, word, at=phones.clock.now)
    for again in (lambda: held.release(stop, word, at=phones.clock.now),
                  lambda: held.refuse(stop, at=phones.clock.now)):  # fmt: skip
        with pytest.raises(Conflict), transaction():
            again()
    assert len(phones.events("message.released")) == 1
