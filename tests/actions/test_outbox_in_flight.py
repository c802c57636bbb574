"""One create in flight per line and number is the database's own rule; only that refusal is passed over."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.actions.outbox import is_other_in_flight
from app.core.db import transaction
from app.models.message import Message
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.world import World


def test_it_knows_the_refusal_of_a_second_text_in_flight(world: World, clock) -> None:
    for number in range(2):
        queue_to(world.sam, clock.now, send_key=f"k{number}", is_automated=False)
    both = (
        update(Message)
        .where(Message.patient_id == world.sam.id)
        .values(status=MessageStatus.SENDING)
    )
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        session.execute(both)
    assert is_other_in_flight(refused.value)


def test_it_takes_no_other_refusal_for_it(world: World, clock) -> None:
    for number in range(2):
        queue_to(world.sam, clock.now, send_key=f"k{number}", is_automated=False)
    twice = update(Message).where(Message.patient_id == world.sam.id).values(send_key="the same")
    with pytest.raises(IntegrityError) as refused, transaction() as session:
        session.execute(twice)
    assert not is_other_in_flight(refused.value)
    assert not is_other_in_flight(ValueError("message.line_id, message.phone_number_id"))
