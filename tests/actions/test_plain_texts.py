"""A plain text is written without loading a record. Both ways in leave the same behind, column by column."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actions import consents, inbound, patient_changes, plain_texts, related_people
from app.core import effects
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.patient import PatientStatus
from app.models.task import TaskType
from app.models.topic import Change, Topic
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import Attached, Incoming
from tests.conftest import Clock
from tests.phones import Phones, new_sid
from tests.world import World

TABLES = (Message, Touchpoint, Event, Conversation, Topic, Change)
MIAS = "+15035550171"
HOURS = {"1": [["08:00", "12:00"]]}  # Tuesdays: the cast's clock stands at nine


class Undone(Exception):
    """Both ways begin at the same rows."""


def text(phones: Phones, sender: str, **more: Any) -> Incoming:
    plain = Incoming(provider_id=new_sid(), account_sid="", sender=sender, body="My leg is better",
                     recipient=phones.world.line.number)  # fmt: skip
    return replace(plain, **more)


def left_behind(way: Callable[..., Any], phones: Phones, incoming: Incoming) -> list[str]:
    """Every row as it stands after the text, its new ids named after what they belong to."""
    found: list[str] = []
    with suppress(Undone), transaction() as session:
        message = way(phones.world.line, incoming, at=phones.clock.now)
        session.flush()
        effects.run_before_commit(session)
        names = {str(message.id): "its message"} | names_of(session, message.id)
        for table in TABLES:
            rows = session.execute(select(table.__table__)).mappings()
            found += sorted(as_words(table.__tablename__, dict(row), names) for row in rows)
        raise Undone
    return found


def names_of(session: Session, message_id: Any) -> dict[str, str]:
    """The ids that are new each time."""
    contact = session.scalars(
        select(Touchpoint.id).where(Touchpoint.message_id == message_id)
    ).one()
    events = session.execute(
        select(Event.id, Event.kind).where(Event.subject_id.in_([message_id, contact]))
    )
    return {str(contact): "its contact"} | {str(id_): kind for id_, kind in events}


def as_words(table: str, row: dict[str, Any], names: dict[str, str]) -> str:
    row.pop("salt", None)
    said = f"{table} {sorted(row.items())}"
    for written, name in names.items():
        said = said.replace(written, name)
    return said


def caregivers(phones: Phones) -> str:
    yes = consents.Said(ConsentHow.DESK, "May we text you?", "es")
    agreed = related_people.Agreed(
        name="Mia Porter", relationship="daughter", language="es", may_receive=[], may_answer=[],
        authorised_by="Sam Porter, in person", phone=MIAS, texts=yes,
        from_on=phones.clock.now.date(),
    )  # fmt: skip
    with transaction():
        related_people.add(phones.world.sam, agreed, by=SYSTEM, at=phones.clock.now)
    return MIAS


def in_hospice(phones: Phones) -> str:
    with transaction():
        sam = db.session.merge(phones.world.sam)
        sam.setting = "snf"
        today = phones.clock.now.date()
        patient_changes.set_status(
            sam, PatientStatus.HOSPICE, since=today, today=today, by=SYSTEM, at=phones.clock.now
        )
    return phones.world.phone(phones.world.sam)


def snoozed(phones: Phones) -> str:
    with transaction():
        thread = phones.thread(phones.world.sam)
        thread.waiting_since, thread.snoozed_until = None, phones.clock.now + timedelta(days=1)
        thread.phone_number_id = None
    return phones.world.phone(phones.world.sam)


def with_hours(phones: Phones) -> str:
    with transaction():
        db.session.merge(phones.world.practice).hours = HOURS
    return phones.world.phone(phones.world.rosa)


def answered(phones: Phones) -> str:
    """They were asked lately, and it is over."""
    phones.ask(phones.world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(phones.world.sam, "1")
    return phones.world.phone(phones.world.sam)


@pytest.mark.parametrize("prepare", [caregivers, in_hospice, snoozed, with_hours, answered])
def test_it_leaves_what_the_other_way_leaves(
    phones: Phones, world: World, clock: Clock, prepare: Callable[[Phones], str]
) -> None:
    for patient in (world.sam, world.rosa):
        phones.text(patient, "Hello")
    sender = prepare(phones)
    clock.advance(minutes=5)
    for incoming in (
        text(phones, sender),
        text(phones, sender, received_at=clock.now - timedelta(days=40)),
    ):
        with transaction():
            seen = plain_texts.look(world.line, incoming, at=clock.now)
            assert seen is not None
            assert seen.is_plain
        plain = left_behind(inbound.receive, phones, incoming)
        assert plain == left_behind(inbound.receive_with_care, phones, incoming)


def test_it_looks_closer_at_whatever_may_mean_more(
    phones: Phones, world: World, clock: Clock
) -> None:
    for who in (world.sam, world.kim):
        phones.text(who, "Hello")
    sam, kim = world.phone(world.sam), "+15035550103"
    file = Attached("https://example.org/1", "image/png")
    closer = [
        text(phones, sam, body="stop"), text(phones, sam, body="please stop texting me"),
        text(phones, sam, body="I have chest pain"), text(phones, sam, opt_out="STOP"),
        text(phones, sam, media=(file,)), text(phones, sam, unknown_keys=("Odd",)),
        text(phones, kim), text(phones, "+15035550177"),
    ]  # fmt: skip
    with transaction():
        assert not any(plain_texts.look(world.line, each, at=clock.now) for each in closer)
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    with transaction():
        seen = plain_texts.look(world.line, text(phones, sam), at=clock.now)
        assert seen is not None
        assert not seen.is_plain


def test_it_sees_that_the_practice_moved(phones: Phones, world: World, clock: Clock) -> None:
    """The day a text counts for is asked for in the practice's zone, which is remembered."""
    phones.text(world.sam, "Hello")
    with transaction():
        db.session.merge(world.practice).time_zone = "Pacific/Kiritimati"  # a day ahead
    incoming = text(phones, world.phone(world.sam))
    plain = left_behind(inbound.receive, phones, incoming)
    assert any("Kiritimati" in row for row in plain)
    assert plain == left_behind(inbound.receive_with_care, phones, incoming)
