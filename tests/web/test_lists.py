"""A text to a list on its pages: written, looked at, confirmed once; for leads and admins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.core.db import db, transaction
from app.models.event import AccessLog
from app.models.list_send import ListSend
from app.models.message import Message
from app.models.task import TaskType
from app.models.user import User
from tests.actions.list_sends import WORDS, crowd, everyone
from tests.phones import Phones
from tests.web.list_pages import FORM, confirm, look, only, people_on, seal_in
from tests.world import World
from workers import lists as sweep

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def test_it_shows_who_gets_it_and_who_does_not_and_writes_nothing(
    lea: FlaskClient, world: World
) -> None:
    page = " ".join(look(lea).split())
    assert "<strong>Everyone</strong>: 6 people. Nothing has been sent yet." in page
    assert "Get it now: 5" in page
    assert "Will not get it: 1" in page
    assert "This number has opted out of texts" in page
    assert f'<a href="/patients/{world.olga.id}">Olga Petrova</a>' in page
    assert "Send to 5 people" in page
    assert "2 people share a number with somebody on this list" in page
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    assert db.session.scalar(select(func.count()).select_from(ListSend)) == 0
    named = select(AccessLog.patient_id).where(AccessLog.through == "list")
    assert set(db.session.scalars(named)) == {each.id for each in everyone(world)}


def test_it_narrows_by_what_patients_have(lea: FlaskClient, world: World, phones: Phones) -> None:
    phones.ask(world.tom, TaskType.MEDICATION_RECEIVED)
    with transaction():
        db.session.merge(world.sam).pcp = "Dr. Lee"
    form = lea.get("/lists/new").text
    for offered in ("Chronic conditions", "Spanish", "Dr. Lee", "Pier team"):
        assert offered in form, offered
    for narrowed, total in (
        ({"language": "es"}, 1), ({"pcp": "Dr. Lee"}, 1), ({"team": world.other_team.id}, 1),
        ({"type": "medication_received"}, 1), ({"language": "en"}, 5),
    ):  # fmt: skip
        said = f"{total} {'person' if total == 1 else 'people'}."
        assert said in look(lea, **narrowed), narrowed


def test_it_sends_to_people_picked_by_name_and_to_nobody_else(
    lea: FlaskClient, world: World
) -> None:
    found = lea.get("/lists/people?q=jimenez").text
    assert f"/lists/people?patient={world.rosa.id}" in found
    picked = lea.get(f"/lists/people?patient={world.rosa.id}&patient={world.sam.id}").text
    assert picked.count('name="patient"') == 2
    dropped = lea.get(
        f"/lists/people?drop={world.sam.id}&patient={world.rosa.id}&patient={world.sam.id}"
    )
    assert dropped.text.count('name="patient"') == 1
    confirm(lea, patient=[str(world.rosa.id), str(world.sam.id)], language="en")
    assert people_on(only()) == {"Rosa", "Sam"}
    assert only().audience["words"] == "2 picked by name"


def test_it_refuses_people_of_another_practice(lea: FlaskClient, world: World) -> None:
    form = {**FORM, "patient": [str(world.sam.id), str(world.zoe.id)]}
    answer = lea.post("/lists/preview", data=form)
    assert answer.status_code == 422
    assert "is not there any more" in answer.text
    assert "Zoe" not in answer.text
    assert lea.post("/lists/reads", data={**FORM, "who": str(world.zoe.id)}).status_code == 404
    other = {**FORM, "team": str(world.cara.id), "subgroup": str(world.zoe.id)}
    assert "Nobody fits this" in lea.post("/lists/preview", data=other).text


def test_it_says_what_is_wrong_beside_the_field_and_keeps_what_was_written(
    lea: FlaskClient, world: World
) -> None:
    for wrong, words in (
        ({"words_en": "Flu shots!", "words_es": ""}, "add {practice_name}"),
        ({"words_es": WORDS["es"] + " diabetes"}, "leave out"),
        ({"per_minute": "many"}, "whole number"),
        ({"send_after": "2020-01-01T10:00"}, "still to come"),
        ({"not_after": "2020-01-01T10:00"}, "later than now"),
        ({"purpose": "marketing"}, "what it is about"),
    ):
        answer = lea.post("/lists/preview", data={**FORM, **wrong})
        assert answer.status_code == 422, wrong
        assert words in answer.text, wrong
        assert "Nothing was sent" in answer.text
    assert "Flu shots are here" in answer.text


def test_it_tells_of_a_language_without_words(lea: FlaskClient, world: World) -> None:
    page = " ".join(look(lea, words_es="").split())
    assert "No words in: Spanish (1 person)" in page
    assert "Will not get it: 2" in page
    assert "No words in" not in look(lea, words_es="", others="yes")


def test_it_shows_how_it_reads_for_one_person(lea: FlaskClient, world: World) -> None:
    page = lea.post("/lists/reads", data={**FORM, "who": str(world.rosa.id)}).text
    assert "Hola, Rosa: le escribe Harbor Family Clinic" in page


def test_it_checks_the_words_while_they_are_written(lea: FlaskClient) -> None:
    said = lea.post("/lists/check/en", data={"words_en": "Your diabetes: reply STOP"}).text
    for words in ("leave out", "add {practice_name}", "Phone carriers act on"):
        assert words in said
    task = lea.post("/lists/check/en", data={"words_en": "{appointment_day}"}).text
    assert "belongs to a task" in task
    assert lea.post("/lists/check/xx", data={}).status_code == 404


def test_it_sends_once_when_pressed_twice_and_by_two_people(
    lea: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    seal = seal_in(look(lea))
    form = {**FORM, "seal": seal}
    first = lea.post("/lists", data=form).headers["Location"]
    assert lea.post("/lists", data=form).headers["Location"] == first
    adam = sign_in(world.adam)
    assert adam.post("/lists", data={**form, "key": "adams own"}).headers["Location"] == first
    assert "nothing is sent twice" in adam.get(first).text
    sweep.run()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 6


def test_it_sends_once_when_two_people_press_at_the_same_moment(
    lea: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    adam, seal = sign_in(world.adam), seal_in(look(lea))

    def press(n: int) -> str:
        form = {**FORM, "seal": seal, "key": f"k{n}"}
        return str((lea, adam)[n % 2].post("/lists", data=form).headers["Location"])

    with ThreadPoolExecutor(4) as pool:
        pages = set(pool.map(press, range(4)))
    assert len(pages) == 1
    assert len(people_on(only())) == 6


def test_it_shows_the_people_again_when_they_changed_meanwhile(
    lea: FlaskClient, world: World, clock
) -> None:
    seal = seal_in(look(lea))
    crowd(world, clock, 1)
    answer = lea.post("/lists", data={**FORM, "seal": seal})
    assert answer.status_code == 409
    assert "The people changed since you looked" in answer.text
    assert db.session.scalar(select(func.count()).select_from(ListSend)) == 0
    assert lea.post("/lists", data={**FORM, "seal": seal_in(answer.text)}).status_code == 303


def test_it_is_for_leads_and_admins(sign_in: SignInAs, world: World) -> None:
    for user in (world.ana, world.anton):
        client = sign_in(user)
        assert client.get("/lists").status_code == 403
        assert client.post("/lists", data=MultiDict(FORM)).status_code == 403
        assert "Send to a list" not in client.get("/patients").text
    adam = sign_in(world.adam)
    assert "No list sent yet" in adam.get("/lists").text
    assert "Send to a list" in adam.get("/patients").text
