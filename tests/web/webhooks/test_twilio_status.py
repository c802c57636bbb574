"""Twilio's delivery reports: found by our own message id, verified with the line's account."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import handover, messages
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from messaging.delivery import MessageStatus
from tests.phones import Phones, new_sid
from tests.web.webhooks.signing import PATH, signed, status_form
from tests.world import World


def text_to(phones: Phones, patient: Patient, *, sid: str | None) -> Message:
    """A text the carrier took over (`sid`), or whose answer has not come back yet (None)."""
    with transaction():
        draft = messages.Draft(
            practice_id=patient.practice_id, patient=patient, body="Hello", purpose="staff_reply",
            send_key=str(new_id()),
        )  # fmt: skip
        message = messages.queue(draft, by=SYSTEM, at=phones.clock.now)
        if sid is not None:
            handover.handed_over(message, at=phones.clock.now, provider_id=sid)
        else:
            message.status = MessageStatus.SENDING
    return message


def path(message_id: UUID | str) -> str:
    return f"{PATH}/{message_id}/status"


def state(message: Message) -> tuple[str, int | None]:
    row = db.session.execute(
        select(Message.status, Message.error_code).where(Message.id == message.id)
    ).one()
    return row[0].value, row[1]


def test_it_moves_our_message(client: FlaskClient, world: World, phones: Phones) -> None:
    sid = new_sid()
    message = text_to(phones, world.sam, sid=sid)
    answer = signed(client, path(message.id), status_form(world, sid, "delivered"))
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert state(message) == ("delivered", None)


def test_it_settles_a_text_before_the_answer_came_back(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    message = text_to(phones, world.sam, sid=None)
    sid = new_sid()
    assert signed(client, path(message.id), status_form(world, sid, "sent")).status_code == 200
    assert state(message) == ("sent", None)
    found = db.session.scalars(select(Message.provider_id).where(Message.id == message.id)).one()
    assert found == sid


def test_it_takes_reports_twice_and_out_of_order(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    sid = new_sid()
    message = text_to(phones, world.sam, sid=sid)
    reports = [("undelivered", 30003), ("delivered", None), ("sent", None), ("queued", None)]
    for word, code in [*reports, *reports]:
        form = status_form(world, sid, word, code)
        assert signed(client, path(message.id), form).status_code == 200
    assert state(message) == ("delivered", 30003)


def test_it_takes_a_report_without_the_senders_number(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    sid = new_sid()
    message = text_to(phones, world.sam, sid=sid)
    form = status_form(world, sid, "delivered")
    del form["From"]
    assert signed(client, path(message.id), form).status_code == 200
    assert state(message) == ("delivered", None)


def test_it_works_for_a_line_that_was_switched_off_since(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    sid = new_sid()
    message = text_to(phones, world.sam, sid=sid)
    with transaction():
        db.session.add(world.line)
        world.line.is_active = False
    form = status_form(world, sid, "delivered")
    assert signed(client, path(message.id), form).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"MessageStatus": "teleported", "SmsStatus": "teleported"}, 400),
        ({"MessageSid": "nonsense"}, 400),
        ({"ErrorCode": "many"}, 400),
        ({"SmsStatus": "sent"}, 400),
        ({"From": "+15035550999"}, 403),
        ({"AccountSid": "AC" + "f" * 32}, 403),
    ],
)
def test_it_refuses_signed_reports_that_make_no_sense(
    client: FlaskClient, world: World, phones: Phones, changed: dict[str, str], status: int
) -> None:
    sid = new_sid()
    message = text_to(phones, world.sam, sid=sid)
    answer = signed(client, path(message.id), status_form(world, sid, "delivered") | changed)
    assert answer.status_code == status
    assert state(message) == ("sent", None)


def test_it_refuses_forged_reports(client: FlaskClient, world: World, phones: Phones) -> None:
    sid = new_sid()
    mine, other = text_to(phones, world.sam, sid=sid), text_to(phones, world.tom, sid=new_sid())
    form = status_form(world, sid, "failed", 30005)
    spoiled: list[dict[str, object]] = [
        {"signature": None}, {"token": "x"}, {"tampered": {"MessageStatus": "delivered"}},
        {"signed_path": path(other.id)},
    ]  # fmt: skip
    for how in spoiled:
        assert signed(client, path(mine.id), form, **how).status_code == 403
    assert (state(mine), state(other)) == (("sent", None), ("sent", None))


def test_it_knows_nothing_of_ids_that_are_not_ours(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    form = status_form(world, new_sid(), "delivered")
    assert signed(client, path(new_id()), form).status_code == 403
    assert signed(client, path("not-an-id"), form).status_code == 404


def test_it_does_not_let_a_report_name_another_practices_line(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    sid = new_sid()
    theirs = text_to(phones, world.zoe, sid=sid)
    assert theirs.practice_id == world.other_practice.id  # else this proves nothing
    answer = signed(client, path(theirs.id), status_form(world, sid, "failed", 30005))
    assert answer.status_code == 403
    assert state(theirs) == ("sent", None)
