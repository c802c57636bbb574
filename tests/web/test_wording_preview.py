"""The editor: the words the lint means are marked, folding is shown, and how it reads for one patient."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.models.message import Message
from app.models.patient import Patient
from app.models.user import User
from tests.conftest import Clock
from tests.world import World, look_again

ASK = "/settings/wording/medication_received.ask"
WORDS = {
    "words_en": "{practice_name}, {practice_phone}: {patient_first_name}, is it there? {options}",
    "words_es": "{practice_name}, {practice_phone}: {patient_first_name}, ¿ya llegó? {options}",
}


@pytest.fixture
def lea(sign_in: Callable[[User], FlaskClient], world: World) -> FlaskClient:
    return sign_in(world.lea)


def read(client: FlaskClient, patient: Patient, here: str = ASK, **words: str) -> str:
    answer = client.post(f"{here}/reads/{patient.id}", data=WORDS | words)
    assert answer.status_code == 200
    return answer.text


def test_it_marks_the_word_and_shows_what_folding_does(lea: FlaskClient) -> None:
    here = "/settings/wording/reply.ride/en/check"
    page = lea.post(here, data={"words_en": "Your insulin’s ready — call “us”"}).text
    assert "<mark>insulin" in page
    assert "Sent in plain characters: ’ — “ ”" in page
    assert "Your insulin&#39;s ready - call &#34;us&#34;" in page
    assert "No words yet" in lea.post(here, data={"words_en": " "}).text
    plain = lea.post(here, data={"words_en": "Ready"}).text
    assert "<mark>" not in plain
    assert "Sent in plain" not in plain


def test_it_reads_as_the_patient_would_get_it(lea: FlaskClient, world: World) -> None:
    page = read(lea, world.sam)
    assert "Harbor Family Clinic, (503) 555-0199: Sam, is it there? Reply 1" in page
    assert "It may leave now" in page
    page = read(lea, world.rosa)
    assert "Rosa, ¿ya llegó?" in page
    assert "Spanish" in page
    page = read(lea, world.olga)
    assert "It would not be sent" in page


def test_it_says_when_it_would_wait(lea: FlaskClient, world: World, clock: Clock) -> None:
    clock.set(clock.now.replace(hour=5, minute=30))  # 21:30 where the patients are
    page = read(lea, world.sam)
    assert "It may leave now" not in page
    assert "check-wait" in page


def test_it_reads_in_english_where_there_are_no_words(lea: FlaskClient, world: World) -> None:
    page = read(lea, world.rosa, words_es="  ")
    assert "Rosa, is it there?" in page
    assert "English: there are no words in Spanish, which they read" in page


def test_it_names_what_is_only_an_example_and_what_is_missing(
    lea: FlaskClient, world: World
) -> None:
    page = read(lea, world.sam, words_en="See you on {appointment_day}, {first_name}")
    assert "This wording needs {first_name}" in page
    page = read(lea, world.sam, words_en="See you on {appointment_day}.")
    assert "See you on Wednesday, September 23." in page
    assert "Filled in with an example, because it belongs to a task: appointment day" in page


def test_it_judges_a_reply_as_a_reply(lea: FlaskClient, world: World) -> None:
    with transaction():
        db.session.get_one(Patient, (world.practice.id, world.sam.id)).preferred_channel = "portal"
    page = read(lea, world.sam, "/settings/wording/reply.ride", words_en="We can drive you.")
    assert "in the portal, where they want to be written to" in page


def test_it_finds_patients_and_writes_nothing(lea: FlaskClient, world: World) -> None:
    page = lea.get(f"{ASK}/people?q=Sam").text
    assert f"{ASK}/reads/{world.sam.id}" in page
    assert "Nobody found" in lea.get(f"{ASK}/people?q=Nobody").text
    read(lea, world.sam)
    look_again()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
