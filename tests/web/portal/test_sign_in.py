"""Asking for a sign-in link: the same answer for everybody, a text only to a number on file."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import consents
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import SYSTEM
from app.models.patient import PatientStatus
from app.models.practice import Practice
from app.web.portal import sign_in
from messaging.delivery import MessageStatus
from tests.web.portal.conftest import ask, born, links_texted
from tests.world import World

CHAT = "/portal/my/chat"


def path_in(body: str) -> str:
    return next(word for word in body.split() if "/portal/in/" in word).removeprefix(
        "http://localhost:8000"
    )


def test_it_texts_a_link_that_opens_the_chat(client: FlaskClient, world: World) -> None:
    answer = ask(client, "(503) 555-0102")
    assert answer.headers["Location"] == "/portal/harbor/links"
    (text,) = links_texted()
    assert text.patient_id == world.sam.id
    assert text.status is MessageStatus.QUEUED
    assert text.solicited
    assert client.get(path_in(text.body)).status_code == 200
    assert client.post(path_in(text.body), data=born()).headers["Location"] == CHAT
    assert "Sam" in client.get(CHAT).text


def test_it_answers_a_number_it_does_not_know_in_the_same_way(
    client: FlaskClient, world: World
) -> None:
    known, unknown = ask(client, "5035550102"), ask(client, "5035550190")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert len(links_texted()) == 1


@pytest.mark.parametrize("number", ["5035550102", "5035550190"])
def test_it_answers_after_the_same_time(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setattr(sign_in, "ANSWER_SECONDS", 0.4)
    waited: list[float] = []
    looks = iter((100.0, 100.15))
    watch = SimpleNamespace(monotonic=lambda: next(looks), sleep=waited.append)
    monkeypatch.setattr(sign_in, "time", watch)
    ask(client, number)
    assert waited == [pytest.approx(0.25)]


def test_it_stops_texting_a_number_that_asks_too_often(client: FlaskClient, world: World) -> None:
    answers = [ask(client, "5035550102").status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]
    assert ask(client, "5035550190").status_code == 303  # counted for each number
    assert len(links_texted()) == 3


def test_it_asks_for_a_whole_number(client: FlaskClient, world: World) -> None:
    answer = ask(client, "555-0102")
    assert answer.status_code == 422
    assert "ten digits" in answer.text


def test_it_texts_nobody_who_said_stop_and_nobody_who_died(
    client: FlaskClient, world: World
) -> None:
    with transaction():
        patient = db.session.merge(world.sam)
        patient.status = PatientStatus.DECEASED
    ask(client, "5035550102")
    assert links_texted() == []
    ask(client, "5035550105")  # Olga's number opted out
    (text,) = links_texted()
    assert text.status is MessageStatus.WITHHELD


def test_it_files_a_link_for_a_shared_phone_under_nobody(client: FlaskClient, world: World) -> None:
    ask(client, "5035550103")
    (text,) = links_texted()
    assert text.patient_id is None
    thread = db.session.scalars(
        select(Conversation).where(Conversation.id == text.conversation_id)
    ).one()
    assert thread.waiting_since is None  # nobody has to answer it


def test_it_sends_the_only_practice_home_and_asks_among_several(
    client: FlaskClient, world: World
) -> None:
    page = client.get("/portal")
    assert page.status_code == 200
    assert world.practice.name not in page.text
    assert client.get("/portal/nowhere").status_code == 404
    assert "Harbor Family Clinic" in client.get("/portal/harbor").text


def test_it_keeps_consent_out_of_it(client: FlaskClient, world: World, clock: Any) -> None:
    with transaction():
        said = consents.Said(how=consents.ConsentHow.DESK, wording="No texts")
        consents.withdraw(db.session.merge(world.sam), None, said, by=SYSTEM, at=clock.now)
    clock.advance(seconds=1)
    ask(client, "5035550102")
    (text,) = links_texted()
    assert text.status is MessageStatus.WITHHELD  # never after an opt-out, asked for or not


def test_it_lets_the_link_expire_with_its_text(
    client: FlaskClient, world: World, clock: Any
) -> None:
    ask(client, "5035550102")
    (text,) = links_texted()
    assert text.not_after == clock.now + timedelta(minutes=15)
    assert path_in(text.body) not in text.shown_body


def test_it_says_so_when_texts_do_not_leave(client: FlaskClient, world: World) -> None:
    words = "We cannot send texts at the moment."
    assert words not in client.get("/portal/harbor").text
    with transaction():
        db.session.get_one(Practice, world.practice.id).is_invented = False  # on the sandbox
    for path in ("/portal/harbor", "/portal/harbor/links"):
        assert words in client.get(path).text
    ask(client, "5035550102")
    (text,) = links_texted()
    assert text.withheld_reason == "carrier_not_real"
