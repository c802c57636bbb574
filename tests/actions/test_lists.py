"""Sending to a list: one message per person however often it is pressed or killed, stopped at once, taken up
again by a new decision, at its own pace."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.actions import line_pace
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import Event
from app.models.list_send import ListRecipient, ListSend, ListStatus
from app.models.message import Message
from app.models.patient import Patient, PatientStatus
from app.models.practice import Line
from messaging.carriers.base import NotAccepted, Receipt
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from messaging.lanes import Lane
from tests.actions.claims import claim, settle, start
from tests.actions.claims import stop as opt_out
from tests.actions.drafts import fresh, kinds_of, queue_to
from tests.actions.list_sends import WORDS, again, messages_of, resume, send, stop
from tests.conftest import Clock
from tests.world import Casting, World, look_again
from workers import lists as sweep


def everyone(world: World) -> list[Patient]:
    return [world.rosa, world.sam, world.kim, world.lee, world.olga, world.tom]


def crowd(world: World, clock: Clock, n: int) -> list[Patient]:
    """So many more people, each with a phone of their own."""
    cast = Casting(world.practice, clock.now)
    with transaction():
        return [cast.patient(f"C-{i}", f"Cy Number{i}", f"+1503555{2000 + i}") for i in range(n)]


def leave(claimed, at) -> None:
    assert start(claimed, at)
    settle(claimed, Receipt(new_provider_id(), MessageStatus.SENT, 1), at)


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


def test_it_stops_what_waits_and_leaves_what_is_leaving(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    said = stop(world, row, clock.now)
    assert said is not None
    assert (said.left, said.stopped) == (1, 4)
    assert claim(world, clock.advance(seconds=5)) == []
    leave(first, clock.now)
    states = sorted(m.status.value for m in messages_of(row).values())
    assert states == [*["cancelled"] * 4, "sent", "withheld"]
    (told,) = db.session.scalars(select(Event).where(Event.kind == "list.stopped"))
    assert (told.facts, told.actor_id) == ({"left": 1, "stopped": 4}, world.lea.id)
    assert stop(world, row, clock.now) is None  # pressed twice


def test_it_lets_nothing_of_a_stopped_list_leave_before_it_is_taken_back(
    world: World, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.lists.AT_ONCE", 1)
    row = send(world, everyone(world), clock.now)
    sweep.run()
    stop(world, row, clock.now)
    queued = [m for m in messages_of(row).values() if m.status is MessageStatus.QUEUED]
    assert len(queued) == 4  # still to be taken back
    assert claim(world, clock.advance(seconds=5)) == []
    sweep.run()
    assert all(fresh(message).status is MessageStatus.CANCELLED for message in queued)
    sweep.run()
    assert again(row).due_at is None


def test_it_takes_back_a_text_that_was_leaving_and_came_back(world: World, clock) -> None:
    row = send(world, [world.sam], clock.now)
    sweep.run()
    (first,) = claim(world, clock.now)
    stop(world, row, clock.now)
    sweep.run()
    assert start(first, clock.now)
    settle(first, NotAccepted(), clock.now)
    assert messages_of(row)["Sam"].status is MessageStatus.QUEUED
    assert claim(world, clock.advance(minutes=2)) == []
    sweep.run()
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED


def test_it_stops_people_whose_message_is_not_written_yet(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    said = stop(world, row, clock.now)
    assert said is not None
    assert (said.left, said.stopped) == (0, 6)
    sweep.run()
    assert messages_of(row) == {}
    assert again(row).due_at is None


def test_it_sends_the_rest_after_a_new_decision_and_nobody_twice(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    (first, *_rest) = claim(world, clock.now, limit=1)
    leave(first, clock.now)
    stop(world, row, clock.now)
    opt_out(world, world.tom, clock.advance(minutes=1))
    resume(world, row, clock.now)
    sweep.run()
    assert again(row).status is ListStatus.SENDING
    sent = messages_of(row)
    assert sent["Tom"].withheld_reason == "opted_out"
    assert db.session.scalar(select(func.count()).select_from(Message)) == 6
    left = [first.message_id]
    for _ in range(2):  # Kim and Lee share a phone: one after the other
        for claimed in claim(world, clock.advance(minutes=1)):
            leave(claimed, clock.now)
            left.append(claimed.message_id)
    assert sorted(left) == sorted(sent[name].id for name in ("Rosa", "Sam", "Kim", "Lee"))
    assert kinds_of(row) == ["list.started", "list.written", "list.stopped", "list.resumed"]


def test_it_does_not_replay_what_somebody_else_took_back(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now)
    sweep.run()
    opt_out(world, world.sam, clock.now)  # cancels the queued text
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED
    stop(world, row, clock.now)
    resume(world, row, clock.now)
    sweep.run()
    assert messages_of(row)["Sam"].status is MessageStatus.CANCELLED


def test_it_goes_on_only_within_the_time_its_words_are_of_use(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now, not_after=clock.now + timedelta(hours=2))
    with pytest.raises(Conflict):
        resume(world, row, clock.now)  # it is not stopped
    stop(world, row, clock.now)
    with pytest.raises(Conflict):
        resume(world, row, clock.advance(hours=3))


def test_it_keeps_its_own_pace_whatever_the_line_allows(world: World, clock) -> None:
    """At most 20 a minute on a line that could do 1000 a second, with others passing it."""
    people = crowd(world, clock, 30)
    row = send(world, people, clock.now, per_minute=20)
    sweep.run()
    reply = queue_to(world.rosa, clock.now, purpose="staff_reply", is_automated=False)
    moments = []
    for _ in range(120):
        for claimed in claim(world, clock.now, limit=24):
            moment = clock.now + timedelta(seconds=claimed.wait_seconds)
            leave(claimed, moment)
            if claimed.message_id != reply.id:
                moments.append(moment)
        clock.advance(seconds=1)
    assert fresh(reply).status is MessageStatus.SENT
    assert len(moments) == 30
    minute = timedelta(minutes=1)
    busiest = max(sum(first <= m < first + minute for m in moments) for first in moments)
    assert busiest == 20
    assert max(moments) - min(moments) == pytest.approx(
        timedelta(seconds=29 * 3), abs=timedelta(seconds=4)
    )
    assert all(m.status is MessageStatus.SENT for m in messages_of(row).values())


def test_it_keeps_a_second_list_moving_behind_one_at_its_pace(world: World, clock) -> None:
    send(world, [world.sam, world.tom], clock.now, per_minute=1)
    sweep.run()
    assert len(claim(world, clock.now)) == 1
    other = send(world, [world.rosa], clock.advance(seconds=1), key="two")
    sweep.run()
    (only,) = claim(world, clock.now)
    assert only.message_id == messages_of(other)["Rosa"].id


def test_it_does_not_send_what_is_too_late(world: World, clock) -> None:
    row = send(world, everyone(world), clock.now, per_minute=1, not_after=clock.now + timedelta(minutes=1))  # fmt: skip
    sweep.run()
    (first,) = claim(world, clock.now)
    leave(first, clock.now)
    assert claim(world, clock.advance(minutes=3)) == []
    states = sorted(m.status.value for m in messages_of(row).values())
    assert states == [*["expired"] * 4, "sent", "withheld"]


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
    assert line_pace.closed_lines(world.practice.id, at=clock.now) == []
