"""Patients' phones for tests: texts come in as a carrier's webhook would bring them, and asks leave as the
outbox would let them. Nothing is patched; time is the test's clock."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.actions import handover, inbound, tasks
from app.core.db import db, transaction
from app.models.conversation import Conversation, ConversationKind
from app.models.event import SYSTEM, Event
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from messaging.carriers.base import Incoming
from messaging.delivery import MessageStatus
from tests.conftest import Clock
from tests.world import World


def new_sid() -> str:
    """An id as Twilio gives to messages."""
    return f"SM{secrets.token_hex(16)}"


@dataclass
class Phones:
    """What a test needs of the world's phones."""

    world: World
    clock: Clock
    sids: list[str] = field(default_factory=list)

    def text(self, who: Patient | str, body: str, **more: Any) -> Message | None:
        """A text from a patient's phone (or any number) to the practice's line."""
        sender = who if isinstance(who, str) else self.world.phone(who)
        values = {"provider_id": new_sid(), "account_sid": "", **more}
        incoming = Incoming(sender=sender, recipient=self.world.line.number, body=body, **values)
        with transaction():
            return inbound.receive(self.world.line, incoming, at=self.clock.now)

    def ask(self, patient: Patient, kind: TaskType, **details: Any) -> Task:
        """A new task whose first question has reached the patient's phone."""
        with transaction():
            task = tasks.create(patient, kind, by=SYSTEM, at=self.clock.now, **details)
        self.deliver_all()
        return task

    def deliver_all(self) -> list[Message]:
        """Everything queued leaves now and arrives."""
        with transaction():
            waiting = list(
                db.session.scalars(select(Message).where(Message.status == MessageStatus.QUEUED))
            )
            for message in waiting:
                handover.handed_over(
                    message,
                    at=self.clock.now,
                    provider_id=new_sid(),
                    status=MessageStatus.DELIVERED,
                )
        return waiting

    def outbox(self) -> list[Message]:
        """What waits to leave, oldest first."""
        return list(
            db.session.scalars(
                select(Message)
                .where(
                    Message.direction == Direction.OUTBOUND,
                    Message.status == MessageStatus.QUEUED,
                )
                .order_by(Message.created_at, Message.id)
            )
        )

    def thread(self, patient: Patient) -> Conversation:
        """The patient's thread, as it stands."""
        return db.session.scalars(
            select(Conversation)
            .where(
                Conversation.patient_id == patient.id,
                Conversation.kind == ConversationKind.PATIENT,
            )
            .execution_options(populate_existing=True)
        ).one()

    def intakes(self) -> list[Conversation]:
        """Open intake threads."""
        return list(
            db.session.scalars(
                select(Conversation).where(
                    Conversation.kind == ConversationKind.INTAKE,
                    Conversation.resolved_at.is_(None),
                )
            )
        )

    def events(self, kind: str) -> list[Event]:
        """Events of one kind, oldest first."""
        return list(
            db.session.scalars(select(Event).where(Event.kind == kind).order_by(Event.at, Event.id))
        )
