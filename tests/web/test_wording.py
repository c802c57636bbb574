"""The wording pages: the lint while somebody writes, drafts that wait for somebody else, what they change,
and which version a message was written from."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import templates
from app.core.db import db, transaction
from app.models.message import Message
from app.models.practice import Practice
from app.models.user import User
from app.models.wording_version import WordingVersion
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.wordings import use_words
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
HERE = "/settings/wording/reply.thank_you"
WORDS = "Thanks, {patient_first_name}. Noted."


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


def used(world: World, language: str = "en") -> templates.Phrase:
    look_again()
    practice = db.session.get_one(Practice, world.practice.id)
    return templates.phrase_for(practice, "reply.thank_you", language)


def newest() -> WordingVersion:
    look_again()
    rows = select(WordingVersion).order_by(WordingVersion.number.desc()).limit(1)
    return db.session.scalars(rows).one()


def at_version(row: WordingVersion, what: str) -> str:
    return f"/settings/wording/versions/{row.id}/{what}"


def test_it_uses_words_once_somebody_else_approved_them(
    lea: FlaskClient, adam: FlaskClient, world: World
) -> None:
    assert lea.post(f"{HERE}/en", data={"body": WORDS}).status_code == 303
    assert not used(world).own
    page = lea.get(HERE).text
    assert "Another lead or admin approves it" in page
    assert "<ins>Thanks</ins>" in page
    assert lea.post(at_version(newest(), "approval")).status_code == 403
    assert "Waiting for approval" in adam.get("/settings/wording").text
    assert adam.post(at_version(newest(), "approval")).status_code == 303
    assert used(world).body == WORDS
    page = lea.get(HERE).text
    assert "approved by Adam Ode" in page
    assert "In use" in page


def test_it_gives_its_own_words_up_and_takes_them_again(
    lea: FlaskClient, adam: FlaskClient, world: World
) -> None:
    lea.post(f"{HERE}/en", data={"body": WORDS})
    row = newest()
    adam.post(at_version(row, "approval"))
    assert lea.delete(f"{HERE}/en", headers=HTMX).status_code == 204
    assert not used(world).own
    assert lea.delete(f"{HERE}/en", headers=HTMX).status_code == 404
    assert "Use version 1 again" in lea.get(HERE).text
    assert lea.post(at_version(row, "use")).status_code == 303
    assert used(world).body == WORDS


def test_it_sends_back_and_takes_back(lea: FlaskClient, adam: FlaskClient, world: World) -> None:
    lea.post(f"{HERE}/en", data={"body": WORDS})
    row = newest()
    assert adam.post(at_version(row, "return"), data={"reason": ""}).status_code == 422
    assert (
        adam.post(at_version(row, "return"), data={"reason": "Warmer, please."}).status_code == 303
    )
    assert "Warmer, please." in lea.get(HERE).text
    lea.post(f"{HERE}/en", data={"body": WORDS + " Warmly."})
    answer = lea.delete(at_version(newest(), "draft"), headers=HTMX)
    assert answer.status_code == 204
    assert not used(world).own


def test_it_refuses_wording_the_lint_objects_to(lea: FlaskClient, world: World) -> None:
    answer = lea.post(f"{HERE}/es", data={"body": "Reply YES about your insulin"})
    assert answer.status_code == 422
    assert "Phone carriers act on the reply YES" in answer.text
    assert "Reply YES about your insulin</textarea>" in answer.text
    assert not used(world, "es").own


def test_it_keeps_what_was_typed_when_somebody_was_faster(
    lea: FlaskClient, adam: FlaskClient
) -> None:
    adam.post(f"{HERE}/en", data={"body": WORDS, "seen": "0"})
    answer = lea.post(f"{HERE}/en", data={"body": "Mine. Thanks!", "seen": "0"})
    assert answer.status_code == 422
    assert "Somebody wrote newer words meanwhile" in answer.text
    assert "Mine. Thanks!</textarea>" in answer.text
    again = lea.post(f"{HERE}/en", data={"body": "Mine. Thanks!", "seen": "1"})
    assert again.status_code == 303


def test_it_lints_while_somebody_writes(lea: FlaskClient) -> None:
    here = "/settings/wording/medication_received.ask/en/check"
    bare = lea.post(here, data={"body": "Hello {first_name}"}).text
    assert "Nothing can be filled in for {first_name}" in bare
    assert "A first text says who writes" in bare
    fine = lea.post(
        here, data={"body": "{practice_name}, {practice_phone}: did it arrive? {options}"}
    ).text
    assert "Nothing stands against it" in fine
    assert "Willamette Family Clinic, (503) 555-0100: did it arrive?" in fine


def test_it_adds_a_wording_of_its_own(lea: FlaskClient, adam: FlaskClient) -> None:
    form = {"title": "Bring your card", "use": "reply", "body": "Please bring your card."}
    assert lea.post("/settings/wording/new", data=form).status_code == 303
    refused = lea.post("/settings/wording/new", data=form)
    assert refused.status_code == 422
    assert "There is a wording of that title already" in refused.text
    adam.post(at_version(newest(), "approval"))
    assert "Bring your card" in lea.get("/settings/wording").text
    assert "Stop offering it" in lea.get("/settings/wording/own.bring_your_card").text


def test_it_offers_a_list_wording_to_start_from(lea: FlaskClient, adam: FlaskClient) -> None:
    words = "{practice_name}, {practice_phone}: flu shots are here."
    form = {"title": "Flu shots", "use": "list", "body": words}
    assert lea.post("/settings/wording/new", data=form).status_code == 303
    assert "Start from" not in lea.get("/lists/new").text
    adam.post(at_version(newest(), "approval"))
    assert 'value="own.flu_shots"' in lea.get("/lists/new").text
    started = lea.post("/lists/new", data={"start": "own.flu_shots", "per_minute": "30"}).text
    assert f"{words}</textarea>" in started
    assert 'value="30"' in started


def test_it_is_not_found_when_nobody_wrote_it(lea: FlaskClient) -> None:
    assert lea.get("/settings/wording/no.such").status_code == 404
    assert lea.get("/settings/wording/own.no_such").status_code == 404
    assert lea.post(f"{HERE}/xx", data={"body": WORDS}).status_code == 404


def test_it_reads_a_long_history_in_few_statements(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    def page(versions: int) -> int:
        with transaction():
            for number in range(versions):
                body = f"Thanks, {{patient_first_name}}: {versions} {number}"
                use_words(world.practice, "reply.thank_you", "en", body, at=clock.now)
        look_again()
        with reads() as statements:
            assert lea.get(HERE).status_code == 200
        return len(statements)

    assert page(2) == page(9)


def test_it_tells_which_version_a_message_was_written_from(
    lea: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    body = "{practice_name}, {practice_phone}. Para no recibir más mensajes, responda PARAR."
    phones.text(world.sam, "AYUDA")
    first = only_answer()
    with transaction():
        row = use_words(world.practice, "service.help", "es", body, at=clock.now)
    assert (first.template_key, first.template_version) == ("service.help", 0)
    assert "the words that come with Touchline" in lea.get(f"/messages/{first.id}/why").text
    phones.text(world.rosa, "AYUDA")
    second = only_answer(but=first)
    assert second.template_version == row.number == 1
    page = lea.get(f"/messages/{second.id}/why").text
    assert "#version-es-1" in page
    assert "Answer to HELP</a>, version 1" in page


def test_it_leaves_a_waiting_text_its_words(phones: Phones, world: World, clock: Clock) -> None:
    phones.text(world.rosa, "AYUDA")
    waiting = only_answer()
    assert waiting.status is MessageStatus.QUEUED
    with transaction():
        body = "{practice_name}, {practice_phone}. Para no recibir más mensajes, responda PARAR."
        use_words(world.practice, "service.help", "es", body, at=clock.now)
    [left] = phones.deliver_all()
    assert left.body.startswith("Le escribe Harbor Family Clinic. Una persona")
    assert left.template_version == 0


def only_answer(but: Message | None = None) -> Message:
    look_again()
    rows = select(Message).where(Message.template_key == "service.help")
    found = [row for row in db.session.scalars(rows) if but is None or row.id != but.id]
    [one] = found
    return one
