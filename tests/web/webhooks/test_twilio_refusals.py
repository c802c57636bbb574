"""What the webhook refuses or holds: forgeries, forms it can't read, captured requests cut anew."""

from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.message import Message
from app.models.task import TaskStatus, TaskType
from tests.conftest import TWILIO_SID, TWILIO_TOKEN
from tests.phones import Phones
from tests.web.webhooks.signing import PATH, counted, inbound_form, post, signed
from tests.world import World


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signature": None}, 403),
        ({"signature": ""}, 403),
        ({"signature": "AAAA"}, 403),
        ({"signature": "é" * 28}, 403),
        ({"token": "another-token"}, 403),
        ({"signed_path": "/webhooks/twilio/message"}, 403),
        ({"signed_base": "https://evil.example.org"}, 403),
        ({"tampered": {"Body": "STOP"}}, 403),
        ({"tampered": {"From": "+15035550106"}}, 403),
        ({"tampered": {"New": "key"}}, 403),
        ({"method": "GET"}, 405),
    ],
)
def test_it_refuses_forgeries(
    client: FlaskClient, world: World, change: dict[str, object], status: int
) -> None:
    before = counted(Event)
    answer = post(client, inbound_form(world, world.phone(world.sam), "Hello"), **change)
    assert answer.status_code == status
    assert (counted(Message), counted(Conversation), counted(Event)) == (0, 0, before)
    for secret in (TWILIO_TOKEN, TWILIO_SID, "Traceback", "app/"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageSid": "SM1"},
        {"MessageSid": "XX" + "1" * 32},
        {"From": "sam"},
        {"From": "+1 503 555 0102"},
        {"SmsStatus": "delivered"},
        {"SmsSid": "SM" + "9" * 32},
        {"NumMedia": "many"},
        {"Body": "x" * 61_000},
    ],
)
def test_it_refuses_signed_forms_it_cannot_read(
    client: FlaskClient, world: World, changed: dict[str, str]
) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello") | changed
    answer = post(client, form)
    assert (answer.status_code, answer.text) == (400, "bad request")
    assert counted(Message) == 0


@pytest.mark.parametrize("missing", ["MessageSid", "AccountSid", "From", "To", "Body"])
def test_it_needs_every_key(client: FlaskClient, world: World, missing: str) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    del form[missing]
    assert post(client, form).status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
        (b"%ff=1&Body=%fe", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"a=1&" * 5000, "application/x-www-form-urlencoded"),
        (b"Body=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b'{"Body": "Hello"}', "application/json"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"Body=Hello", "text/plain"),
    ],
)
def test_it_refuses_what_is_no_form(
    client: FlaskClient, world: World, body: bytes, kind: str
) -> None:
    answer = client.post(PATH, data=body, content_type=kind)
    assert (answer.status_code, answer.text) == (400, "bad request")


def test_it_refuses_repeated_keys(client: FlaskClient, world: World) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    for extra in ({"Body": "Hello"}, {"Body": "STOP"}, {"To": form["To"]}, {"ApiVersion": "x"}):
        twice = f"{urlencode(form)}&{urlencode(extra)}"
        answer = signed(client, PATH, form, raw=twice)
        assert answer.status_code in (400, 403)
    assert counted(Message) == 0


def test_it_says_later_and_nothing_more_when_something_breaks(
    client: FlaskClient, world: World
) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    with transaction():
        db.session.connection().exec_driver_sql("ALTER TABLE touchpoint RENAME TO gone")
    answer = post(client, form)
    with transaction():
        db.session.connection().exec_driver_sql("ALTER TABLE gone RENAME TO touchpoint")
    assert (answer.status_code, answer.text) == (503, "try again later")
    assert counted(Message) == 0
    assert post(client, form).status_code == 200


def test_it_holds_a_text_with_keys_nobody_knows(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    form = inbound_form(world, world.phone(world.sam), "1") | {"BrandNewKey": "x"}
    assert post(client, form).status_code == 200
    message = db.session.scalars(select(Message).where(Message.direction == "inbound")).one()
    assert message.held_reason == "unknown keys: BrandNewKey"
    db.session.refresh(task)
    assert task.is_open
    assert phones.thread(world.sam).waiting_since is None
    assert phones.events("message.received") == []


def test_it_survives_a_request_cut_anew(client: FlaskClient, world: World, phones: Phones) -> None:
    """W4: a captured request, its characters cut into other keys, keeps its signature. Whatever takes
    effect says what the true one said; everything else is refused or held."""
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    form = inbound_form(world, world.phone(world.sam), "12 no thanks")
    cut = recut(form)
    assert len(cut) > 100  # else this proves nothing
    for other in cut:
        answer = signed(client, PATH, form, raw=urlencode(other))
        assert answer.status_code in (200, 400, 403)
    for row in db.session.scalars(select(Message).where(Message.direction == "inbound")):
        true = (form["MessageSid"], form["Body"], world.number(world.sam).id)
        if row.held_reason is None:
            assert (row.provider_id, row.body, row.phone_number_id) == true
    assert {event.facts["understood"] for event in phones.events("message.received")} <= {"unclear"}


def recut(form: dict[str, str]) -> list[dict[str, str]]:
    """Ways to read the same signed characters as other keys and values."""
    pairs = sorted(form.items())
    found = []
    for at, (key, value) in enumerate(pairs[:-1]):
        following, tail = pairs[at + 1]
        swallowed = dict(pairs[:at] + pairs[at + 2 :]) | {key: value + following + tail}
        found.append(swallowed)
        for cut in range(1, len(value)):
            found.append(dict(pairs[:at] + pairs[at + 1 :]) | {key + value[:cut]: value[cut:]})
    return [each for each in found if each != form]


def test_it_lets_the_true_copy_of_a_held_text_take_effect(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    form = inbound_form(world, world.phone(world.sam), "1")
    forged = form | {"From": world.phone(world.tom), "Body": "STOP", "Odd": "x"}
    assert post(client, forged).status_code == 200
    assert post(client, form).status_code == 200
    message = db.session.scalars(select(Message).where(Message.direction == "inbound")).one()
    assert (message.held_reason, message.body, message.patient_id) == (None, "1", world.sam.id)
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED
    assert world.number(world.tom).opted_out_at is None
