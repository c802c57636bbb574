"""Delivery reports: the state climbs whatever the order, and a failure becomes somebody's card."""

from itertools import permutations

import pytest
from sqlalchemy import select

from app.actions import consent_state, conversations, delivery, handover, messages
from app.core.db import db, transaction
from app.models.contact_point import NumberState
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.task import Needs, TaskType
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import StatusReport
from messaging.delivery import MessageStatus
from tests.phones import Phones, new_sid
from tests.world import World

SENT, DELIVERED, FAILED = MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED


def report(
    message: Message, status: MessageStatus, code: int | None = None, **more: object
) -> bool:
    values = {
        "provider_id": message.provider_id or new_sid(), "account_sid": "", "sender": None,
        "recipient": None, "status": status, "error_code": code, **more,
    }  # fmt: skip
    with transaction():
        return delivery.apply_report(
            message,
            StatusReport(**values),
            at=message.status_at,  # type: ignore[arg-type]
        )


@pytest.fixture
def sent(phones: Phones, world: World) -> Message:
    """A staff text the carrier has taken over."""
    with transaction():
        thread = conversations.thread_of(world.sam, at=phones.clock.now)
        message = messages.reply(
            thread, channel="sms", body="See you on Tuesday", by=world.viewer(world.ana),
            at=phones.clock.now,
        )  # fmt: skip
        handover.handed_over(message, at=phones.clock.now, provider_id=new_sid())
    assert message.status is SENT  # else these tests prove nothing
    return message


@pytest.fixture
def asked(phones: Phones, world: World) -> Message:
    """A question of a task, on its way."""
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    message = db.session.scalars(select(Message)).one()
    with transaction():
        db.session.add(message)
        message.status = SENT
        message.delivered_at = None
    return message


def test_it_is_delivered_once(phones: Phones, sent: Message) -> None:
    assert report(sent, DELIVERED) is True
    assert report(sent, DELIVERED) is False
    assert (sent.status, sent.delivered_at is not None) == (DELIVERED, True)
    assert len(phones.events("message.delivered")) == 1


def test_it_ends_in_the_same_state_in_every_order(phones: Phones, world: World) -> None:
    reports = [(SENT, None), (FAILED, 30003), (DELIVERED, None)]
    ends = set()
    for n, order in enumerate(permutations(reports)):
        with transaction():
            draft = messages.Draft(
                practice_id=world.practice.id, patient=world.sam, body=f"Hello {n}",
                purpose="staff_reply", send_key=f"order:{n}",
            )  # fmt: skip
            message = messages.queue(draft, by=SYSTEM, at=phones.clock.now)
            handover.handed_over(message, at=phones.clock.now, provider_id=new_sid())
        for status, code in order:
            report(message, status, code)
        ends.add((message.status, message.error_code))
    assert ends == {(DELIVERED, 30003)}


def test_it_never_erases_an_error_code(sent: Message) -> None:
    report(sent, FAILED, 30005)
    report(sent, FAILED, None)
    assert (sent.status, sent.error_code) == (FAILED, 30005)


@pytest.mark.parametrize("status", [MessageStatus.SENDING, MessageStatus.IN_DOUBT])
def test_it_settles_a_text_whose_answer_was_lost(
    phones: Phones, world: World, status: MessageStatus
) -> None:
    with transaction():
        draft = messages.Draft(
            practice_id=world.practice.id, patient=world.sam, body="Hello", purpose="staff_reply",
            send_key="lost",
        )  # fmt: skip
        message = messages.queue(draft, by=SYSTEM, at=phones.clock.now)
        message.status, message.claim_epoch = status, 1
    sid = new_sid()
    assert report(message, SENT, provider_id=sid) is True
    assert (message.status, message.provider_id) == (SENT, sid)
    assert (message.due_at, message.lease_until) == (None, None)
    row = db.session.scalars(select(Touchpoint)).one()
    assert (row.message_id, row.direction) == (message.id, "outbound")


def test_it_counts_a_text_once_in_the_ledger(sent: Message) -> None:
    for status in (SENT, DELIVERED, DELIVERED):
        report(sent, status)
    assert len(db.session.scalars(select(Touchpoint)).all()) == 1


def test_it_ignores_a_report_about_another_request(sent: Message) -> None:
    assert report(sent, FAILED, 30005, provider_id=new_sid()) is False
    assert (sent.status, sent.error_code) == (SENT, None)


def test_it_never_takes_the_id_of_another_message(
    phones: Phones, world: World, sent: Message
) -> None:
    with transaction():
        draft = messages.Draft(
            practice_id=world.practice.id, patient=world.sam, body="Other", purpose="staff_reply",
            send_key="other",
        )  # fmt: skip
        other = messages.queue(draft, by=SYSTEM, at=phones.clock.now)
        other.status = MessageStatus.SENDING
    assert report(other, DELIVERED, provider_id=sent.provider_id) is False
    assert (other.status, other.provider_id) == (MessageStatus.SENDING, None)


def test_it_ignores_a_report_about_a_text_that_came_in(phones: Phones, world: World) -> None:
    message = phones.text(world.sam, "Hello")
    assert message is not None
    with transaction():
        db.session.add(message)
        assert report_inside(message) is False
    assert message.status is MessageStatus.RECEIVED


def report_inside(message: Message) -> bool:
    assert message.provider_id is not None
    made = StatusReport(message.provider_id, "", None, None, DELIVERED, None)
    return delivery.apply_report(message, made, at=message.status_at)


def test_it_opens_a_card_when_the_question_of_a_task_is_lost(
    phones: Phones, asked: Message
) -> None:
    report(asked, FAILED, 30008)
    (task,) = [row for row in db.session.scalars(select_tasks())]
    assert task.needs in (Needs.OTHER_CHANNEL, Needs.CALL)
    assert task.is_open


def select_tasks():  # type: ignore[no-untyped-def]
    from app.models.task import Task

    return select(Task).execution_options(populate_existing=True)


def test_it_lets_the_thread_wait_when_a_reply_of_staff_is_lost(
    phones: Phones, world: World, sent: Message
) -> None:
    assert phones.thread(world.sam).waiting_since is None  # else this proves nothing
    report(sent, FAILED, 30003)
    assert phones.thread(world.sam).waiting_since is not None


@pytest.mark.parametrize(
    ("code", "state"), [(30006, NumberState.LANDLINE), (30005, NumberState.BAD), (21614, "bad")]
)
def test_it_marks_the_number(
    phones: Phones, world: World, sent: Message, code: int, state: NumberState
) -> None:
    report(sent, FAILED, code)
    assert world.number(world.sam).state == state


def test_it_writes_down_an_opt_out_the_carrier_knows_of(
    phones: Phones, world: World, sent: Message
) -> None:
    number = world.number(world.sam)
    assert number.opted_out_at is None  # else this proves nothing
    report(sent, FAILED, 21610)
    db.session.refresh(number)
    assert number.opted_out_at is not None
    assert consent_state.current(world.sam, number)[0] == consent_state.WITHDRAWN
    report(sent, FAILED, 21610)
    assert len([e for e in phones.events("consent.withdrawn") if e.patient_id == world.sam.id]) == 1


def test_it_closes_what_came_too_late_as_expired(sent: Message) -> None:
    report(sent, MessageStatus.EXPIRED, 30036)
    assert sent.status is MessageStatus.EXPIRED
