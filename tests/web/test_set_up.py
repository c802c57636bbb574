"""The set-up of an empty installation: behind the code, once, each step where it was left, and a text to
oneself that takes the way of every other."""

import contextvars
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.care_team import CareTeam
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Line, Practice
from app.models.user import Role, User
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.world import World, look_again
from workers import outbox

FIRST = {
    "name": "Harbor Family Clinic", "phone": "+15035550199", "time_zone": "America/Los_Angeles",
    "kind": "invented", "admin": "Adam Ode", "email": "adam@example.org",
    "password": "a quiet green boat", "again": "a quiet green boat",
}  # fmt: skip
STEPS = "/settings/set-up"


def command(app: Flask, *words: str) -> str:
    done = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
    return done.output


@pytest.fixture
def code(app: Flask) -> str:
    return command(app, "setup-code").strip()


@pytest.fixture
def adam(client: FlaskClient, code: str) -> FlaskClient:
    """Through the first page, of a practice of invented people."""
    assert client.post("/set-up/code", data={"code": code}).status_code == 303
    assert client.post("/set-up", data=FIRST).location == f"{STEPS}/hours"
    look_again()
    return client


def test_an_empty_installation_leads_to_the_door(client: FlaskClient) -> None:
    assert client.get("/sign-in").location == "/set-up"
    assert "Set-up code" in client.get("/set-up").text


def test_nobody_begins_without_the_code(client: FlaskClient, code: str) -> None:
    for wrong in ("", "AAAA-BBBB-CCCC-DDDD", code[:-1]):
        answer = client.post("/set-up/code", data={"code": wrong})
        assert (answer.status_code, "That is not the code" in answer.text) == (422, True)
    assert client.post("/set-up", data=FIRST).status_code == 403
    assert db.session.scalars(select(Practice)).all() == []
    assert code not in client.get("/set-up").text


