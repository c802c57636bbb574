"""What patients decide and take along: language, channel, texts yes or no with the words kept, downloads."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import consent_state, conversations, messages, related_people
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentHow
from app.models.event import SYSTEM
from app.models.patient import Patient
from messaging.delivery import MessageStatus
from messaging.gate import Purpose
from tests.phones import Phones
from tests.web.portal.conftest import Enter
from tests.world import World

PAGE = "/portal/my/preferences"


def fresh(patient: Patient) -> Patient:
    return db.session.get_one(Patient, (patient.practice_id, patient.id), populate_existing=True)


def last_consent(patient: Patient) -> Consent:
    return db.session.scalars(
        select(Consent)
        .where(Consent.patient_id == patient.id)
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(1)
    ).one()


def queue_text(world: World, patient: Patient, at: Any, **more: Any) -> messages.Message:
    with transaction():
        draft = messages.Draft(
            practice_id=world.practice.id, patient=db.session.merge(patient), body="How are you?",
            purpose=Purpose.CARE_NAVIGATION, send_key=f"test:{at.isoformat()}", **more,
        )  # fmt: skip
        return messages.queue(draft, by=SYSTEM, at=at)


def test_it_keeps_language_channel_and_time(world: World, enter: Enter) -> None:
    client = enter(world.rosa)
    assert "Idioma de los mensajes" in client.get(PAGE).text
    choice = {"language": "en", "channel": "portal", "best_time": "morning"}
    assert client.post(PAGE, data=choice).status_code == 303
    patient = fresh(world.rosa)
    assert (patient.language, patient.preferred_channel) == ("en", "portal")
    assert patient.preferences["best_time"] == "morning"
    page = client.get(PAGE).text
    assert "Saved." in page
    assert "Language for texts" in page


def test_it_refuses_a_choice_that_is_not_there(world: World, enter: Enter) -> None:
    client = enter(world.sam)
    odd = {"language": "xx", "channel": "fax", "best_time": "never"}
    answer = client.post(PAGE, data=odd)
    assert answer.status_code == 422
    assert "Choose one of the answers shown." in answer.text
    assert fresh(world.sam).language == "en"


def test_it_stops_texts_at_once_like_stop_does(world: World, enter: Enter, clock: Any) -> None:
    client = enter(world.sam)
    waiting = queue_text(world, world.sam, clock.now, send_after=clock.now + timedelta(hours=2))
    assert waiting.status is MessageStatus.QUEUED
    shown = "I do not want text messages from Harbor Family Clinic."
    assert shown in client.get(PAGE).text
    clock.advance(minutes=1)
    client.post("/portal/my/texts", data={"decision": "no"})
    db.session.refresh(waiting)
    assert waiting.status is MessageStatus.CANCELLED
    kept = last_consent(world.sam)
    assert kept.how is ConsentHow.PORTAL
    assert kept.wording.startswith(shown)
    assert kept.recorded_by_id == world.sam.id
    assert queue_text(world, world.sam, clock.now).withheld_reason == "no_consent"
    assert "We do not text you." in client.get(PAGE).text


def test_it_stops_texts_for_one_person_of_a_phone_only(
    world: World, enter: Enter, clock: Any
) -> None:
    clock.advance(minutes=1)
    enter(world.kim).post("/portal/my/texts", data={"decision": "no"})
    number = world.number(world.kim)
    assert consent_state.current(fresh(world.kim), number)[0] == consent_state.WITHDRAWN
    assert consent_state.current(fresh(world.lee), number)[0] == consent_state.GIVEN


def test_it_allows_texts_again_in_the_words_shown(world: World, enter: Enter, clock: Any) -> None:
    """Olga texted STOP once; the portal works for her all the same."""
    client = enter(world.olga)
    page = client.get(PAGE).text
    assert "You once replied STOP" in page
    clock.advance(minutes=1)
    client.post("/portal/my/texts", data={"decision": "yes"})
    kept = last_consent(world.olga)
    assert "texts are not encrypted" in kept.wording
    assert kept.wording.replace("'", "&#39;") in page
    state, _ = consent_state.current(fresh(world.olga), world.number(world.olga))
    assert state == consent_state.GIVEN


def test_T6_12_it_gives_patients_their_messages_and_contacts_to_keep(
    world: World, enter: Enter, clock: Any
) -> None:
    with transaction():
        thread = conversations.thread_of(db.session.merge(world.sam), at=clock.now)
        messages.reply(thread, channel="portal", body="=1+1 is my answer", by=world.viewer(world.ana),
                       at=clock.now)  # fmt: skip
    client = enter(world.sam)
    (exact,) = json.loads(client.get("/portal/my/messages.json").text)
    assert (exact["text"], exact["from"]) == ("=1+1 is my answer", "Ana Alvarez")
    sheet = client.get("/portal/my/messages.csv")
    assert "attachment" in sheet.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff")))
    assert row["text"] == "'=1+1 is my answer"
    (contact,) = json.loads(client.get("/portal/my/contacts.json").text)
    assert (contact["channel"], contact["with"]) == ("portal", "Ana Alvarez")
    assert "Portal message from us" in client.get("/portal/my/contacts").text
    mia = related_people.Agreed(
        name="Mia Porter", relationship="daughter", language="en", may_receive=[], may_answer=[],
        authorised_by="Sam, in person", phone="+15035550171", from_on=clock.now.date(),
    )  # fmt: skip
    with transaction():
        related_people.add(db.session.merge(world.sam), mia, by=SYSTEM, at=clock.now)
    Phones(world, clock).text("+15035550171", "Dad is asleep")
    shown = client.get("/portal/my/contacts").text
    assert "Text from somebody who helps you" in shown
    assert "Text from you" not in shown


def test_it_writes_a_header_even_when_there_is_nothing(world: World, enter: Enter) -> None:
    sheet = enter(world.sam).get("/portal/my/messages.csv").text
    assert sheet.removeprefix("\ufeff") == "at,from,channel,text,files\n"


def test_it_switches_the_language_of_the_pages_only(world: World, enter: Enter) -> None:
    client = enter(world.rosa)
    client.post("/portal/language", data={"language": "en", "back": PAGE})
    assert "Language for texts" in client.get(PAGE).text
    assert fresh(world.rosa).language == "es"


def test_it_goes_back_only_to_this_house(client: FlaskClient, world: World) -> None:
    answer = client.post("/portal/language", data={"language": "es", "back": "//evil.example.org"})
    assert answer.headers["Location"] == "/portal"
