"""Giving a message or a call to the right person on the page: whom it may be from, what happens, doing it,
taking it back, and who may not."""

import json
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import incoming_calls
from app.core.db import db, transaction
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from app.models.user import User
from messaging.calls import CallIn
from tests.actions.misfiles import let_both_stand
from tests.phones import Phones
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
MEDICINE = TaskType.MEDICATION_RECEIVED


def heard(phones: Phones, who: Patient | str, body: str) -> Message:
    phones.clock.advance(minutes=2)
    message = phones.text(who, body)
    assert message is not None
    phones.clock.advance(minutes=2)
    return message


def called(phones: Phones, who: Patient) -> IncomingCall:
    call = CallIn(f"CA{0:032d}", phones.world.phone(who), phones.world.line.number)
    with transaction():
        return incoming_calls.receive(phones.world.line, call, at=phones.clock.now)


def owner_of(message: Message) -> object:
    look_again()
    return db.session.get_one(Message, (message.practice_id, message.id)).patient_id


def status_of(task: Task) -> TaskStatus:
    look_again()
    return db.session.get_one(Task, (task.practice_id, task.id)).status


def test_it_shows_what_will_happen_and_does_it(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    wrong, right = phones.ask(world.sam, MEDICINE), phones.ask(world.rosa, MEDICINE)
    message = heard(phones, world.sam, "1")
    here = f"/messages/{message.id}/refiling"
    assert here in ana.get(f"/inbox/{message.conversation_id}").text
    before = ana.get(f"{here}?patient_id={world.rosa.id}").text
    for words in ("Sam Porter’s Medication task", "opens again where it stood", "It answers “yes",
                  "to Rosa Jimenez’s Medication task", "The disclosure is recorded"):  # fmt: skip
        assert words in before, words
    assert (status_of(wrong), status_of(right)) == (
        TaskStatus.COMPLETED,
        TaskStatus.IN_PROGRESS,
    )  # nothing has happened yet
    form = {"patient_id": str(world.rosa.id), "seen": str(message.conversation_id)}
    answer = ana.post(here, data=form, headers=HTMX)
    assert answer.status_code == 204
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["undo"] == {"url": here, "method": "DELETE"}
    assert owner_of(message) == world.rosa.id
    assert (status_of(wrong), status_of(right)) == (
        TaskStatus.IN_PROGRESS,
        TaskStatus.COMPLETED,
    )
    assert ana.post(here, data=form, headers=HTMX).status_code == 204  # a double click
    assert ana.delete(here, headers=HTMX).status_code == 204
    assert owner_of(message) == world.sam.id
    assert status_of(wrong) is TaskStatus.COMPLETED


def test_it_leaves_a_line_without_words_in_the_old_thread(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = heard(phones, world.sam, "About my wife’s biopsy")
    stood = message.conversation_id
    ana.post(f"/messages/{message.id}/refiling", data={"patient_id": str(world.rosa.id)})
    old = ana.get(f"/inbox/{stood}").text
    assert "A message was moved: it was not this person’s" in old
    assert "Disclosure: a message of somebody else stood here" in old
    thread_alone = ana.get(
        f"/conversations/{stood}"
    ).text  # the list beside it has Rosa's words now
    assert "biopsy" not in thread_alone
    assert "Rosa" not in thread_alone
    look_again()
    new = ana.get(f"/inbox/{phones.thread(world.rosa).id}").text
    assert "biopsy" in new
    assert "A message was moved here from another thread" in new
    for patient in (world.sam, world.rosa):
        assert "Disclosure:" in ana.get(f"/patients/{patient.id}").text


def test_it_suggests_those_who_share_the_phone(
    sign_in: SignInAs, phones: Phones, world: World
) -> None:
    phones.ask(world.kim, MEDICINE)
    message = heard(phones, world.kim, "1")
    assert message.patient_id == world.kim.id
    page = sign_in(world.ana).get(f"/messages/{message.id}/refiling").text
    assert "Lee Tran" in page
    assert "Sam Porter" not in page
    found = sign_in(world.ana).get(f"/messages/{message.id}/refiling?q=porter").text
    assert "Sam Porter" in found


def test_it_asks_which_task_and_refuses_without(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    first = phones.ask(world.rosa, MEDICINE, about={"medication_label": "Inhaler"})
    with transaction():
        db.session.merge(first).stop_ladder()
    phones.clock.advance(minutes=5)
    second = phones.ask(world.rosa, MEDICINE, about={"medication_label": "Insulin"})
    let_both_stand(first)
    message = heard(phones, world.sam, "1")
    here = f"/messages/{message.id}/refiling"
    page = ana.get(f"{here}?patient_id={world.rosa.id}").text
    assert "Which of Rosa Jimenez’s tasks" in page
    assert "“Insulin”" in page
    form = {"patient_id": str(world.rosa.id)}
    assert ana.post(here, data=form, headers=HTMX).status_code == 422
    assert owner_of(message) == world.sam.id
    assert ana.post(here, data=form | {"task_id": str(second.id)}).status_code == 303
    assert status_of(second) is TaskStatus.COMPLETED


def test_it_moves_only_between_patients_one_may_see(
    sign_in: SignInAs, phones: Phones, world: World
) -> None:
    message = heard(phones, world.sam, "Hello")
    here = f"/messages/{message.id}/refiling"
    tried = [
        (world.ana, world.tom),  # Tom is another team's
        (world.ana, world.zoe),  # Zoe is another practice's
        (world.lea, world.zoe),
        (world.ben, world.tom),  # Ben does not see Sam
        (world.cara, world.zoe),
    ]
    for user, patient in tried:
        answer = sign_in(user).post(here, data={"patient_id": str(patient.id)}, headers=HTMX)
        assert answer.status_code == 404, (user.name, patient.given_name)
        assert patient.given_name not in (
            sign_in(user).get(f"{here}?patient_id={patient.id}&q={patient.family_name}").text
        )
    assert owner_of(message) == world.sam.id
    moved = sign_in(world.lea).post(here, data={"patient_id": str(world.tom.id)}, headers=HTMX)
    assert moved.status_code == 204  # she may: the refusals are about the people
    assert sign_in(world.ana).delete(here, headers=HTMX).status_code == 404


def test_it_lets_the_second_of_two_at_once_look_again(
    sign_in: SignInAs, phones: Phones, world: World
) -> None:
    message = heard(phones, world.sam, "Hello")
    stood = {"seen": str(message.conversation_id)}
    here = f"/messages/{message.id}/refiling"
    lea = sign_in(world.lea)
    assert lea.post(here, data=stood | {"patient_id": str(world.rosa.id)}).status_code == 303
    late = lea.post(here, data=stood | {"patient_id": str(world.tom.id)}, headers=HTMX)
    assert late.status_code == 409
    assert owner_of(message) == world.rosa.id


def test_it_takes_along_a_number_that_came_by_a_wrong_who_is_this(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    stranger, right = "+15035550177", str(world.rosa.id)
    known = heard(phones, world.sam, "From the number we always had")
    page = ana.get(f"/messages/{known.id}/refiling?patient_id={right}").text
    (box,) = [line for line in page.splitlines() if 'name="number"' in line]
    assert "checked" not in box  # a person may say so; nobody guesses
    message = phones.text(stranger, "My new number")
    assert message is not None
    thread = f"/conversations/{message.conversation_id}"
    assert ana.post(f"{thread}/person", data={"patient_id": str(world.sam.id)}).status_code == 303
    here = f"/messages/{message.id}/refiling"
    page = " ".join(ana.get(f"{here}?patient_id={right}").text.split())
    assert 'name="number" value="yes" checked> (503) 555-0177 is Rosa Jimenez’s number' in page
    assert ana.post(here, data={"patient_id": right, "number": "yes"}).status_code == 303
    assert owner_of(message) == world.rosa.id
    assert owner_of(heard(phones, stranger, "Hello")) == world.rosa.id
    assert ana.delete(here, headers=HTMX).status_code == 204
    assert owner_of(heard(phones, stranger, "Hello again")) == world.sam.id


def test_it_moves_a_call_and_asks_for_the_call_back_there(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    call = called(phones, world.sam)
    came = phones.clock.now
    phones.clock.advance(minutes=5)
    here = f"/incoming-calls/{call.id}/refiling"
    stood = call.conversation_id
    assert here in ana.get(f"/inbox/{stood}").text
    page = ana.get(f"{here}?patient_id={world.rosa.id}").text
    assert "The call moves to Rosa Jimenez’s thread" in page
    form = {"patient_id": str(world.rosa.id), "seen": str(stood)}
    for _ in range(2):
        assert ana.post(here, data=form, headers=HTMX).status_code == 204
    look_again()
    assert phones.thread(world.sam).waiting_since is None
    assert phones.thread(world.rosa).waiting_since == came
    assert "please call back" in ana.get(f"/inbox/{phones.thread(world.rosa).id}").text
    rows = db.session.scalars(select(Touchpoint)).all()
    taken = {row.supersedes_id for row in rows}
    standing = [r for r in rows if r.supersedes_id is None and r.id not in taken]
    assert [(row.patient_id, row.started_at) for row in standing] == [(world.rosa.id, came)]
    assert ana.delete(here, headers=HTMX).status_code == 204
    look_again()
    assert phones.thread(world.sam).waiting_since == came
    assert len(db.session.scalars(select(Touchpoint)).all()) == 5  # three written, two reversed


def test_it_takes_a_wrong_who_is_this_back_from_the_thread(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    message = heard(phones, "+15035550177", "Hello, about the ride")
    intake = message.conversation_id
    ana.post(f"/conversations/{intake}/person", data={"patient_id": str(world.sam.id)})
    theirs = phones.thread(world.sam).id
    page = ana.get(f"/inbox/{theirs}").text
    assert "Found out who this is, by Ana" in page
    (said,) = phones.events("conversation.resolved")
    here = f"/conversations/{intake}/people/{said.id}"
    assert here in page
    sheet = ana.get(here).text
    for words in ("Filed with Sam Porter", "who it is: 1 message.", "leaves Sam Porter’s portal",
                  "The number is not Sam Porter’s any more"):  # fmt: skip
        assert words in sheet, words
    answer = ana.delete(here, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/inbox/{intake}"
    assert owner_of(message) is None
    page = ana.get(f"/inbox/{theirs}").text
    assert "It is not them after all" in page
    assert here not in page
    assert "about the ride" not in ana.get(f"/conversations/{theirs}").text
    assert "taken back already" in ana.get(here).text
    assert "Who is this?" in ana.get(f"/inbox/{intake}").text
