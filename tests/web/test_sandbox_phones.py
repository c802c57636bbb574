"""The invented phones: read and answer as the patient would; nothing here for a real practice or carrier."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.sandbox import SandboxTable
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.conversation import Conversation, ConversationKind
from app.models.message import Message
from app.models.practice import Practice
from app.models.user import User
from app.web.sandbox_phones import with_links
from messaging.carriers.base import Outgoing
from tests.conftest import world_email
from tests.world import PASSWORD, World

SignInAs = Callable[[User], FlaskClient]
SAMS = "/sandbox/phones/15035550102"


def text_to(world: World, phone: str, body: str, at: Any) -> None:
    """What the carrier puts on the phone."""
    outgoing = Outgoing(
        message_id=new_id(), sender=world.line.number, recipient=phone, body=body,
        status_callback=None, validity_seconds=None, account_sid="", auth_token="",
    )  # fmt: skip
    SandboxTable(world.practice.id).accept(outgoing, at)


def test_it_shows_every_phone_with_the_people_on_it(world: World, sign_in: SignInAs) -> None:
    text = sign_in(world.lea).get("/sandbox/phones").text
    assert "Kim Tran, Lee Tran" in text
    assert "(503) 555-0101" in text
    assert "Zoe" not in text


def test_it_finds_a_phone_by_name_or_number(world: World, sign_in: SignInAs) -> None:
    client = sign_in(world.lea)
    for search in ("porter", "555-0102"):
        text = client.get(f"/sandbox/phones?q={search}", headers={"HX-Request": "true"}).text
        assert "Sam Porter" in text
        assert "Rosa" not in text
        assert "<html" not in text


def test_it_hides_phones_of_another_team_also_when_shared(world: World, sign_in: SignInAs) -> None:
    with transaction():
        db.session.merge(world.lee).care_team_id = world.other_team.id
    ben = sign_in(world.ben)
    text = ben.get("/sandbox/phones").text
    assert "Tom Baker" in text
    for hidden in ("Sam Porter", "Kim Tran", "Lee Tran"):
        assert hidden not in text
    assert ben.get("/sandbox/phones/15035550103").status_code == 404
    assert "Lee Tran" in sign_in(world.lea).get("/sandbox/phones/15035550103").text


def test_it_answers_as_the_patient_would(world: World, sign_in: SignInAs, clock: Any) -> None:
    client = sign_in(world.ana)
    text_to(world, "+15035550102", "Did it arrive?", clock.now)
    assert "Did it arrive?" in client.get(SAMS).text
    clock.advance(seconds=5)
    answer = client.post(f"{SAMS}/texts", data={"body": "Yes <i>"}, headers={"HX-Request": "true"})
    assert "Yes &lt;i&gt;" in answer.text
    message = db.session.scalars(select(Message)).one()
    assert (message.body, message.patient_id) == ("Yes <i>", world.sam.id)
    assert message.line_id == world.line.id


def test_it_answers_stop_like_a_phone_company(world: World, sign_in: SignInAs) -> None:
    client = sign_in(world.ana)
    page = client.post(f"{SAMS}/texts", data={"body": "STOP"}, headers={"HX-Request": "true"})
    assert "You will get no more texts" in page.text
    assert world.number(world.sam).opted_out_at is not None


def test_it_lets_an_unknown_number_write(world: World, sign_in: SignInAs) -> None:
    client = sign_in(world.ana)
    data = {"number": "(503) 555-0188", "body": "Is this the clinic?"}
    answer = client.post("/sandbox/phones", data=data)
    assert answer.headers["Location"] == "/sandbox/phones/15035550188"
    assert "Nobody we know" in client.get("/sandbox/phones").text
    thread = db.session.scalars(select(Conversation)).one()
    assert thread.kind is ConversationKind.INTAKE


@pytest.mark.parametrize("number", ["+15038675309", "5551234", "911", "hello"])
def test_it_takes_invented_numbers_only(world: World, sign_in: SignInAs, number: str) -> None:
    answer = sign_in(world.ana).post("/sandbox/phones", data={"number": number, "body": "Hi"})
    assert answer.status_code == 422
    assert db.session.scalars(select(Message)).all() == []


def test_it_refuses_an_empty_or_endless_text(world: World, sign_in: SignInAs) -> None:
    client = sign_in(world.ana)
    for body in ("", "   ", "x" * 1601):
        assert client.post(f"{SAMS}/texts", data={"body": body}).status_code == 422


def test_it_is_not_there_for_a_real_practice(world: World, sign_in: SignInAs) -> None:
    client = sign_in(world.lea)
    assert client.get("/sandbox/phones").status_code == 200
    with transaction():
        db.session.get_one(Practice, world.practice.id).is_invented = False
    for path in ("/sandbox/phones", SAMS):
        assert client.get(path).status_code == 404
    assert client.post(f"{SAMS}/texts", data={"body": "1"}).status_code == 404


def test_it_is_not_there_with_a_real_carrier(world: World, make_app: Callable[..., Flask]) -> None:
    client = make_app(carrier="twilio").test_client()
    client.application.config["WTF_CSRF_ENABLED"] = False
    email = world_email(world.lea)
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
    assert client.get("/sandbox/phones").status_code == 404


def test_it_is_not_for_analysts(world: World, sign_in: SignInAs) -> None:
    assert sign_in(world.anton).get("/sandbox/phones").status_code == 403


def test_it_makes_only_links_of_this_house_ones_to_tap(app: Flask) -> None:
    with app.test_request_context():
        ours = str(with_links("Tap http://localhost:8000/portal/in/abc. <b>"))
        assert '<a href="/portal/in/abc"' in ours
        assert "&lt;b&gt;" in ours
        for foreign in ("https://evil.example.org/x", "http://localhost:8000.evil.example.org/"):
            assert "<a" not in str(with_links(f"See {foreign} now"))


def test_it_lets_the_phone_call_the_practice(world: World, sign_in: SignInAs) -> None:
    ana = sign_in(world.ana)
    heard = ana.post(f"{SAMS}/calls", headers={"HX-Request": "true"}).text
    assert "Thank you for calling Harbor Family Clinic" in heard
    assert "(503) 555-0199" in heard
    assert "<html" not in heard
    thread = db.session.scalars(select(Conversation)).one()
    assert (thread.patient_id, thread.waiting_since is not None) == (world.sam.id, True)
    whole = ana.post(f"{SAMS}/calls")
    assert whole.status_code == 200
    assert "Thank you for calling" in whole.text
