"""Twilio's webhooks: signed by the SDK's own RequestValidator as oracle, read strictly, taken once."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.message import Message
from app.models.task import TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from tests.phones import Phones, new_sid
from tests.web.webhooks.signing import PATH, counted, inbound_form, post, send, signed
from tests.world import World


def test_it_takes_in_a_signed_text(client: FlaskClient, world: World) -> None:
    answer = post(client, inbound_form(world, world.phone(world.sam), "Hello"))
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.mimetype == "text/xml"
    assert "Set-Cookie" not in answer.headers
    message = db.session.scalars(select(Message)).one()
    assert (message.patient_id, message.body) == (world.sam.id, "Hello")


def test_it_moves_the_card(client: FlaskClient, world: World, phones: Phones) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    assert post(client, inbound_form(world, world.phone(world.sam), "1")).status_code == 200
    db.session.rollback()
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED


@pytest.mark.parametrize(
    "query",
    ["", "?a=b", "?foo=a%2Fb%20c", "?x=%c3%a1+d&y=%7E", "?a=%2f&a=%2F", "?q=1&u=https%3A%2F%2Fx"],
)
def test_it_verifies_over_the_query_as_it_was_called(
    client: FlaskClient, world: World, query: str
) -> None:
    form = inbound_form(world, world.phone(world.sam), "Sí, señora: 100 % + más & 'más' 👍")
    answer = signed(client, PATH + query, form)
    assert answer.status_code == 200
    assert db.session.scalars(select(Message.body)).one() == form["Body"]


def test_it_does_not_let_a_query_be_rewritten(client: FlaskClient, world: World) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    answer = signed(client, f"{PATH}?a=%2F", form, signed_path=f"{PATH}?a=/")
    assert answer.status_code == 403


def test_it_ignores_what_a_proxy_or_client_says_of_the_host(
    client: FlaskClient, world: World
) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    headers = {"Host": "evil.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-Path": "/x"}
    assert post(client, form, headers=headers).status_code == 200


def test_it_accepts_sha256_when_the_request_says_so(client: FlaskClient, world: World) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    headers = {"X-Twilio-Webhooks-Signature-Settings": "key=k1,algorithm=HMAC_SHA256"}
    assert post(client, form, algorithm="HMAC_SHA256", headers=headers).status_code == 200
    other = inbound_form(world, world.phone(world.sam), "Hello")
    assert post(client, other, algorithm="HMAC_SHA256").status_code == 403


def test_it_uses_the_lines_own_account(client: FlaskClient, world: World) -> None:
    own_sid, own_token = "AC" + "b" * 32, "own-token-of-the-line"
    line_with_own_account(world, own_sid, own_token)
    form = inbound_form(world, world.phone(world.sam), "Hello") | {"To": "+15035550111"}
    assert post(client, form | {"AccountSid": own_sid}, token=own_token).status_code == 200
    again = inbound_form(world, world.phone(world.sam), "Hello") | {"To": "+15035550111"}
    assert post(client, again | {"AccountSid": own_sid}).status_code == 403
    assert post(client, again, token=own_token).status_code == 403
    assert post(client, again).status_code == 403  # the environment does not own this number


def line_with_own_account(world: World, sid: str, token: str) -> None:
    from app.actions import practices
    from app.models.event import SYSTEM

    with transaction():
        practices.add_line(
            world.practice, "+15035550111", by=SYSTEM, at=world.practice.created_at,
            account_sid=sid, auth_token=token,
        )  # fmt: skip


def test_it_cannot_be_used_by_one_account_for_anothers_number(
    client: FlaskClient, world: World
) -> None:
    own_sid, own_token = "AC" + "b" * 32, "own-token-of-the-line"
    line_with_own_account(world, own_sid, own_token)
    form = inbound_form(world, world.phone(world.sam), "Hello") | {"AccountSid": own_sid}
    assert form["To"] == world.line.number  # the environment's number
    assert post(client, form, token=own_token).status_code == 403
    assert counted(Message) == 0


def test_it_takes_what_comes_in_on_a_line_that_is_switched_off(
    client: FlaskClient, world: World
) -> None:
    with transaction():
        world.line.is_active = False
        db.session.add(world.line)
    form = inbound_form(world, world.phone(world.sam), "STOP")
    assert post(client, form).status_code == 200
    assert world.number(world.sam).opted_out_at is not None


def test_it_takes_a_repeat_without_effect(client: FlaskClient, world: World) -> None:
    form = inbound_form(world, world.phone(world.sam), "Hello")
    answers = [post(client, form).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert (counted(Message), counted(Touchpoint)) == (1, 1)


def test_it_takes_each_text_once_however_many_copies_come_at_once(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    """W1: every text one to five times, in parallel, some from a number never seen before."""
    people = [world.phone(world.sam), world.phone(world.rosa), world.phone(world.kim)]
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    asked = counted(Message)
    forms = [
        inbound_form(world, sender, body)
        for sender in (*people, "+15035550171", "+15035550172")
        for body in ("1", "Hello", "Thank you")
    ]
    copies = [form for n, form in enumerate(forms) for _ in range(n % 5 + 1)]
    app = client.application

    def deliver(form: dict[str, str]) -> int:
        fresh = app.test_client()
        return contextvars.Context().run(lambda: send(fresh, PATH, form).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(deliver, copies))
    db.session.rollback()
    assert set(answers) == {200}
    assert len(copies) > len(forms)  # else this proves nothing
    received = [row.split(":")[1] for row in db.session.scalars(
        select(Message.send_key).where(Message.direction == "inbound"))]  # fmt: skip
    assert sorted(received) == sorted(form["MessageSid"] for form in forms)
    who = 1  # the phone of several people is asked once whose its texts are
    assert counted(Message) - asked == len(forms) + who
    assert len(phones.events("task.completed")) == 1
    assert len(phones.events("message.received")) == len(forms)
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED
    for number in ("+15035550171", "+15035550172"):
        assert sum(i.phone_number.e164 == number for i in phones.intakes() if i.phone_number) == 1


def test_it_needs_no_csrf_token(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.application.config, "WTF_CSRF_ENABLED", True)
    assert client.post("/sign-in", data={}).status_code == 400  # else this proves nothing
    assert post(client, inbound_form(world, world.phone(world.sam), "Hello")).status_code == 200


def test_it_gives_the_sid_of_a_text_to_nobody_else(client: FlaskClient, world: World) -> None:
    """Each practice has its own ids: another's never hides a text."""
    sid = new_sid()
    mine = inbound_form(world, world.phone(world.sam), "Hello") | same_sid(sid)
    theirs = inbound_form(world, world.phone(world.zoe), "Hello") | same_sid(sid)
    theirs["To"] = world.other_line.number
    assert [post(client, form).status_code for form in (mine, theirs)] == [200, 200]
    assert {m.practice_id for m in db.session.scalars(select(Message))} == {
        world.practice.id,
        world.other_practice.id,
    }


def same_sid(sid: str) -> dict[str, str]:
    return {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid}
