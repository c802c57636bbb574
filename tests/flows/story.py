"""A story told from outside: patients text through the signed webhook, workers run as the clock moves,
texts arrive on the sandbox carrier's phones."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import Event
from app.models.lease import SandboxMessage
from app.models.patient import Patient
from app.models.task import Task, TaskType
from app.models.touchpoint import Touchpoint, TouchpointTask
from tests.carrier.signing import signature_of
from tests.conftest import TWILIO_SID, TWILIO_TOKEN, Clock
from tests.world import World
from workers import deadlines, outbox

WEBHOOK = "http://localhost:8000/webhooks/twilio/messages"
LONGEST_STEP = timedelta(hours=2)


@dataclass
class Story:
    world: World
    clock: Clock
    client: FlaskClient

    def ask(self, patient: Patient, type: TaskType, **details: Any) -> Task:
        """Ana makes a task for a patient, and its first question leaves."""
        by = self.world.viewer(self.world.ana).actor
        with transaction():
            task = tasks.create(
                patient, type, by=by, at=self.clock.now, owner_id=self.world.ana.id, **details
            )
        self.work()
        return task

    def text(self, patient: Patient, body: str) -> None:
        """The patient texts the practice's line, and what follows from it leaves."""
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": TWILIO_SID,
            "From": self.world.phone(patient),
            "To": self.world.line.number,
            "Body": body,
            "NumMedia": "0",
        }
        db.session.rollback()
        answer = self.client.post(
            "/webhooks/twilio/messages",
            data=form,
            headers={"X-Twilio-Signature": signature_of(WEBHOOK, form, TWILIO_TOKEN)},
        )
        assert answer.status_code == 200, answer.text
        self.work()

    def choose(self, patient: Patient, label: str) -> None:
        """The patient answers the newest text with the number of the option that holds `label`."""
        found = re.search(rf"(\d) = [^\n]*{re.escape(label)}", self.phone(patient)[-1])
        assert found is not None, self.phone(patient)[-1]
        self.text(patient, found[1])

    def work(self) -> None:
        """What the worker does when its ticks come."""
        db.session.rollback()
        deadlines.run()
        outbox.deliver_due()
        db.session.rollback()  # the next read sees what other sessions wrote

    def wait_until(self, moment: datetime) -> None:
        """Time goes by, and the worker works all along."""
        while self.clock.now < moment:
            self.clock.set(min(self.clock.now + LONGEST_STEP, moment))
            self.work()

    def wait(self, **long: float) -> None:
        self.wait_until(self.clock.now + timedelta(**long))

    def phone(self, patient: Patient) -> list[str]:
        """What stands on the patient's phone from us, oldest first."""
        texts = select(SandboxMessage).where(
            SandboxMessage.recipient == self.world.phone(patient),
            SandboxMessage.direction == "outbound",
        )
        return [row.body for row in db.session.scalars(texts.order_by(SandboxMessage.id))]

    def kinds(self, task: Task) -> list[str]:
        events = select(Event.kind).where(Event.subject_id == task.id).order_by(Event.id)
        return list(db.session.scalars(events))

    def ledger(self, task: Task) -> list[Touchpoint]:
        """The rows of the ledger that served the task, oldest first."""
        rows = (
            select(Touchpoint)
            .join(TouchpointTask, TouchpointTask.touchpoint_id == Touchpoint.id)
            .where(TouchpointTask.task_id == task.id)
            .order_by(Touchpoint.id)
        )
        return list(db.session.scalars(rows))
