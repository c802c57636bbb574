"""Sending to a list: one message per person however often it is pressed or killed, stopped at once, taken up
again by a new decision, at its own pace."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import line_pace, list_preview
from app.actions.carrier_queue import CarrierQueue
from app.actions.list_plan import Plan
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.event import Event
from app.models.list_send import ListRecipient, ListSend
from app.models.message import Message
from app.models.patient import Patient, PatientStatus
from app.models.practice import Line, Practice
from messaging.lanes import Lane
from tests.actions.claims import claim
from tests.actions.drafts import kinds_of
from tests.actions.list_sends import (
    WORDS,
    again,
    everyone,
    messages_of,
    send,
)
from tests.phones import Phones
from tests.world import World, look_again
from workers import lists as sweep


def test_it_writes_one_message_for_each_person_in_their_language(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    assert messages_of(row) == {}
    assert sweep.run() == 6
    sent = messages_of(row)
    assert sent["Rosa"].body.startswith(
        "Hola, Rosa: le escribe Harbor Family Clinic, (503) 555-0199."
    )
    assert sent["Rosa"].language == "es"
    assert sent["Sam"].body.startswith("Hello Sam, this is")
    assert sent["Sam"].send_key == f"list:{row.id}:{world.sam.id}"
    for message in sent.values():
        assert (message.lane, message.is_automated, message.author_id) == (Lane.LIST, True, None)
    assert {name: m.status.value for name, m in sent.items()} == {
        "Rosa": "queued", "Sam": "queued", "Tom": "queued",
        "Kim": "queued", "Lee": "queued", "Olga": "withheld",
    }  # fmt: skip
    assert sent["Olga"].withheld_reason == "opted_out"
    assert sent["Kim"].phone_number_id == sent["Lee"].phone_number_id  # both agreed for this number
    assert (again(row).due_at, row.written_at) == (None, clock.now)
    assert kinds_of(row) == ["list.started", "list.written"]
    by = db.session.scalars(select(Event).where(Event.subject_id == sent["Sam"].id)).first()
    assert by is not None
    assert (by.kind, by.actor_id) == ("message.queued", world.lea.id)


def test_it_sends_once_however_often_it_is_pressed(world: World, clock) -> None:
    first = send(world, everyone(world), clock.now)
    assert send(world, everyone(world), clock.now).id == first.id
    sweep.run()
    assert send(world, everyone(world), clock.advance(hours=2), key="another's form").id == first.id
    sweep.run()
    assert db.session.scalar(select(func.count()).select_from(Message)) == 6
    other = send(world, [world.sam], clock.now, key="two")  # fewer people are another list
    later = send(world, everyone(world), clock.advance(hours=25), key="three")
    assert len({first.id, other.id, later.id}) == 3


def test_it_leaves_alone_what_is_written_and_what_is_not_due(world: World, clock) -> None:
    send(world, [world.sam], clock.now)
    assert sweep.run() == 1
    assert sweep.run() == 0


def test_it_sets_a_broken_person_aside_and_writes_the_rest(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.sam).given_name = " "  # nothing to fill in
    row = send(world, everyone(world), clock.now)
    assert sweep.run() == 6
    assert len(messages_of(row)) == 5
    people = select(ListRecipient.problem).where(ListRecipient.patient_id == world.sam.id)
    assert db.session.scalar(people) == "broken"
    assert sweep.run() == 0


def test_it_writes_nothing_for_people_whose_urgent_words_wait(
    world: World, clock, phones: Phones
) -> None:
    phones.text(world.sam, "I can't breathe and my chest hurts")
    patients = list(db.session.scalars(select(Patient).where(Patient.id == world.sam.id)))
    practice = db.session.get_one(Practice, world.practice.id)
    (group,) = list_preview.preview(practice, patients, Plan(WORDS), at=clock.now).never
    assert group.reason == "urgent"
    look_again()
    row = send(world, everyone(world), clock.now)
    assert sweep.run() == 6
    assert "Sam" not in messages_of(row)
    assert sweep.run() == 0  # and nothing leaves afterwards: it was decided without them


def test_it_writes_nothing_for_people_without_words_unless_they_get_the_english(
    world: World, clock
) -> None:
    english = {"en": WORDS["en"]}
    row = send(world, everyone(world), clock.now, words=english)
    sweep.run()
    assert "Rosa" not in messages_of(row)
    other = send(world, [world.rosa], clock.now, key="two", words=english, others_get_english=True)
    sweep.run()
    assert messages_of(other)["Rosa"].language == "en"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"words": {}}, "words_en"),
        ({"words": {"en": "Flu shots are here."}}, "words_en"),
        ({"words": {"es": WORDS["es"] + " Su diabetes."}}, "words_es"),
        ({"words": {"en": WORDS["en"] + " {appointment_day}"}}, "words_en"),
        ({"per_minute": 0}, "per_minute"),
    ],
)
def test_it_refuses_words_and_paces_that_cannot_be_used(
    world: World, clock, plan: dict, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        send(world, everyone(world), clock.now, **plan)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(ListSend)) == 0


def test_it_refuses_an_end_that_is_over_and_an_empty_list(world: World, clock) -> None:
    with pytest.raises(Invalid):
        send(world, everyone(world), clock.now, not_after=clock.now)
    with pytest.raises(Invalid):
        send(world, [], clock.now)


def test_it_never_texts_somebody_who_left_between_the_writing_and_the_leaving(
    world: World, clock
) -> None:
    row = send(world, [world.sam], clock.now, send_after=clock.now + timedelta(hours=2))
    sweep.run()
    assert messages_of(row)["Sam"].due_at == clock.now + timedelta(hours=2)
    with transaction():
        db.session.merge(world.sam).status = PatientStatus.DO_NOT_CONTACT
    assert claim(world, clock.advance(hours=2)) == []
    assert messages_of(row)["Sam"].withheld_reason == "do_not_contact"


def test_a_practice_without_an_active_line_sends_nothing(world: World, clock) -> None:
    with transaction():
        db.session.get_one(Line, (world.practice.id, world.line.id)).is_active = False
    row = send(world, [world.sam], clock.now)
    sweep.run()
    assert messages_of(row)["Sam"].withheld_reason == "unregistered_line"
    look_again()
    lines = line_pace.lock_lines(world.practice.id)
    nothing = CarrierQueue({})
    assert line_pace.open_lines(lines, nothing, at=clock.now).closed == []
