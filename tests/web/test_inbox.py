"""The inbox as its users meet it: who waits, the thread beside the list, and who stays out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from app.actions import inbound
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.patient import Patient
from app.models.user import User
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
EVENING = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)  # 9:30 pm where Sam is


def thread(phones: Phones, person: Patient) -> Conversation:
    """The person's thread as the requests so far left it."""
    look_again()
    return phones.thread(person)


def thread_id(phones: Phones, world: World, body: str = "Hello, can you help me?") -> str:
    phones.text(world.sam, body)
    return str(thread(phones, world.sam).id)


def test_it_shows_who_waits_and_the_thread_beside_it(
    ana: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    here = thread_id(phones, world)
    clock.advance(minutes=12)
    assert "Waits 12 min" in ana.get("/inbox").text
    page = ana.get(f"/inbox/{here}").text
    assert "Hello, can you help me?" in page
    assert "Waits 12 min" in page
    assert f'href="/patients/{world.sam.id}/calls/new"' in page
    assert 'href="tel:+1503' in page
    assert f"conversation:{here}@" in page  # watched, so that a poke refreshes it


def test_it_says_kindly_that_nobody_waits(ana: FlaskClient) -> None:
    assert "Nobody is waiting" in ana.get("/inbox").text


def test_it_keeps_analysts_out(sign_in: SignInAs, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    anton = sign_in(world.anton)
    assert anton.get("/inbox").status_code == 403
    assert anton.get(f"/conversations/{here}").status_code == 403


def test_it_reads_a_thread_in_the_same_statements_however_long(
    ana: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    here = thread_id(phones, world)
    ana.get(f"/inbox/{here}")
    with reads() as short:
        ana.get(f"/inbox/{here}")
    for number in range(8):
        clock.advance(seconds=1)
        phones.text(world.sam, f"Message {number}, please read it")
    with transaction():
        phones.thread(world.sam).owner_id = world.lea.id
    with reads() as long:
        ana.get(f"/inbox/{here}")
    assert len(long) == len(short)


@pytest.mark.parametrize("way", ["sms", "portal"])
def test_it_answers_the_way_the_person_wrote_last(
    ana: FlaskClient, phones: Phones, world: World, clock: Clock, way: str
) -> None:
    here = thread_id(phones, world)
    with transaction():
        sam = db.session.merge(world.sam)
        sam.preferred_channel = "portal" if way == "sms" else "sms"
        clock.advance(minutes=1)
        if way == "portal":
            inbound.receive_portal(sam, "And one more thing", at=clock.now)
    page = ana.get(f"/inbox/{here}").text
    assert re.search(rf'value="{way}"[^>]* checked', page)


def test_it_marks_urgent_words_in_list_thread_and_bell(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    phones.text(world.sam, "I have chest pain")
    assert "Urgent words" in ana.get("/inbox").text
    thread = ana.get(f"/inbox/{phones.thread(world.sam).id}").text
    assert "Urgent words: read at once" in thread
    assert "Urgent words: chest or heart. Nothing was answered about them." in thread
    assert "1 message has urgent words" in ana.get("/bell").text


def test_it_previews_what_they_wrote_and_not_that_we_are_closed(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    with transaction():
        db.session.merge(world.practice).hours = {"6": [["08:00", "09:00"]]}
    phones.text(world.sam, "Could you move my visit")
    assert len(phones.outbox()) == 1
    page = ana.get("/inbox").text
    assert "Could you move my visit" in page
    assert "we are closed now" not in page


def test_it_settles_and_answers_only_what_the_page_showed(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    here = thread_id(phones, world, "Thanks!")
    for doing, words in (("settlement", ""), ("replies", "You are welcome")):
        page = ana.get(f"/conversations/{here}").text
        shown = re.findall(r'form="(?:reply|settle|snooze)" name="seen" value="([^"]+)"', page)
        assert len(shown) == 3
        phones.clock.advance(minutes=1)
        phones.text(world.sam, "My chest hurts")
        came = phones.clock.now
        form = {"seen": shown[0], "body": words, "channel": "portal"}
        assert ana.post(f"/conversations/{here}/{doing}", data=form).status_code == 303
        stands = thread(phones, world.sam)
        assert (stands.waiting_since, stands.urgent_since) == (came, came)
        hidden = {"seen": shown[0], "until": "reply"}
        assert ana.post(f"/conversations/{here}/snooze", data=hidden).status_code == 409
    page = ana.get(f"/conversations/{here}").text
    seen = re.findall(r'form="settle" name="seen" value="([^"]+)"', page)[0]
    ana.post(f"/conversations/{here}/settlement", data={"seen": seen})
    assert thread(phones, world.sam).waiting_since is None
