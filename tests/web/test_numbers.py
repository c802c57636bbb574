"""A number's history on one page, and the consent wording to be printed."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.actions import carrier_blocks, consents, patients
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.event import SYSTEM, record
from app.models.patient import Patient
from app.models.user import User
from app.queries.number_history import number_history
from app.web.consent_wording import LANGUAGES, SCRIPTS, wording
from tests.phones import Phones
from tests.statements import reads
from tests.world import World, look_again

SignIn = Callable[[User], FlaskClient]


def page_of(client: FlaskClient, world: World, patient: Patient) -> str:
    answer = client.get(f"/numbers/{world.number(patient).id}")
    assert answer.status_code == 200
    return answer.text


def test_it_tells_stop_start_and_marks_newest_first(
    ana: FlaskClient, world: World, phones: Phones, clock
) -> None:
    clock.advance(minutes=1)
    phones.text(world.sam, "STOP")
    clock.advance(minutes=1)
    phones.text(world.sam, "START")
    clock.advance(minutes=1)
    with transaction():
        number = db.session.merge(world.number(world.sam))
        record(number, "number.marked", by=SYSTEM, at=clock.now, state="landline", code=30006)
    text = page_of(ana, world, world.sam)
    history = text[text.index("History, newest first") :]
    order = [
        "marked as landline",
        ">START<",
        ">STOP<",
        "May we text you",
        "From now on the number of",
    ]
    places = [history.index(words) for words in order]
    assert places == sorted(places)
    assert "code 30006" in history
    assert "Sam Porter" in history


def test_it_says_how_it_stands_now(ana: FlaskClient, world: World, clock) -> None:
    assert "In force since" in page_of(ana, world, world.olga)
    with transaction():
        carrier_blocks.block(db.session.merge(world.number(world.olga)), None, at=clock.now)
    assert "Blocks our texts since" in page_of(ana, world, world.olga)


def test_it_says_who_shared_it_and_until_when(ana: FlaskClient, world: World, clock) -> None:
    number_id = world.number(world.kim).id
    clock.advance(minutes=5)
    with transaction():
        patients.update(db.session.merge(world.lee), phone="+15035550144", by=SYSTEM, at=clock.now)
    text = ana.get(f"/numbers/{number_id}").text
    assert "Kim Tran" in text
    assert "No longer the number" in text
    assert "Lee Tran" in text


def share_with_tom(world: World, clock) -> None:
    """Rosa's number is Tom's too, who is with another team; he says something of his own."""
    with transaction():
        tom = db.session.merge(world.tom)
        patients.update(tom, phone="+15035550101", by=SYSTEM, at=clock.now)
        db.session.flush()
        said = consents.Said(how=ConsentHow.DESK, wording="Words only Tom's team reads")
        consents.give(
            tom, db.session.merge(world.number(world.rosa)), said, by=SYSTEM, at=clock.now
        )


def test_it_does_not_name_patients_of_other_teams(
    sign_in: SignIn, ana: FlaskClient, world: World, clock
) -> None:
    share_with_tom(world, clock)
    text = page_of(ana, world, world.rosa)
    assert "a patient of another team" in text
    assert "Tom Baker" not in text
    assert "Words only" not in text
    lead = page_of(sign_in(world.lea), world, world.rosa)
    assert "Tom Baker" in lead
    assert "Words only" in lead
    ben = page_of(sign_in(world.ben), world, world.rosa)
    assert "Rosa Jimenez" not in ben
    assert "Tom Baker" in ben


def test_it_shows_the_number_of_somebody_unknown(
    ana: FlaskClient, sign_in: SignIn, world: World, phones: Phones
) -> None:
    phones.text("+15035550188", "STOP")
    look_again()
    number_id = phones.intakes()[0].phone_number_id
    assert "its owner is not known" in ana.get(f"/numbers/{number_id}").text
    assert sign_in(world.cara).get(f"/numbers/{number_id}").status_code == 404


def test_it_is_reached_from_the_patients_consents(ana: FlaskClient, world: World) -> None:
    text = ana.get(f"/patients/{world.rosa.id}").text
    assert f"/numbers/{world.number(world.rosa).id}" in text
    assert "/consent-form?language=es" in text


def test_it_asks_as_much_for_a_long_history_as_for_a_short_one(world: World, clock) -> None:
    viewer, number = world.viewer(world.ana), world.number(world.sam)
    look_again()
    with reads() as short:
        number_history(viewer, number.id)
    with transaction():
        said = consents.Said(how=ConsentHow.DESK, wording="Yes")
        for _ in range(9):
            consents.give(
                db.session.merge(world.sam), db.session.merge(number), said, by=SYSTEM, at=clock.now
            )
    look_again()
    with reads() as long:
        assert len(number_history(viewer, number.id).moments) == 11
    assert len(long) == len(short) <= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_the_very_words_that_are_recorded(
    ana: FlaskClient, world: World, language: str
) -> None:
    text = ana.get(f"/consent-form?language={language}").text
    words = wording("given", language, world.practice)
    assert text.count(words) == 2  # on the sheet and in the script
    other = next(each for each in LANGUAGES if each != language)
    assert text.index(words) < text.index(wording("given", other, world.practice))
    for step in SCRIPTS[language]:
        assert step.format(name=world.practice.name, line="(503) 555-0100") in text


def test_every_language_has_a_sheet_and_a_script(ana: FlaskClient) -> None:
    assert set(SCRIPTS) == set(LANGUAGES)
    text = ana.get("/consent-form").text
    assert "Firma" in text
    assert "Signature" in text
