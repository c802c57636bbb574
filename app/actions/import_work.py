"""Work files as imports: a line is an appointment, an order, a referral or a task, found again by its id."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.actions import work
from app.actions.import_file import FileLine, WorkFile
from app.actions.import_kinds import GRACE, BadRow, Kind, ReadRow, Written
from app.actions.work_rows import WorkRow, read_work
from app.core.errors import Invalid
from app.models.event import Actor
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.sent_work import SentWork
from app.models.viewer import system_viewer
from app.queries.named_patients import find_named

TITLES = {
    "appointment_kept": "Appointment",
    "medication_received": "Order for medicine",
    "referral_follow_up": "Referral",
    "hospital_discharge": "Discharge from hospital",
    "no_show": "Missed visit",
}


class WorkKind(Kind):
    def open(self, path: Path) -> WorkFile:
        return WorkFile(path)

    def read(
        self, batch: Sequence[FileLine], practice: Practice, *, at: datetime
    ) -> list[ReadRow | BadRow]:
        read = [(line.number, *read_work(line, practice)) for line in batch]
        labels = [row.patient for _number, row, _problems in read if row is not None]
        people = find_named(system_viewer(practice.id), labels)
        return [_found(number, row, problems, people) for number, row, problems in read]

    def write(
        self, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
    ) -> list[Written]:
        known = work.Known(practice.id)
        known.load((row.value[0].type, row.value[0].source_id) for row in rows)
        return [_write(practice, row, known, by=by, at=at) for row in rows]


def _found(
    number: int,
    row: WorkRow | None,
    problems: list[Invalid],
    people: dict[str, Patient | Invalid],
) -> ReadRow | BadRow:
    if row is None:
        return BadRow(number, [*problems])
    patient = people[row.patient]
    if isinstance(patient, Invalid):
        return BadRow(number, [patient])
    kept = work.RECORDS.get(row.type)
    key = f"{kept.__tablename__ if kept else 'task'}:{row.source_id}"
    return ReadRow(number, key, "source_id", (row, patient))


def _write(
    practice: Practice, row: ReadRow, known: work.Known, *, by: Actor, at: datetime
) -> Written:
    line, patient = row.value
    sent = SentWork(line.source_id, patient, line.type, not_before=at + GRACE, **line.said)
    made = work.take_in(sent, known, by=by, at=at)
    words = TITLES[line.type.value]
    if sent.happens_at is not None:
        there = sent.happens_at.astimezone(ZoneInfo(practice.time_zone))
        words = f"{words}, {there:%Y-%m-%d %H:%M}"
    return Written(made.effect, f"{patient.name} ({patient.mrn})", words, made.touched)
