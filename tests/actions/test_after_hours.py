"""Outside practice hours: one notice for each closed stretch, and only to somebody who now waits."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import TaskType
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.phones import Phones
from tests.wordings import use_words
from tests.world import World

HOURS = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}
NIGHT = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)  # Tuesday, 9:30 p.m. where the practice is
STRANGER = "+15035550177"


@pytest.fixture
def closed(world: World, clock: Clock) -> datetime:
    """A practice with hours, at night; also within the patients' quiet hours."""
    with transaction():
        practice = db.session.merge(world.practice)
        practice.hours, practice.quiet_from, practice.quiet_until = HOURS, "21:00", "08:00"
    return clock.set(NIGHT)


def notices(key: str = "service.after_hours") -> list[Message]:
    rows = select(Message).where(Message.template_key == key).order_by(Message.created_at)
    return list(db.session.scalars(rows))


def test_it_says_when_a_person_reads_it_and_what_to_do(
    phones: Phones, world: World, closed: datetime
) -> None:
    phones.text(world.sam, "I have a question about my visit")
    [notice] = notices()
    assert notice.body == (
        "Harbor Family Clinic: we are closed now. A person will read your message when we open, "
        "tomorrow at 8:00 AM. In an emergency, call 911."
    )
    assert (notice.status, notice.solicited, notice.is_automated) == (
        MessageStatus.QUEUED, True, True,
    )  # fmt: skip
    assert notice.due_at == closed  # at once, in the middle of the quiet hours
    assert notice.not_after == datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    assert phones.thread(world.sam).waiting_since == closed  # a person still reads it


def test_it_says_it_in_the_patients_language(
    phones: Phones, world: World, closed: datetime
) -> None:
    phones.text(world.rosa, "Tengo una pregunta sobre mi cita")
    [notice] = notices()
    assert "mañana a las 8:00 a. m." in notice.body
    assert "llame al 911" in notice.body
    assert (notice.language, notice.segments) == ("es", 1)


def test_it_says_it_once_until_the_practice_opens(
    phones: Phones, world: World, clock: Clock, closed: datetime
) -> None:
    phones.text(world.sam, "I have a question")
    clock.advance(hours=6)
    phones.text(world.sam, "Are you there?")
    phones.text(world.rosa, "Tengo una pregunta")  # another phone, another notice
    assert len(notices()) == 2
    clock.set(NIGHT + timedelta(hours=12))
    phones.text(world.sam, "Good morning")  # 9:30 a.m.
    assert len(notices()) == 2
    clock.set(NIGHT + timedelta(hours=15))
    phones.text(world.sam, "One more")  # 12:30 p.m., over lunch
    assert len(notices()) == 3
    clock.set(NIGHT + timedelta(days=1))
    phones.text(world.sam, "Good evening")
    assert len(notices()) == 4


def test_it_says_it_on_a_closed_day_and_over_the_weekend(
    phones: Phones, world: World, clock: Clock, closed: datetime
) -> None:
    with transaction():
        db.session.merge(world.practice).closed_on = ["2026-03-09"]
    clock.set(datetime(2026, 3, 7, 20, 0, tzinfo=UTC))  # a Saturday noon
    phones.text(world.sam, "I have a question")
    clock.set(datetime(2026, 3, 9, 18, 0, tzinfo=UTC))
    phones.text(world.sam, "Nobody there?")
    [notice] = notices()
    assert "on Tuesday, March 10 at 8:00 AM" in notice.body


def test_it_never_says_it_without_hours(phones: Phones, world: World, clock: Clock) -> None:
    clock.set(NIGHT)
    phones.text(world.sam, "I have a question")
    with transaction():
        db.session.merge(world.practice).closed_on = ["2026-03-03"]
    phones.text(world.sam, "Another one")
    assert notices() == []


@pytest.mark.parametrize("body", ["STOP", "START", "HELP", "JOIN", "please stop texting me"])
def test_it_answers_no_keyword(phones: Phones, world: World, closed: datetime, body: str) -> None:
    phones.text(world.sam, body)
    assert notices() == []


def test_it_is_silent_when_the_answer_was_understood(
    phones: Phones, world: World, clock: Clock, closed: datetime
) -> None:
    clock.set(NIGHT - timedelta(hours=6))
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    clock.set(NIGHT)
    phones.text(world.sam, "1")
    assert notices() == []
    phones.text(world.sam, "what do you mean by that?")
    assert len(notices()) == 1


def test_it_never_leaves_after_an_opt_out(phones: Phones, world: World, closed: datetime) -> None:
    phones.text(world.olga, "I have a question")
    assert [each.status for each in notices()] == [MessageStatus.WITHHELD]
    assert phones.outbox() == []


def test_it_does_not_answer_what_reached_us_late(
    phones: Phones, world: World, clock: Clock, closed: datetime
) -> None:
    clock.advance(hours=3)
    phones.text(world.sam, "I have a question", received_at=NIGHT)
    assert notices() == []
    assert phones.thread(world.sam).waiting_since == NIGHT


def test_it_answers_strangers_and_shared_phones_too(
    phones: Phones, world: World, closed: datetime
) -> None:
    with transaction():
        for person in (world.kim, world.lee):
            db.session.merge(person).language = "es"
    for number in (STRANGER, world.phone(world.kim)):
        phones.text(number, "Hello?")
    assert sorted(each.language for each in notices()) == ["en", "es"]


def test_it_answers_in_the_portal_as_well(
    phones: Phones, world: World, clock: Clock, closed: datetime
) -> None:
    from app.actions import inbound

    with transaction():
        patient = db.session.merge(world.sam)
        inbound.receive_portal(patient, "I have a question", at=clock.now)
    [notice] = notices()
    assert (notice.channel, notice.status) == ("portal", MessageStatus.DELIVERED)


@pytest.mark.parametrize(
    ("who", "body", "first"),
    [("sam", "I have chest pain", "In an emergency, call 911 now."),
     ("rosa", "me duele el pecho", "En una emergencia, llame ahora al 911.")],
)  # fmt: skip
def test_it_puts_911_first_for_urgent_words(
    phones: Phones, world: World, closed: datetime, who: str, body: str, first: str
) -> None:
    person: Patient = getattr(world, who)
    phones.text(person, body)
    [notice] = notices("service.after_hours_urgent")
    assert notice.body.startswith(first)
    assert "chest" not in notice.body
    assert "pecho" not in notice.body
    assert notices() == []
    phones.text(person, body)  # still one for the night
    assert len(notices("service.after_hours_urgent")) == 1


def test_it_takes_the_practices_own_words_but_never_without_911(
    phones: Phones, world: World, closed: datetime
) -> None:
    with transaction():
        practice = db.session.merge(world.practice)
        with pytest.raises(Invalid, match="911"):
            use_words(practice, "service.after_hours", "en", "We are closed.", at=closed)
        body = "We sleep until {opens}. In an emergency call 911."
        use_words(practice, "service.after_hours", "en", body, at=closed)
    phones.text(world.sam, "I have a question")
    assert notices()[0].body == "We sleep until tomorrow at 8:00 AM. In an emergency call 911."
