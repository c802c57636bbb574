"""Plays invented stories through the product's own actions, at moments in the past: what a seeded page
shows is what the product really did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.actions import calls, ladder, outbox, outbox_attempt, outbox_settle, sandbox, task_creation
from app.actions.sandbox import SandboxTable
from app.core.db import db, transaction
from app.models.event import Actor
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.task import Task, TaskType
from app.models.touchpoint import MinutesSource
from app.models.user import User
from app.models.viewer import Viewer, user_viewer
from messaging.carriers.sandbox import SandboxCarrier


@dataclass
class Cast:
    """Who is there, by short name."""

    practice: Practice
    staff: dict[str, User]
    patients: dict[str, Patient]
    phones: dict[str, str]

    def by(self, name: str) -> Actor:
        return Actor("user", self.staff[name].id)

    def viewer(self, name: str) -> Viewer:
        return user_viewer(self.staff[name])


Beat = Callable[[datetime], Any]


class Player:
    """Runs beats in the order of their moments; between them the ladder climbs and texts are sent."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.beats: list[tuple[datetime, Beat]] = []

    def plan(self, moment: datetime, beat: Beat) -> None:
        self.beats.append((moment, beat))

    def play(self, until: datetime, progress: Callable[[int, int], None] = lambda *_: None) -> None:
        planned = sorted(
            (beat for beat in self.beats if beat[0] <= until), key=lambda beat: beat[0]
        )
        for number, (moment, beat) in enumerate(planned, start=1):
            self.catch_up(moment)
            with transaction():
                beat(moment)
            self.deliver(moment)
            progress(number, len(planned))
        self.catch_up(until)

    def catch_up(self, at: datetime) -> None:
        """What the worker would have done by then: steps, deadlines, texts."""
        with transaction():
            mine = Task.practice_id == self.cast.practice.id
            for task in db.session.scalars(ladder.due_steps(at).where(mine)).all():
                ladder.step(task, at=at)
            for task in db.session.scalars(ladder.overdue(at).where(mine)).all():
                ladder.mark_overdue(task, at=at)
        self.deliver(at)

    def deliver(self, at: datetime) -> None:
        """Send every text that is due, on the sandbox carrier, at that moment."""
        practice_id = self.cast.practice.id
        carrier = SandboxCarrier(SandboxTable(practice_id), now=lambda: at)
        while True:
            with transaction():
                claims, _ = outbox.claim_due(practice_id, at=at, limit=50)
            if not claims:
                return
            with transaction():
                leaving = outbox_attempt.start_attempts(claims, at=at)
            taken = [(claim, carrier.send(claim.outgoing)) for claim in leaving]
            with transaction():
                outbox_settle.settle_all(taken, at=at)

    # Verbs of a story -----------------------------------------------------------------------------

    def task(self, who: str, kind: TaskType, *, owner: str | None = "ana", **details: Any) -> Beat:
        def beat(at: datetime) -> None:
            owner_id = self.cast.staff[owner].id if owner else None
            by = self.cast.by(owner or "lea")
            task_creation.create(
                self.cast.patients[who], kind, by=by, at=at, owner_id=owner_id, **details
            )

        return beat

    def says(self, who: str, words: str) -> Beat:
        phone = self.cast.phones.get(who, who)
        return lambda at: sandbox.text_from_phone(self.cast.practice, phone, words, at=at)

    def call(
        self,
        who: str,
        *,
        caller: str,
        outcome: str,
        minutes: int,
        note: str,
        result: str | None = None,
    ) -> Beat:
        def beat(at: datetime) -> None:
            patient = self.cast.patients[who]
            mine = (Task.practice_id == patient.practice_id, Task.patient_id == patient.id)
            tasks = [t.id for t in db.session.scalars(select(Task).where(*mine)) if t.is_open]
            calls.log_call(
                patient, by=self.cast.viewer(caller), at=at, task_ids=tasks, outcome=outcome,
                started_at=at - timedelta(minutes=minutes), seconds=minutes * 60,
                minutes_source=MinutesSource.TIMER, note=note,
                results=dict.fromkeys(tasks, result) if result else {},
            )  # fmt: skip

        return beat
