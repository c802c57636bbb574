"""Files that came with texts, as staff and patients meet them: saved under our name and never shown, in words
while they are not here, and not there at all for who may not see the message."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.actions import media
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.event import AccessLog, Event
from app.models.media import Media, MediaStatus
from app.models.message import Message
from app.models.task import TaskType
from app.models.topic import Topic
from app.models.user import User
from messaging.carriers.base import Attached
from messaging.carriers.media_errors import (
    MANY_REDIRECTS,
    TOO_LARGE,
    WRONG_ADDRESS,
    WRONG_TYPE,
    MediaGone,
    MediaRefused,
)
from messaging.carriers.sandbox_picture import PICTURE, content_of
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.outsiders.media import make_failed, make_picture
from tests.world import World, look_again
from workers import media as sweep

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
PNG = content_of(PICTURE.url) or b""


def text_picture(phones: Phones, world: World, body: str = "", **more: object) -> Message:
    message = phones.text(world.sam, body, media=(PICTURE,), **more)
    assert message is not None
    return message


def the_file() -> Media:
    look_again()
    return db.session.scalars(select(Media)).one()


def thread(client: FlaskClient, message: Message) -> str:
    answer = client.get(f"/conversations/{message.conversation_id}", headers=HTMX)
    assert answer.status_code == 200
    return answer.text


def end_with(outcome: bytes | Exception, clock: Clock) -> None:
    """The newest file's last try came to this."""
    (due,) = media.due(at=clock.now)
    with transaction() as session:
        session.execute(update(Media).values(tries=media.MOST_TRIES - 1))
        claimed = media.claim(*due, at=clock.now)
        assert claimed is not None
        media.settle(claimed, outcome, at=clock.now)


def test_it_hands_a_file_over_to_be_saved_and_never_to_be_shown(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    text_picture(phones, world)
    assert sweep.fetch_due() == 1
    row = the_file()
    answer = ana.get(f"/media/{row.id}")
    assert (answer.status_code, answer.data, answer.content_type) == (200, PNG, "image/png")
    name = f'attachment; filename="picture-{str(row.id)[-8:]}.png"'
    assert answer.headers["Content-Disposition"] == name
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "'self'" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_it_notes_who_looked(ana: FlaskClient, world: World) -> None:
    ana.get(f"/media/{make_picture(world)}")
    look_again()
    rows = db.session.scalars(select(AccessLog).where(AccessLog.through == "media")).all()
    assert [(row.viewer_id, row.patient_id) for row in rows] == [(world.ana.id, world.rosa.id)]


@pytest.mark.parametrize("status", [each for each in MediaStatus if each != MediaStatus.FETCHED])
def test_it_has_no_file_that_is_not_here(
    ana: FlaskClient, phones: Phones, world: World, status: MediaStatus
) -> None:
    text_picture(phones, world)
    with transaction() as session:
        session.execute(update(Media).values(status=status))
    assert ana.get(f"/media/{the_file().id}").status_code == 404


def test_it_has_no_file_for_whom_the_message_is_not_there(
    app: Flask, world: World, sign_in: SignInAs, client: FlaskClient
) -> None:
    picture = make_picture(world)
    assert sign_in(world.ana).get(f"/media/{picture}").status_code == 200
    for outsider in (world.ben, world.cara):
        assert sign_in(outsider).get(f"/media/{picture}").status_code == 404
    assert sign_in(world.anton).get(f"/media/{picture}").status_code == 403  # an analyst
    assert client.get(f"/media/{picture}").status_code == 303
    assert sign_in(world.ana).get(f"/media/{new_id()}").status_code == 404


def test_it_goes_with_its_message_when_that_is_given_to_somebody_else(
    ana: FlaskClient, world: World, sign_in: SignInAs
) -> None:
    picture = make_picture(world)
    message_id: UUID = db.session.scalars(select(Media.message_id)).one()
    ben = sign_in(world.ben)
    answer = sign_in(world.lea).post(
        f"/messages/{message_id}/refiling", data={"patient_id": str(world.tom.id)}
    )
    assert answer.status_code < 400
    assert ana.get(f"/media/{picture}").status_code == 404
    assert ben.get(f"/media/{picture}").status_code == 200


def test_it_says_in_the_thread_what_came_and_how_to_save_it(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = text_picture(phones, world)
    assert "Picture: being fetched" in thread(ana, message)
    sweep.fetch_due()
    shown = thread(ana, message)
    assert "Picture, 1 KB:" in shown
    assert f'href="/media/{the_file().id}" download' in shown
    assert "A picture or another file" in ana.get("/inbox").text
    story = ana.get(f"/patients/{world.sam.id}/story?kind=messages", headers=HTMX).text
    assert "Picture, 1 KB:" in story


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(MediaRefused(TOO_LARGE), "larger than 5 MB"), (b"<svg/>", "not a picture, PDF"),
     (MediaRefused(WRONG_TYPE), "not a picture, PDF"), (MediaGone(detail="410"), "Ask them to send it again"),
     (MediaRefused(WRONG_ADDRESS), "not where the phone company"),
     (MediaRefused(MANY_REDIRECTS), "from one place to another"), (TimeoutError(), "Try again")],
)  # fmt: skip
def test_it_says_in_words_why_a_file_is_not_here(
    ana: FlaskClient,
    phones: Phones,
    world: World,
    clock: Clock,
    outcome: bytes | Exception,
    words: str,
) -> None:
    message = text_picture(phones, world)
    end_with(outcome, clock)
    shown = thread(ana, message)
    assert words in shown
    refused = isinstance(outcome, MediaRefused | bytes)
    assert ("File not taken" if refused else "Picture not here") in shown
    assert "/media/" not in shown or words == "Try again"


