"""More languages: a practice adds one, writes and approves words in it, and each patient gets their own where
there are words, else English; the message says which and why."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import practice_languages, task_wording, templates
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import Event
from app.models.message import Message
from app.models.patient import Patient
from app.models.patient_fields import clean_language
from app.models.practice import Practice
from app.models.task import TaskType
from app.models.user import User
from messaging.clinical import listed_in
from messaging.languages import LANGUAGES
from messaging.segments import Encoding, count
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.wordings import use_words
from tests.world import World, look_again

HTMX = {"HX-Request": "true"}
ASK = "medication_received.ask"
UKRAINIAN = (
    "{patient_first_name}, це {practice_name}, {practice_phone}. Ви отримали ліки? "
    "1 = Так, 2 = Ні, 3 = Ще ні"
)
ARABIC = "{practice_name}، {practice_phone}: هل وصل الدواء؟ 1 = نعم، 2 = لا، 3 = ليس بعد"

CLINICAL = {"uk": "діабет", "ar": "سكري"}


@pytest.fixture
def lea(sign_in: Callable[[User], FlaskClient], world: World) -> FlaskClient:
    return sign_in(world.lea)


def practice(world: World) -> Practice:
    look_again()
    return db.session.get_one(Practice, world.practice.id)


def offer(world: World, clock: Clock, tag: str, body: str = "") -> None:
    with transaction():
        row = db.session.get_one(Practice, world.practice.id)
        practice_languages.add(row, tag, by=world.system.actor, at=clock.now)
        words = [CLINICAL.get(tag, "xyz")]
        practice_languages.list_words(row, tag, words, by=world.system.actor, at=clock.now)
        if body:
            use_words(row, ASK, tag, body, at=clock.now)


def reads_in(world: World, patient: Patient, tag: str) -> None:
    with transaction():
        db.session.get_one(Patient, (world.practice.id, patient.id)).language = tag


def asked(world: World, phones: Phones, patient: Patient) -> Message:
    look_again()
    phones.ask(patient, TaskType.MEDICATION_RECEIVED)
    look_again()
    rows = select(Message).where(Message.template_key == ASK, Message.patient_id == patient.id)
    return db.session.scalars(rows).one()


def test_it_writes_in_the_patients_language_where_there_are_words(
    world: World, phones: Phones, clock: Clock, lea: FlaskClient
) -> None:
    offer(world, clock, "uk", UKRAINIAN)
    reads_in(world, world.sam, "uk")
    text = asked(world, phones, world.sam)
    assert text.body.startswith("Sam, це Harbor Family Clinic")
    assert (text.language, text.wanted_language, text.template_version) == ("uk", None, 1)
    assert count(text.body).encoding is Encoding.UCS2
    assert text.segments == count(text.body).segments == 2
    assert "Ukrainian, theirs" in lea.get(f"/messages/{text.id}/why").text


def test_it_falls_back_to_english_and_says_why(
    world: World, phones: Phones, clock: Clock, lea: FlaskClient
) -> None:
    offer(world, clock, "uk")
    reads_in(world, world.sam, "uk")
    text = asked(world, phones, world.sam)
    assert text.body.startswith("Hello Sam, this is Harbor Family Clinic")
    assert (text.language, text.wanted_language) == ("en", "uk")
    page = lea.get(f"/messages/{text.id}/why").text
    assert "English: there were no approved words in Ukrainian, which they read" in page


def test_it_uses_no_words_of_a_language_that_was_removed(
    world: World, phones: Phones, clock: Clock, lea: FlaskClient
) -> None:
    offer(world, clock, "uk", UKRAINIAN)
    reads_in(world, world.sam, "uk")
    assert lea.delete("/settings/languages/uk", headers=HTMX).status_code == 204
    assert lea.delete("/settings/languages/uk", headers=HTMX).status_code == 409
    assert asked(world, phones, world.sam).language == "en"
    assert lea.post("/settings/languages", data={"language": "uk"}).status_code == 303
    assert templates.phrase_for(practice(world), ASK, "uk").own  # they were kept


def test_it_adds_only_languages_of_the_list(world: World, clock: Clock) -> None:
    row = practice(world)
    by, at = world.system.actor, clock.now
    for tag, problem in (("xx", Invalid), ("en", Conflict), ("es", Conflict)):
        with pytest.raises(problem), transaction():
            practice_languages.add(row, tag, by=by, at=at)
    offer(world, clock, "vi")
    facts = db.session.scalars(select(Event.facts).where(Event.kind == "practice.changed")).all()
    assert facts[-2]["after"] == {"languages": ["vi"]}


def test_it_lists_what_is_missing_in_each_language(
    world: World, clock: Clock, lea: FlaskClient
) -> None:
    reads_in(world, world.kim, "vi")
    page = lea.get("/settings/languages").text
    assert "Vietnamese: 1 patient, who get English" in page
    offer(world, clock, "vi")
    offer(world, clock, "uk", UKRAINIAN)
    page = lea.get("/settings/languages").text
    assert f'href="/settings/wording/{ASK}#side-vi"' in page
    assert f'href="/settings/wording/{ASK}#side-uk"' not in page
    assert "Every wording has words in it" in page  # English and Spanish
    assert "1 patient reads it" in page


def test_it_asks_for_the_list_with_as_many_statements_for_more_languages(
    world: World, clock: Clock, lea: FlaskClient
) -> None:
    def page() -> int:
        look_again()
        with reads() as statements:
            assert lea.get("/settings/languages").status_code == 200
            assert lea.get("/settings/wording").status_code == 200
            assert lea.get(f"/settings/wording/{ASK}").status_code == 200
        return len(statements)

    before = page()
    for tag in ("vi", "uk", "ar", "so"):
        offer(world, clock, tag)
    assert page() == before


def test_it_lints_what_is_written_from_right_to_left(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    offer(world, clock, "ar")
    page = lea.get(f"/settings/wording/{ASK}").text
    assert 'id="body-ar"' in page
    assert 'dir="rtl"' in page
    here = f"/settings/wording/{ASK}/ar"
    fine = lea.post(f"{here}/check", data={"body": ARABIC}).text
    assert "Nothing stands against it" in fine
    assert "2 texts" in fine
    bare = lea.post(
        f"{here}/check", data={"body": "{practice_name}، {practice_phone}: هل وصل الدواء؟"}
    )
    assert "Say how to answer" in bare.text
    reserved = lea.post(f"{here}/check", data={"body": ARABIC + " Reply YES."})
    assert "Phone carriers act on the reply YES" in reserved.text
    assert lea.post(here, data={"body": ARABIC}).status_code == 303
    assert "A draft waits for approval" in lea.get("/settings/wording").text


def test_no_words_pass_before_the_practice_listed_its_clinical_ones(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    here, listing = f"/settings/wording/{ASK}/uk", "/settings/languages/uk/words"
    assert lea.post(listing, data={"words": "діабет"}).status_code == 409
    assert lea.post("/settings/languages", data={"language": "uk"}).status_code == 303
    assert "No words can be approved yet" in lea.get("/settings/languages").text
    refused = lea.post(here, data={"body": UKRAINIAN})
    assert refused.status_code == 422
    assert "Say first which words no text may hold" in refused.text
    assert lea.post(listing, data={"words": " \n..."}).status_code == 422
    assert lea.post(listing, data={"words": "діабет\n  Рак \nдіабет"}).status_code == 303
    assert practice(world).clinical_words == {"uk": ["діабет", "Рак"]}
    named = lea.post(f"{here}/check", data={"body": UKRAINIAN + " Діабету немає."}).text
    assert "leave out &#34;діабет&#34;" in named
    assert lea.post(here, data={"body": UKRAINIAN}).status_code == 303
    for_lists = lea.post(
        "/lists/check/uk", data={"words_uk": "{practice_name} {practice_phone} рак"}
    )
    assert "leave out" in for_lists.text
    assert "words no text may hold" in lea.get("/settings/changes").text


@pytest.mark.pure
def test_it_finds_listed_words_with_endings_and_without_spaces() -> None:
    assert listed_in("Ваш діабетик", ["діабет"], "uk") == ("діабет",)
    assert listed_in("недіабет", ["діабет"], "uk") == ()
    assert listed_in("您的糖尿病检查", ["糖尿病"], "zh") == ("糖尿病",)
    assert listed_in("โรคเบาหวาน", ["เบาหวาน"], "th") == ("เบาหวาน",)


def test_it_offers_the_language_wherever_one_is_chosen(
    world: World, clock: Clock, lea: FlaskClient
) -> None:
    offer(world, clock, "so")
    patient_form = lea.get(f"/patients/{world.sam.id}/edit").text
    assert "Somali (Soomaali)" in patient_form
    assert "Somali" in lea.get(f"/patients/{world.sam.id}/contact-preferences").text
    assert 'name="words_so"' in lea.get("/lists/new").text
    shown = lea.post("/lists/check/so", data={"words_so": "Ku soo dhawoow {practice_name}."}).text
    assert "A first text says where to call" in shown
    assert lea.post("/lists/check/vi", data={"words_vi": "x"}).status_code == 404


@pytest.mark.pure
def test_it_knows_every_language_by_the_tag_a_patient_has() -> None:
    assert [tag for tag in LANGUAGES if clean_language(tag) != tag] == []
    assert {row.tag for row in LANGUAGES.values() if row.is_rtl} == {"ar", "fa", "ps", "ur"}


@pytest.mark.pure
def test_it_says_a_day_in_every_language() -> None:
    days = {tag: task_wording.day_in_words(date(2026, 3, 3), tag) for tag in LANGUAGES}
    assert days["en"] == "Tuesday, March 3"
    assert days["vi"].startswith("Thứ Ba")
    assert all(days.values())
