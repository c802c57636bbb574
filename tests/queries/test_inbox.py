"""The inbox's list and threads: order, views, search, who sees what, and a constant number of statements."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import conversations, refiling
from app.core.db import db, transaction
from app.models.conversation import Conversation, ConversationKind
from app.queries import inbox as inbox_reads
from app.queries.inbox import UNTIL_THEY_WRITE, Inbox, inbox, neighbours
from app.queries.thread import thread
from app.queries.who_suggestions import suggested
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World

STRANGER = "+15035550177"


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def names(found: Inbox) -> list[str]:
    people = [entry.conversation.patient for entry in found.entries]
    return [person.given_name if person else "?" for person in people]


def listed(world: World, clock: Clock, view: str = "waiting", **more: object) -> Inbox:
    return inbox(world.viewer(world.ana), view, at=clock.now, **more)  # type: ignore[arg-type]


def test_it_puts_who_waits_longest_first(phones: Phones, world: World, clock: Clock) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    clock.advance(hours=2)
    phones.text(STRANGER, "Who is this?")
    clock.advance(hours=1)
    phones.text(world.rosa, "Tengo una pregunta sobre mi cita")
    clock.advance(hours=1)
    phones.text(world.sam, "Are you there?")  # writing again does not send him to the end
    found = listed(world, clock)
    assert names(found) == ["Sam", "?", "Rosa"]
    assert found.entries[0].last is not None
    assert found.entries[0].last.body == "Are you there?"
    assert found.counts["waiting"] == 3
    assert found.counts["intake"] == 1


def test_it_hides_a_snoozed_thread_until_its_time_or_a_reply(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    with transaction():
        row = phones.thread(world.sam)
        until = clock.now + timedelta(hours=2)
        conversations.snooze(row, until, by=world.system.actor, at=clock.now)
    assert names(listed(world, clock)) == []
    assert names(listed(world, clock, "snoozed")) == ["Sam"]
    clock.advance(hours=2)
    assert names(listed(world, clock)) == ["Sam"]
    with transaction():
        row = phones.thread(world.sam)
        conversations.snooze(row, UNTIL_THEY_WRITE, by=world.system.actor, at=clock.now)
    clock.advance(days=300)
    assert names(listed(world, clock)) == []
    phones.text(world.sam, "Still waiting for your call")
    assert names(listed(world, clock)) == ["Sam"]


def test_it_shows_another_team_only_its_own_and_intake(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    phones.text(world.tom, "Hello, I have a question")
    phones.text(STRANGER, "Who is this?")
    assert sorted(names(listed(world, clock, "all"))) == ["?", "Sam"]
    bens = inbox(world.viewer(world.ben), "all", at=clock.now)
    assert sorted(names(bens)) == ["?", "Tom"]
    assert bens.counts["waiting"] == 2
    caras = inbox(world.viewer(world.cara), "all", at=clock.now)
    assert caras.entries == []
    assert set(caras.counts.values()) == {0}
    assert inbox(world.viewer(world.anton), "all", at=clock.now).entries == []


@pytest.mark.parametrize("q", ["porter", "sam por", "H-2", "5550102", "(503) 555-0102"])
def test_it_finds_a_person_by_name_number_or_phone(
    phones: Phones, world: World, clock: Clock, q: str
) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    phones.text(world.rosa, "Tengo una pregunta sobre mi cita")
    assert names(listed(world, clock, "all", q=q)) == ["Sam"]


def test_it_names_the_threads_before_and_after(phones: Phones, world: World, clock: Clock) -> None:
    for person in (world.sam, world.rosa, world.olga):
        phones.text(person, "Hello, can you help me?")
        clock.advance(minutes=1)
    found = listed(world, clock)
    ids = [entry.conversation.id for entry in found.entries]
    assert neighbours(found, ids[1]) == (ids[0], ids[2])
    assert neighbours(found, ids[0]) == (None, ids[1])
    assert neighbours(found, None) == (None, ids[0])


def test_it_takes_the_same_statements_for_one_thread_or_many(
    phones: Phones, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    viewer = world.viewer(world.ana)
    with reads() as one:
        inbox(viewer, "all", at=clock.now)
    for person in (world.rosa, world.olga, STRANGER, "+15035550178"):
        phones.text(person, "Hello, can you help me?")
    db.session.expire_all()
    viewer = world.viewer(world.ana)
    with reads() as many:
        assert len(inbox(viewer, "all", at=clock.now).entries) == 5
    assert len(many) == len(one)


def test_it_shows_more_only_when_there_is_more(
    phones: Phones, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_reads, "PAGE", 2)
    for person in (world.sam, world.rosa, world.olga):
        phones.text(person, "Hello, can you help me?")
        clock.advance(minutes=1)
    first = listed(world, clock)
    assert (names(first), first.has_more) == (["Sam", "Rosa"], True)
    both = listed(world, clock, pages=2)
    assert (len(both.entries), both.has_more) == (3, False)


def test_it_tells_a_thread_with_notes_and_what_happened_in_order(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.sam, "Hello, can you help me?")
    viewer = world.viewer(world.ana)
    clock.advance(minutes=1)
    with transaction():
        row = phones.thread(world.sam)
        conversations.add_note(row, "He prefers mornings", by=viewer, at=clock.now)
        clock.advance(minutes=1)
        conversations.assign(row, world.ana, by=viewer.actor, at=clock.now)
    story = thread(viewer, phones.thread(world.sam))
    told = [(moment.kind, getattr(moment.row, "kind", "")) for moment in story.moments]
    assert told == [
        ("event", "consent.given"),  # from the day he was added
        ("message", ""),
        ("note", ""),
        ("event", "conversation.assigned"),
    ]
    assert story.names[world.ana.id] == "Ana Alvarez"
    assert story.older is None


def test_it_asks_who_it_is_among_those_who_share_the_phone(
    phones: Phones, world: World, clock: Clock
) -> None:
    phones.text(world.kim, "Hello, can you help me?")
    (intake,) = phones.intakes()
    viewer = world.viewer(world.ana)
    found = suggested(viewer, intake, today=clock.now.date())
    assert [each.patient.given_name for each in found.people] == ["Kim", "Lee"]
    others = suggested(world.viewer(world.ben), intake, today=clock.now.date())
    assert others.people == []
    with transaction():
        refiling.resolve_intake(intake, world.lee, by=viewer.actor, at=clock.now)
    kinds = db.session.scalars(select(Conversation.kind).where(Conversation.resolved_at.is_(None)))
    assert ConversationKind.INTAKE not in list(kinds)
    assert names(listed(world, clock)) == ["Lee"]