def test_guessing_is_slowed_down(client: FlaskClient, code: str) -> None:
    answers = [client.post("/set-up/code", data={"code": "x"}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert client.post("/set-up/code", data={"code": code}).status_code == 429


def test_the_code_is_the_same_in_every_process_and_may_be_typed_loosely(
    client: FlaskClient, code: str, make_app: Callable[..., Flask]
) -> None:
    assert command(make_app(), "setup-code").strip() == code
    assert command(make_app(secret_key="another " * 5), "setup-code").strip() != code
    typed = f" {code.lower().replace('-', ' ')} "
    assert client.post("/set-up/code", data={"code": typed}).status_code == 303


def test_once_there_is_a_practice_the_door_is_gone(
    client: FlaskClient, world: World, app: Flask
) -> None:
    answers = [
        client.get("/set-up"), client.post("/set-up/code", data={"code": "x"}),
        client.post("/set-up", data=FIRST),
    ]  # fmt: skip
    assert {answer.location for answer in answers} == {STEPS}  # which asks to sign in
    assert "/sign-in" in client.get(STEPS).location
    assert "There is a practice already" in command(app, "setup-code")
    assert len(db.session.scalars(select(Practice)).all()) == 2


def test_it_makes_the_practice_and_its_first_admin(adam: FlaskClient) -> None:
    practice = db.session.scalars(select(Practice)).one()
    assert (practice.slug, practice.name, practice.is_invented) == (
        "harbor-family-clinic", FIRST["name"], True,
    )  # fmt: skip
    user = db.session.scalars(select(User)).one()
    assert (user.name, user.role) == ("Adam Ode", Role.ADMIN)
    assert adam.get("/settings").status_code == 200
    adam.post("/sign-out")
    door = {"email": FIRST["email"], "password": FIRST["password"]}
    assert adam.post("/sign-in", data=door).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "A name is needed"),
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"phone": "12"}, "invalid-feedback"),
        ({"admin": ""}, "Your name is needed"),
        ({"email": "adam"}, "not an e-mail"),
        ({"password": "short", "again": "short"}, "8 to 256"),
        ({"again": "another"}, "two passwords differ"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_the_rest(
    client: FlaskClient, code: str, wrong: dict[str, str], sentence: str
) -> None:
    client.post("/set-up/code", data={"code": code})
    answer = client.post("/set-up", data=FIRST | wrong)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="a quiet' not in answer.text
    assert 'value="adam' in answer.text or "email" in wrong
    assert db.session.scalars(select(Practice)).all() == []


def test_it_goes_on_where_it_was_left(adam: FlaskClient) -> None:
    assert adam.get(STEPS).location == f"{STEPS}/hours"
    assert 'value="08:00-17:00"' in adam.get(f"{STEPS}/hours").text
    hours = {"hours-0": "08:00-12:00, 13:00-17:00", "closed_on": "2026-12-24"}
    assert adam.post(f"{STEPS}/hours", data=hours).location == f"{STEPS}/line"
    assert adam.get(STEPS).location == f"{STEPS}/line"
    assert adam.post(f"{STEPS}/line", data={"number": "+15035550100"}).location == f"{STEPS}/team"
    assert (
        adam.post(f"{STEPS}/team", data={"name": "Care", "lead": "on"}).location
        == f"{STEPS}/navigator"
    )
    person = {"email": "nina@example.org", "name": "Nina Noor"}
    invited = adam.post(f"{STEPS}/navigator", data=person)
    assert invited.status_code == 201
    assert "http://localhost:8000/join/" in invited.text
    assert adam.get(STEPS).location == f"{STEPS}/text"
    look_again()
    assert db.session.scalars(select(Practice)).one().hours == {
        "0": [["08:00", "12:00"], ["13:00", "17:00"]]
    }
    assert db.session.scalars(select(Line)).one().number == "+15035550100"
    nina = db.session.scalars(select(User).where(User.name == "Nina Noor")).one()
    team = db.session.scalars(select(CareTeam)).one()
    assert (nina.role, nina.is_invited) == (Role.NAVIGATOR, True)
    assert (
        team.leader_id == db.session.scalars(select(User.id).where(User.role == Role.ADMIN)).one()
    )


def test_a_step_that_cannot_be_saved_stays_and_says_why(adam: FlaskClient) -> None:
    for step, data in (
        ("practice", {"name": "", "time_zone": "America/Los_Angeles"}), ("hours", {"hours-0": "8 to 5"}),
        ("line", {"number": "12"}), ("team", {"name": ""}), ("navigator", {"email": "nina"}),
        ("text", {"phone": "+15035550101"}),
    ):  # fmt: skip
        answer = adam.post(f"{STEPS}/{step}", data=data)
        assert answer.status_code == 422, step
        assert "Nothing was saved" in answer.text, step


def test_a_lines_own_account_is_kept_encrypted(
    app: Flask, world: World, make_app: Callable[..., Flask], sign_in: Callable[[User], FlaskClient]
) -> None:
    built = make_app(
        carrier="twilio", twilio_account_sid=None, twilio_auth_token=None,
        public_url="https://t.example.org",
    )  # fmt: skip
    built.config["WTF_CSRF_ENABLED"] = False
    client = built.test_client()
    client.post(
        "/sign-in", base_url="https://t.example.org",
        data={"email": "adam@harbor.example.org", "password": "correct horse battery"},
    )  # fmt: skip
    number = {"number": "+15035550177"}

    def save(**more: str) -> tuple[int, str]:
        answer = client.post(f"{STEPS}/line", base_url="https://t.example.org", data=number | more)
        return answer.status_code, answer.text

    status, text = save()
    assert (status, "none of its own" in text) == (422, True)
    assert save(account_sid="AC" + "1" * 32, auth_token="open-sesame")[0] == 303
    look_again()
    line = db.session.scalars(select(Line).where(Line.number == number["number"])).one()
    assert (line.account_sid, line.auth_token) == ("AC" + "1" * 32, "open-sesame")
    raw = db.session.connection().exec_driver_sql(
        "SELECT auth_token FROM line WHERE number = '+15035550177'"
    )
    assert b"open-sesame" not in bytes(raw.scalar_one())
    page = client.get(f"{STEPS}/line", base_url="https://t.example.org").text
    assert "open-sesame" not in page
    assert "https://t.example.org/webhooks/twilio/messages" in page


def test_a_text_to_oneself_leaves_by_the_outbox_and_shows_where_it_stands(
    adam: FlaskClient, clock: Clock
) -> None:
    adam.post(f"{STEPS}/line", data={"number": "+15035550100"})
    sent = adam.post(f"{STEPS}/text", data={"phone": "+15035550101", "mine": "on"})
    assert sent.status_code == 201
    assert "Your set-up works" in sent.text
    look_again()
    message = db.session.scalars(select(Message)).one()
    assert message.status is MessageStatus.QUEUED
    assert adam.get(STEPS).location == f"{STEPS}/hours"  # not sent yet, and hours are open
    outbox.deliver_due()
    fragment = adam.get(f"{STEPS}/text", headers={"HX-Request": "true"}).text
    assert "Sent" in fragment or "Delivered" in fragment
    assert "<html" not in fragment
    again = adam.post(f"{STEPS}/text", data={"phone": "+15035550102", "mine": "on"})
    assert again.status_code == 201
    assert [patient.mrn for patient in db.session.scalars(select(Patient))] == ["SET-UP"]


def test_the_gate_holds_a_text_to_oneself_at_night(adam: FlaskClient, clock: Clock) -> None:
    adam.post(f"{STEPS}/line", data={"number": "+15035550100"})
    clock.advance(hours=14)  # 11 p.m. there
    adam.post("/sign-in", data={"email": FIRST["email"], "password": FIRST["password"]})
    sent = adam.post(f"{STEPS}/text", data={"phone": "+15035550101", "mine": "on"})
    assert sent.status_code == 201, sent.text
    outbox.deliver_due()
    look_again()
    message = db.session.scalars(select(Message)).one()
    assert (message.status, message.sent_at) == (MessageStatus.QUEUED, None)
    assert message.verdict is not None
    assert message.verdict["reason"] == "quiet_hours"
