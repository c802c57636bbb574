"""Urgent words: a mark, the top of every list, the person on call; never an answer about them."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import (
    conversations,
    mail_words,
    messages,
    misfiled,
    on_call,
    queued_texts,
    refiling,
    waits,
)
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.event import Event
from app.models.mail import Mail, MailKind
from app.models.message import Message
from app.models.task import Needs, TaskType
from app.models.user import User
from app.queries.bell import bell
from app.queries.inbox import inbox
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

STRANGER = "+15035550177"


def put_on_call(world: World, user: User | None, clock: Clock) -> None:
    with transaction():
        practice = db.session.merge(world.practice)
        on_call.name(practice, user, by=world.system.actor, at=clock.now)


def test_it_marks_and_answers_nothing_while_the_practice_is_open(
    phones: Phones, world: World, clock: Clock
) -> None:
    message = phones.text(world.sam, "I have chest pain")
    assert message is not None
    assert message.understood is not None
    assert message.understood["urgent"] == "chest"
    thread = phones.thread(world.sam)
    assert (thread.urgent_since, thread.waiting_since) == (clock.now, clock.now)
    assert phones.outbox() == []
    [event] = phones.events("message.urgent")
    assert event.facts == {"about": "chest"}  # a code, never their words


def test_it_comes_first_however_long_others_wait(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.rosa, "Tengo una pregunta sobre mi cita")
    clock.advance(days=2)
    phones.text(world.sam, "I can't breathe")
    viewer = world.viewer(world.ana)
    found = inbox(viewer, "waiting", at=clock.now)
    assert [entry.conversation.patient_id for entry in found.entries] == [
        world.sam.id, world.rosa.id,
    ]  # fmt: skip
    counts = bell(viewer, at=clock.now)
    assert (counts.waiting, counts.urgent) == (2, 1)
    assert bell(world.viewer(world.ben), at=clock.now).urgent == 0  # another team's patient


def test_it_closes_no_task_by_what_stands_beside_urgent_words(
    phones: Phones, world: World, clock: Clock
) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1, but I have chest pain")
    thread = phones.thread(world.sam)
    assert (thread.waiting_since, thread.urgent_since) == (clock.now, clock.now)
    db.session.refresh(task)
    assert (task.is_open, task.needs, task.priority) == (True, Needs.REVIEW_REPLY, "urgent")


def test_it_raises_the_task_it_is_about_to_the_top_of_the_board(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.ask(world.rosa, TaskType.MEDICATION_RECEIVED)
    clock.advance(hours=1)
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "not sure, I can't breathe")
    db.session.refresh(task)
    assert task.priority == "urgent"
    assert len(phones.events("task.raised")) == 1


def test_it_goes_to_the_person_on_call_whoever_had_it(
    phones: Phones, world: World, clock: Clock
) -> None:
    put_on_call(world, world.lea, clock)
    phones.text(world.sam, "I have a question")
    with transaction():
        thread = phones.thread(world.sam)
        conversations.assign(thread, world.ana, by=world.system.actor, at=clock.now)
    phones.text(world.sam, "I have chest pain")
    assert phones.thread(world.sam).owner_id == world.lea.id
    phones.text(STRANGER, "no puedo respirar")
    [intake] = phones.intakes()
    assert (intake.owner_id, intake.urgent_since) == (world.lea.id, clock.now)


def test_it_stays_where_it_is_when_the_person_on_call_may_not_see_it(
    phones: Phones, world: World, clock: Clock
) -> None:
    put_on_call(world, world.ben, clock)  # of another team
    phones.text(world.sam, "I have chest pain")
    assert phones.thread(world.sam).owner_id is None
    phones.text(world.tom, "I have chest pain")  # of his own
    assert phones.thread(world.tom).owner_id == world.ben.id


def test_it_goes_to_nobody_who_has_left(phones: Phones, world: World, clock: Clock) -> None:
    put_on_call(world, world.lea, clock)
    with transaction():
        db.session.merge(world.lea).is_active = False
    phones.text(world.sam, "I have chest pain")
    assert phones.thread(world.sam).owner_id is None
    assert phones.thread(world.sam).urgent_since is not None


def told(world: World) -> list[str]:
    """Who was written to; what the e-mails say is asked of the writer."""
    rows = select(Mail).where(Mail.practice_id == world.practice.id, Mail.kind == MailKind.ON_CALL)
    return sorted(row.to_address for row in db.session.scalars(rows))


def test_it_writes_to_who_is_on_call_once_and_says_nothing_of_it(
    make_app: Callable[..., Flask], phones: Phones, world: World, clock: Clock
) -> None:
    put_on_call(world, world.lea, clock)
    with make_app(smtp_url="smtp://127.0.0.1:9", mail_from="c@example.org").app_context():
        phones.text(world.sam, "I have chest pain")
        phones.text(world.sam, "no puedo respirar")
        assert told(world) == ["lea@harbor.example.org"]
        row = db.session.scalars(select(Mail).where(Mail.kind == MailKind.ON_CALL)).one()
        words = mail_words.write(row, at=clock.now)
        assert words is not None
        assert f"/conversations/{phones.thread(world.sam).id}" in words.text
        for private in ("chest", "Sam", "Ortiz", "555"):
            assert private not in words.subject + words.text
        with transaction():
            db.session.merge(phones.thread(world.sam)).urgent_since = None
        assert mail_words.write(row, at=clock.now) is None  # somebody answered meanwhile


def test_it_writes_to_the_leads_when_who_is_on_call_may_not_open_it(
    make_app: Callable[..., Flask], phones: Phones, world: World, clock: Clock
) -> None:
    put_on_call(world, world.ben, clock)  # of another team
    phones.text(world.rosa, "I have chest pain")
    assert told(world) == []  # no mail server: it stands first in everybody's inbox
    with make_app(smtp_url="smtp://127.0.0.1:9", mail_from="c@example.org").app_context():
        phones.text(world.sam, "I have chest pain")
        assert told(world) == ["lea@harbor.example.org"]


def test_it_keeps_who_was_on_call_before(world: World, clock: Clock) -> None:
    for user in (world.lea, world.lea, world.ana, None):
        put_on_call(world, user, clock)
    changed = db.session.scalars(select(Event).where(Event.kind == "practice.changed")).all()
    assert len(changed) == 3
    with pytest.raises(Invalid):
        put_on_call(world, world.anton, clock)  # an analyst


def test_it_is_over_once_somebody_answered(phones: Phones, world: World, clock: Clock) -> None:
    phones.text(world.sam, "I have chest pain")
    with transaction():
        reply = messages.reply(
            phones.thread(world.sam), channel="sms", body="We are calling you now.",
            by=world.viewer(world.ana), at=clock.now,
        )  # fmt: skip
    assert phones.thread(world.sam).urgent_since is None
    with transaction():
        queued_texts.take_back(db.session.merge(reply), by=world.system.actor, at=clock.now)
    assert phones.thread(world.sam).urgent_since == clock.now


def test_it_comes_back_when_settling_was_a_mistake(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.sam, "I have chest pain")
    began = clock.now
    clock.advance(minutes=2)
    with transaction():
        conversations.settle(phones.thread(world.sam), by=world.system.actor, at=clock.now)
    assert phones.thread(world.sam).urgent_since is None
    with transaction():
        waits.unsettle(phones.thread(world.sam), by=world.system.actor, at=clock.now)
    assert phones.thread(world.sam).urgent_since == began


def test_it_goes_with_the_message_to_whose_it_was(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(STRANGER, "I have chest pain")
    with transaction():
        [intake] = phones.intakes()
        refiling.resolve_intake(intake, world.sam, by=world.system.actor, at=clock.now)
    assert phones.thread(world.sam).urgent_since == clock.now
    with transaction():
        message = db.session.scalars(select(Message)).one()
        misfiled.refile(message, world.rosa, by=world.system.actor, at=clock.now)
    assert phones.thread(world.rosa).urgent_since == clock.now
