"""Signing in to the portal: a link to a number on file, a birth date, a session that ends."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import consents
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import SYSTEM
from app.models.patient import Patient, PatientStatus
from app.models.secret import PortalLink, PortalSession, SecretDirectory
from app.web.portal import sign_in
from messaging.delivery import MessageStatus
from tests.web.portal.conftest import Enter, ask, born, links_texted
from tests.world import World

LinkFor = Callable[[Patient], str]
CHAT = "/portal/my/chat"
WRONG = date(1980, 1, 1)


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
    assert client.get(known.headers["Location"]).text == client.get(known.headers["Location"]).text
    assert len(links_texted()) == 1


@pytest.mark.parametrize("number", ["5035550102", "5035550190"])
def test_it_answers_after_the_same_time(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setattr(sign_in, "ANSWER_SECONDS", 0.4)
    began = time.monotonic()
    ask(client, number)
    assert 0.4 <= time.monotonic() - began < 1.0


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


def test_it_spends_nothing_when_a_previewer_opens_the_link(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "Sam" not in page.text
    assert client.post(path, data=born()).status_code == 303


def test_it_lets_a_link_in_only_once(
    app: Flask, client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    assert client.post(path, data=born()).status_code == 303
    second = app.test_client()
    assert second.post(path, data=born()).status_code == 410
    assert second.get(path).status_code == 410
    assert second.get(CHAT).status_code == 303


def test_it_lets_a_link_die_after_a_quarter_of_an_hour(
    client: FlaskClient, world: World, link_for: LinkFor, clock: Any
) -> None:
    path = link_for(world.sam)
    clock.advance(minutes=14, seconds=59)
    assert client.get(path).status_code == 200
    clock.advance(seconds=1)
    assert client.post(path, data=born()).status_code == 410


def test_it_kills_a_link_after_five_wrong_birth_dates(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    codes = [client.post(path, data=born(WRONG)).status_code for _ in range(5)]
    assert codes == [422, 422, 422, 422, 410]
    assert client.post(path, data=born()).status_code == 410


def test_it_counts_wrong_birth_dates_over_all_links_of_a_number(
    client: FlaskClient, world: World, link_for: LinkFor, clock: Any
) -> None:
    for _ in range(3):
        path = link_for(world.sam)
        for _ in range(5):
            client.post(path, data=born(WRONG))
    assert client.post(link_for(world.sam), data=born()).status_code == 410
    clock.advance(days=1, minutes=1)
    assert client.post(link_for(world.sam), data=born()).status_code == 303


def test_it_asks_for_a_day_that_exists_without_counting_it(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    path = link_for(world.sam)
    odd = {"day": "31", "month": "2", "year": "1957"}
    assert client.post(path, data=odd).status_code == 422
    assert db.session.scalars(select(PortalLink)).one().tries == 0


def test_it_tells_people_on_one_phone_apart_by_birth_date(
    app: Flask, world: World, link_for: LinkFor
) -> None:
    with transaction():
        db.session.merge(world.lee).birth_date = date(1958, 11, 5)
    client = app.test_client()
    assert client.post(link_for(world.kim), data=born(date(1958, 11, 5))).status_code == 303
    text = client.get(CHAT).text
    assert "Lee" in text
    assert "Kim" not in text


def test_it_asks_twins_for_their_initials(
    client: FlaskClient, world: World, link_for: LinkFor
) -> None:
    assert world.kim.birth_date == world.lee.birth_date
    path = link_for(world.kim)
    page = client.post(path, data=born())
    assert page.status_code == 200
    assert ">KT</button>" in page.text
    assert ">LT</button>" in page.text
    assert "Kim" not in page.text
    assert client.get(CHAT).status_code == 303  # not in yet
    stranger = client.post(path, data=born(patient=str(world.sam.id)))
    assert stranger.status_code == 422
    assert client.post(path, data=born(patient=str(world.lee.id))).status_code == 303
    assert "Lee" in client.get(CHAT).text


def test_it_stores_only_digests(client: FlaskClient, world: World, link_for: LinkFor) -> None:
    path = link_for(world.sam)
    client.post(path, data=born())
    cookie = client.get_cookie("touchline_portal")
    assert cookie is not None
    assert cookie.http_only
    stored = " ".join(db.session.scalars(select(SecretDirectory.digest)))
    assert path.rsplit("/", 1)[1] not in stored
    assert cookie.value not in stored


def test_it_ends_an_idle_session(world: World, enter: Enter, clock: Any) -> None:
    client = enter(world.sam)
    clock.advance(minutes=29)
    assert client.get(CHAT).status_code == 200
    clock.advance(minutes=29)
    assert client.get(CHAT).status_code == 200
    clock.advance(minutes=30)
    assert client.get(CHAT).status_code == 303


def test_it_does_not_take_a_page_that_polls_for_a_person(
    world: World, enter: Enter, clock: Any
) -> None:
    client = enter(world.sam)
    polling = {"X-Touchline-Auto": "1", "HX-Request": "true"}
    for _ in range(4):
        clock.advance(minutes=8)
        answer = client.get(CHAT, headers=polling)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/portal"


def test_it_ends_every_session_after_half_a_day(world: World, enter: Enter, clock: Any) -> None:
    client = enter(world.sam)
    for _ in range(12 * 3 - 1):
        clock.advance(minutes=20)
        assert client.get(CHAT).status_code == 200
    clock.advance(minutes=20)
    assert client.get(CHAT).status_code == 303


def test_it_signs_out_on_the_server(world: World, enter: Enter, app: Flask) -> None:
    client = enter(world.sam)
    cookie = client.get_cookie("touchline_portal")
    assert client.post("/portal/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("touchline_portal", cookie.value if cookie else "")
    assert thief.get(CHAT).status_code == 303
    assert db.session.scalars(select(PortalSession)).one().ended_at is not None


def test_it_lets_staff_and_a_patient_sit_at_one_browser(
    world: World, link_for: LinkFor, sign_in: Callable[..., FlaskClient]
) -> None:
    client = sign_in(world.ana)
    client.post(link_for(world.sam), data=born())
    assert client.get(CHAT).status_code == 200
    assert client.get("/").status_code == 200
    watch = client.get(f"/topics?watch=board@-1&watch=patient:{world.sam.id}@-1").get_json()
    assert watch["gone"] == []


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
