"""Work that other systems send, whatever it is: found again by its own id, made, changed or left alone. The
API, a work file and FHIR all come through here."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.actions import appointments, medication_orders, sent_referrals, sent_tasks
from app.core.columns import Row
from app.core.db import db
from app.models.appointment import Appointment, MedicationOrder
from app.models.event import Actor
from app.models.referral import Referral
from app.models.sent_work import Outcome, SentWork
from app.models.task import Task, TaskType

LONGEST_SOURCE = 190
#: What is kept as a record of its own; every other type is a plain task.
RECORDS: dict[TaskType, type[Appointment] | type[MedicationOrder] | type[Referral]] = {
    TaskType.APPOINTMENT_KEPT: Appointment,
    TaskType.MEDICATION_RECEIVED: MedicationOrder,
    TaskType.REFERRAL_FOLLOW_UP: Referral,
}


class Known:
    """What the practice has under these source ids, in one statement a kind."""

    def __init__(self, practice_id: UUID) -> None:
        self.practice_id = practice_id
        self._found: dict[tuple[type[Row], str], Row] = {}

    def load(self, wanted: Iterable[tuple[TaskType, str]]) -> None:
        ids: dict[type[Row], list[str]] = {}
        for kind, source_id in wanted:
            ids.setdefault(RECORDS.get(kind, Task), []).append(source_id)
        for table, sources in ids.items():
            for source_id, row in self._rows(table, sources):
                self._found[table, source_id] = row

    def find(self, kind: TaskType, source_id: str, *, as_task: bool = False) -> Row | None:
        return self._found.get((Task if as_task else RECORDS.get(kind, Task), source_id))

    def note(self, kind: TaskType, source_id: str, row: Row, *, as_task: bool = False) -> None:
        self._found[Task if as_task else RECORDS.get(kind, Task), source_id] = row

    def load_tasks(self, sources: Iterable[str]) -> None:
        """The plain tasks under these ids, of whatever type."""
        for source_id, row in self._rows(Task, list(sources)):
            self._found[Task, source_id] = row

    def _rows(self, table: type[Row], sources: list[str]) -> list[tuple[str, Row]]:
        if table is Task:
            keys = {sent_tasks.key_of(source): source for source in sources}
            rows = db.session.scalars(
                select(Task).where(
                    Task.practice_id == self.practice_id, Task.source_key.in_(list(keys))
                )
            )
            return [(keys[row.source_key or ""], row) for row in rows]
        found = db.session.scalars(
            select(table).where(
                table.practice_id == self.practice_id,
                table.source_id.in_(sources),  # type: ignore[attr-defined]
            )
        )
        return [(row.source_id, row) for row in found]  # type: ignore[attr-defined]


def take_in(
    sent: SentWork, known: Known, *, by: Actor, at: datetime, as_task: bool = False
) -> Outcome:
    """Make it, change it, or leave it alone. `as_task` keeps it as a plain task whatever its type.

    Raises Invalid with the field that is missing or cannot be used, OfAnotherPatient.
    """
    row = known.find(sent.type, sent.source_id, as_task=as_task)
    if as_task or sent.type not in RECORDS:
        made = sent_tasks.take_in(sent, row, by=by, at=at)  # type: ignore[arg-type]
    elif sent.type is TaskType.APPOINTMENT_KEPT:
        made = appointments.take_in(sent, row, by=by, at=at)  # type: ignore[arg-type]
    elif sent.type is TaskType.MEDICATION_RECEIVED:
        made = medication_orders.take_in(sent, row, by=by, at=at)  # type: ignore[arg-type]
    else:
        made = sent_referrals.take_in(sent, row, by=by, at=at)  # type: ignore[arg-type]
    known.note(sent.type, sent.source_id, made.row, as_task=as_task)
    return made