def test_it_says_that_a_held_texts_file_waits(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = text_picture(phones, world, unknown_keys=("Odd",))
    assert "until the carrier confirms" in thread(ana, message)
    assert sweep.fetch_due() == 0


def test_it_moves_the_open_thread_when_a_file_has_come(phones: Phones, world: World) -> None:
    message = text_picture(phones, world)
    before = seqs()
    sweep.fetch_due()
    look_again()
    event = db.session.scalars(select(Event).where(Event.kind == "message.media_fetched")).one()
    assert event.facts == {"position": 0, "found_type": "image/png", "size": len(PNG)}
    moved = {topic for topic, seq in seqs().items() if seq > before.get(topic, 0)}
    assert {f"conversation:{message.conversation_id}", f"patient:{world.sam.id}"} <= moved


def seqs() -> dict[str, int]:
    return {topic: seq for topic, seq in db.session.execute(select(Topic.topic, Topic.seq))}


def test_it_asks_again_for_a_file_when_somebody_wants_it(ana: FlaskClient, world: World) -> None:
    failed = make_failed(world)
    assert ana.post(f"/media/{failed}/fetching", headers=HTMX).status_code == 204
    row = the_file()
    assert (row.status, row.tries) == (MediaStatus.WAITING, 0)
    assert ana.post(f"/media/{failed}/fetching", headers=HTMX).status_code == 409
    look_again()
    kinds = db.session.scalars(select(Event.kind).where(Event.kind.startswith("message.media")))
    assert list(kinds) == ["message.media_failed", "message.media_asked_again"]


def test_it_lets_a_person_look_even_when_the_words_were_understood(
    phones: Phones, world: World
) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    assert phones.thread(world.sam).waiting_since is None
    phones.text(world.sam, "1", media=(PICTURE,))
    assert phones.thread(world.sam).waiting_since is not None


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 KB"), (1500, "1 KB"), (240 * 1024, "240 KB"), (5 * 1024 * 1024, "5.0 MB")],
)
def test_it_writes_sizes_as_people_do(
    ana: FlaskClient, phones: Phones, world: World, size: int, words: str
) -> None:
    message = text_picture(phones, world)
    sweep.fetch_due()
    with transaction() as session:
        session.execute(update(Media).values(size=size))
    assert f"Picture, {words}:" in thread(ana, message)


def test_it_lets_an_invented_phone_send_the_invented_picture(
    ana: FlaskClient, world: World
) -> None:
    here = "/sandbox/phones/15035550102"
    answer = ana.post(f"{here}/texts", data={"picture": "1"}, headers=HTMX)
    assert "A picture" in answer.text
    assert "A picture" in ana.get("/sandbox/phones").text
    assert sweep.fetch_due() == 1
    row = the_file()
    assert (row.status, row.content) == (MediaStatus.FETCHED, PNG)


def test_it_knows_no_other_invented_file(phones: Phones, world: World) -> None:
    phones.text(world.sam, "", media=(Attached("sandbox:../../etc/passwd"),))
    assert sweep.fetch_due() == 0
    assert the_file().status is MediaStatus.WAITING
