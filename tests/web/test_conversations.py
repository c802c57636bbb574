"""What staff do in a thread: answering, planning, noting, handing over, snoozing, settling with an undo, and
finding out who wrote."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.db import db
from app.models.conversation import Conversation, Note
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
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


def written(world: World) -> list[Message]:
    """What staff wrote, oldest first."""
    look_again()
    rows = select(Message).where(
        Message.direction == Direction.OUTBOUND, Message.author_id.is_not(None)
    )
    order = rows.order_by(Message.created_at, Message.id)
    return list(db.session.scalars(order.execution_options(populate_existing=True)))


def toast(answer: TestResponse) -> dict[str, object]:
    shown: dict[str, object] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return shown


def test_it_answers_by_text_and_ends_the_wait(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    here = thread_id(phones, world)
    answer = ana.post(
        f"/conversations/{here}/replies",
        data={"body": "Of course!", "channel": "sms"},
        headers=HTMX,
    )
    assert answer.status_code == 204
    (message,) = written(world)
    assert (message.body, message.status) == ("Of course!", MessageStatus.QUEUED)
    answered = thread(phones, world.sam)
    assert answered.waiting_since is None
    assert answered.owner_id == world.ana.id
    undo = toast(answer)["undo"]
    assert undo == {"url": f"/messages/{message.id}", "method": "DELETE"}
    assert ana.delete(f"/messages/{message.id}", headers=HTMX).status_code == 204
    assert written(world)[0].status is MessageStatus.CANCELLED


def test_it_answers_in_the_portal_at_once(ana: FlaskClient, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    ana.post(f"/conversations/{here}/replies", data={"body": "See you", "channel": "portal"})
    assert [m.status for m in written(world)] == [MessageStatus.DELIVERED]


def test_it_writes_the_same_form_only_once(ana: FlaskClient, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    form = {"body": "Of course!", "channel": "sms", "send_key": "abc"}
    for _ in range(2):
        assert ana.post(f"/conversations/{here}/replies", data=form).status_code == 303
    assert len(written(world)) == 1


def test_it_keeps_a_reply_for_later(ana: FlaskClient, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    form = {"body": "Good morning", "channel": "sms", "send_after": "2026-03-05T10:00"}
    answer = ana.post(f"/conversations/{here}/replies", data=form, headers=HTMX)
    (message,) = written(world)
    assert message.due_at == datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
    assert "10:00 am" in str(toast(answer)["text"])


@pytest.mark.parametrize("when", ["2026-03-01T10:00", "2036-03-01T10:00", "tomorrow"])
def test_it_refuses_a_time_that_cannot_be(
    ana: FlaskClient, phones: Phones, world: World, when: str
) -> None:
    here = thread_id(phones, world)
    form = {"body": "Good morning", "channel": "sms", "send_after": when}
    answer = ana.post(f"/conversations/{here}/replies", data=form, headers=HTMX)
    assert answer.status_code == 422
    assert written(world) == []


def test_it_says_before_sending_that_a_text_will_wait(
    sign_in: SignInAs, phones: Phones, world: World, clock: Clock
) -> None:
    here = thread_id(phones, world)
    clock.set(EVENING)
    ana = sign_in(world.ana)
    fresh = ana.post(f"/conversations/{here}/reply-check", data={"body": "Hi", "channel": "sms"})
    assert "Waits until Wednesday, March 4 at 8:00 AM PST" in fresh.text
    assert "2 characters, 1 text" in fresh.text
    portal = ana.post(
        f"/conversations/{here}/reply-check", data={"body": "Hi", "channel": "portal"}
    )
    assert "Waits until" not in portal.text
    assert written(world) == []


def test_it_offers_the_portal_when_texting_is_impossible(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    answer = ana.post(f"/patients/{world.olga.id}/conversation")
    here = answer.headers["Location"].rsplit("/", 1)[1]
    check = ana.post(
        f"/conversations/{here}/reply-check", data={"body": "Hi", "channel": "sms"}
    ).text
    assert "opted out" in check
    assert "Write in the portal instead" in check


def test_it_warns_of_words_a_text_should_not_hold(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    here = thread_id(phones, world)
    form = {"body": "Reply STOP or see bit.ly/x", "channel": "sms"}
    check = ana.post(f"/conversations/{here}/reply-check", data=form).text
    assert "Phone carriers act on the reply STOP" in check
    assert "bit.ly/x" in check


def test_it_says_why_a_text_was_not_sent(ana: FlaskClient, phones: Phones, world: World) -> None:
    answer = ana.post(f"/patients/{world.olga.id}/conversation")
    here = answer.headers["Location"].rsplit("/", 1)[1]
    said = ana.post(
        f"/conversations/{here}/replies", data={"body": "Hi", "channel": "sms"}, headers=HTMX
    )
    assert "Not sent" in str(toast(said)["text"])
    page = ana.get(f"/conversations/{here}").text
    assert "Not sent: This number has opted out of texts." in page
    assert "2026-03-03 09:00 (America/Los_Angeles)" in page


def test_it_keeps_a_note_for_staff(ana: FlaskClient, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    ana.post(f"/conversations/{here}/notes", data={"body": "He prefers mornings"})
    page = ana.get(f"/conversations/{here}").text
    assert "He prefers mornings" in page
    assert "Patients never see this" in page
    look_again()
    assert db.session.scalars(select(Note)).one().author_id == world.ana.id
    empty = ana.post(f"/conversations/{here}/notes", data={"body": "  "}, headers=HTMX)
    assert empty.status_code == 422


def test_it_gives_a_thread_to_a_colleague(ana: FlaskClient, phones: Phones, world: World) -> None:
    here = thread_id(phones, world)
    ana.post(f"/conversations/{here}/owner", data={"owner_id": str(world.lea.id)})
    assert thread(phones, world.sam).owner_id == world.lea.id
    nobody = ana.post(f"/conversations/{here}/owner", data={"owner_id": str(world.cara.id)})
    assert nobody.status_code == 404


def test_it_settles_with_an_undo_that_brings_the_wait_back(
    ana: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    here = thread_id(phones, world)
    since = thread(phones, world.sam).waiting_since
    clock.advance(minutes=10)
    ana.post(f"/conversations/{here}/settlement")
    assert thread(phones, world.sam).waiting_since is None
    assert ana.delete(f"/conversations/{here}/settlement", headers=HTMX).status_code == 204
    assert thread(phones, world.sam).waiting_since == since
    assert ana.delete(f"/conversations/{here}/settlement", headers=HTMX).status_code == 409


def test_it_snoozes_until_they_write_and_wakes(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    here = thread_id(phones, world)
    ana.post(f"/conversations/{here}/snooze", data={"until": "reply"})
    assert "Nobody is waiting" in ana.get("/inbox").text
    assert "until they write" in ana.get("/inbox?view=snoozed").text
    ana.delete(f"/conversations/{here}/snooze", headers=HTMX)
    assert "Sam Porter" in ana.get("/inbox").text
    past = ana.post(
        f"/conversations/{here}/snooze", data={"until": "2026-01-01T08:00"}, headers=HTMX
    )
    assert past.status_code == 422


def test_it_finds_out_who_wrote_from_a_shared_phone(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    phones.text(world.kim, "Hello, can you help me?")
    (intake,) = phones.intakes()
    people = ana.get(f"/conversations/{intake.id}/people").text
    assert "It is Kim Tran" in people
    assert "It is Lee Tran" in people
    assert "Sam" in ana.get(f"/conversations/{intake.id}/people?q=porter").text
    form = {"patient_id": str(world.lee.id)}
    answer = ana.post(f"/conversations/{intake.id}/person", data=form, headers=HTMX)
    found = thread(phones, world.lee)
    assert answer.headers["HX-Redirect"] == f"/inbox/{found.id}"
    assert found.waiting_since is not None
    again = ana.post(f"/conversations/{intake.id}/person", data=form, headers=HTMX)
    assert again.status_code == 409


def test_it_moves_a_message_that_was_filed_with_the_wrong_person(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = phones.text(world.sam, "It is about Rosa")
    assert message is not None
    ana.post(f"/messages/{message.id}/refiling", data={"patient_id": str(world.rosa.id)})
    look_again()
    moved = db.session.get(Message, (world.practice.id, message.id), populate_existing=True)
    assert moved is not None
    assert moved.patient_id == world.rosa.id
