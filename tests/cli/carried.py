"""What the carrier remembers of a past that the database lost, in the sandbox's own table."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.lease import SandboxMessage
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.practice import Practice
from messaging.carriers.sandbox import new_provider_id
from tests.conftest import Clock
from tests.world import World, look_again

FOUND = "conversation.text_found"


def restore(clock: Clock, *, hours_later: float = 1) -> datetime:
    """The database is a backup of now, and it is later."""
    of = clock.now
    clock.advance(hours=hours_later)
    with transaction() as session:
        for practice in session.scalars(select(Practice)):
            practice.restored_from, practice.restored_at = of, clock.now
    return of


def carried(world: World, patient: Patient, body: str, at: datetime, *, came: bool = False) -> str:
    """A text the carrier has on record; our side of it was lost."""
    line, phone = world.line.number, world.phone(patient)
    row = SandboxMessage(
        practice_id=world.practice.id, provider_id=new_provider_id(), body=body, at=at,
        sender=phone if came else line, recipient=line if came else phone,
        direction="inbound" if came else "outbound",
    )  # fmt: skip
    with transaction() as session:
        session.add(row)
    return row.provider_id


def times_carried(body: str) -> int:
    return [row.body for row in db.session.scalars(select(SandboxMessage))].count(body)


def heard() -> list[Message]:
    found = select(Message).where(Message.direction == Direction.INBOUND).order_by(Message.id)
    return list(db.session.scalars(found))


def thread_of(patient: Patient) -> Conversation:
    mine = Conversation.patient_id == patient.id
    return db.session.scalars(select(Conversation).where(mine)).one()


def found_events() -> list[Event]:
    look_again()
    return list(db.session.scalars(select(Event).where(Event.kind == FOUND).order_by(Event.id)))
