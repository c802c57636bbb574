"""Two records of one person: listed with reasons, told apart or merged after a preview; one thread from then
on, and everything still opens."""

from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import coverages, patients, tasks
from app.core.db import db, transaction
from app.models.conversation import Conversation, ConversationKind
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.web.merging import again, merge, preview, undo
from tests.world import World, look_again
from workers import search_index

SignIn = Callable[[User], FlaskClient]
LIST = "/patients/duplicates"


def test_it_lists_pairs_with_reasons_and_remembers_two_people(
    lea: FlaskClient, world: World, twin: Patient
) -> None:
    page = lea.get(LIST).text
    assert "A short form of the same name" in page
    assert "Sammy Porter" in page
    assert "Tom Baker" not in page
    apart = f"/patients/{world.sam.id}/not-same/{twin.id}"
    assert lea.post(apart).status_code == 303
    assert "Sammy" not in lea.get(LIST).text
    lea.delete(f"/patients/{twin.id}/not-same/{world.sam.id}")
    assert "Sammy" in lea.get(LIST).text


def test_it_takes_as_many_statements_for_many_pairs(
    world: World, twin: Patient, clock: Clock
) -> None:
    from app.queries.duplicates import duplicates

    def count() -> int:
        look_again()
        with reads() as statements:
            duplicates(world.viewer(world.lea))
        return len(statements)

    few = count()
    with transaction():
        for n in range(4):
            patients.create(
                world.practice, mrn=f"D-{n}", given_name="Sam", family_name="Porter", language="en",
                phone=f"+150355502{n:02d}", birth_date=date(1957, 3, 9), by=SYSTEM, at=clock.now,
            )  # fmt: skip
    assert count() == few


def test_a_merge_is_seen_first_moves_what_lives_on_and_sends_nothing(
    lea: FlaskClient, world: World, twin: Patient, phones: Phones, clock: Clock
) -> None:
    phones.text("+15035550172", "This is Sam, my inhaler is empty")
    with transaction():
        tasks.create(twin, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
        plan = coverages.Facts("Valley Plan", "V-1", "", date(2026, 1, 1))
        coverages.add(twin, plan, by=SYSTEM, at=clock.now)
    page = preview(lea, world.sam, twin)
    for words in (
        "1 tasks",
        "1 coverages",
        "messages",
        "1 phones and e-mails",
        "Merging sends nothing",
    ):
        assert words in page, words
    before = db.session.scalars(select(Message.id)).all()
    assert merge(lea, world.sam, twin).status_code == 303
    assert set(db.session.scalars(select(Message.id))) == set(before), "no message was written"
    thread = phones.thread(world.sam)
    (message,) = db.session.scalars(select(Message).where(Message.body_digest != "").where(
        Message.conversation_id == thread.id, Message.direction == "inbound")).all()  # fmt: skip
    assert (message.patient_id, thread.waiting_since is not None) == (world.sam.id, True)
    assert {row.patient_id for row in db.session.scalars(select(Task))} == {world.sam.id}
    kinds = set(
        db.session.scalars(select(Event.kind).where(Event.kind.startswith("patient.merge")))
    )
    assert kinds == {"patient.merged", "patient.merged_away"}
    page = lea.get(f"/patients/{world.sam.id}").text
    assert "was merged into this one" in page
    assert "0002-H" in page


def test_texts_from_either_number_come_into_the_one_thread(
    lea: FlaskClient, world: World, twin: Patient, phones: Phones
) -> None:
    phones.text("+15035550172", "First")
    merge(lea, world.sam, twin)
    phones.text("+15035550172", "From the second phone")
    phones.text("+15035550102", "From the first phone")
    look_again()
    thread = phones.thread(world.sam)
    bodies = {m.body for m in db.session.scalars(select(Message).where(
        Message.conversation_id == thread.id, Message.direction == "inbound"))}  # fmt: skip
    assert bodies == {"First", "From the second phone", "From the first phone"}
    kinds = db.session.scalars(select(Conversation.kind)).all()
    assert ConversationKind.INTAKE not in kinds


def test_everything_about_the_merged_record_still_opens(
    lea: FlaskClient, world: World, twin: Patient, phones: Phones, clock: Clock
) -> None:
    phones.text("+15035550172", "Hello")
    with transaction():
        task = tasks.create(twin, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now).id
    old_thread = phones.thread(twin).id
    merge(lea, world.sam, twin)
    moved = lea.get(f"/patients/{twin.id}")
    assert (moved.status_code, moved.location) == (302, f"/patients/{world.sam.id}")
    thread = lea.get(f"/inbox/{old_thread}")
    assert thread.location == f"/inbox/{phones.thread(world.sam).id}"
    assert "Sam Porter" in lea.get(f"/tasks/{task}").text
    for place in ("edit", "coverages", "people", "story"):
        assert lea.get(f"/patients/{twin.id}/{place}").status_code == 200, place
    search_index.run()
    found = lea.get("/search?q=0002-h").text
    assert f"/patients/{world.sam.id}" in found
    assert f"/patients/{twin.id}" not in found
    assert "merged already" in lea.get(f"/patients/{world.kim.id}/merges/new?other={twin.id}").text


def test_every_earlier_record_is_seen_by_the_team_of_the_one_that_stands(
    lea: FlaskClient, world: World, twin: Patient, clock: Clock
) -> None:
    def teams() -> list[object]:
        return [again(each).care_team_id for each in (twin, world.sam, world.rosa)]

    merge(lea, world.sam, twin)
    with transaction():
        patients.update(
            again(world.rosa), care_team_id=world.other_team.id, by=SYSTEM, at=clock.now
        )
    merge(lea, world.rosa, world.sam)
    assert teams() == [world.other_team.id] * 3, "what merged first comes along"
    with transaction():
        patients.update(again(world.rosa), care_team_id=world.team.id, by=SYSTEM, at=clock.now)
    assert teams() == [world.team.id] * 3, "and follows later"
    with transaction():
        patients.update(
            again(world.rosa), care_team_id=world.other_team.id, by=SYSTEM, at=clock.now
        )
    undo(lea, world.rosa)
    assert teams() == [world.team.id, world.team.id, world.other_team.id]
