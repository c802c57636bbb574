"""FHIR R4 as imports: patients, who pays, who is around them, and the work about them, each found again by
its identifier. Everything goes through the same actions as panels, work files and the API."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from app.access import visible_patients
from app.actions import fhir_around, patient_changes, patients, source_links, work
from app.actions.fhir_file import Entry, FhirFile
from app.actions.fhir_patients import Person
from app.actions.fhir_records import PassedOver, Record, Work, read
from app.actions.import_kinds import GRACE, BadRow, Kind, ReadRow, Written
from app.actions.import_panel import PanelRow, Writer, named, open_writer, write_patient
from app.actions.import_work import TITLES
from app.actions.patient_panel import Panel
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor
from app.models.patient import Patient, PatientStatus
from app.models.practice import Practice
from app.models.sent_work import Effect, SentWork, Touched
from app.models.viewer import system_viewer

NO_PATIENT = "Its patient is neither in the file nor known here. Import the patient with it."
OTHER_NUMBER = "This id is known under another record number. Check which of the two is right."


class FhirKind(Kind):
    def open(self, path: Path) -> FhirFile:
        return FhirFile(path)

    def read(
        self, batch: Sequence[Entry], practice: Practice, *, at: datetime
    ) -> list[ReadRow | BadRow]:
        place = Panel(practice, at=at).place
        return [_read(entry, partial(read, practice=practice, place=place, at=at))
                for entry in batch]  # fmt: skip

    def write(
        self, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
    ) -> list[Written]:
        """In the order of the batch, in which a patient comes before what is about them."""
        books = _Books(practice, [row.value for row in rows if isinstance(row.value, Record)],
                       by=by, at=at)  # fmt: skip
        return [books.write(row.value) for row in rows]


def _read(entry: Entry, reader: Callable[[Entry], Record]) -> ReadRow | BadRow:
    if entry.problem is not None:
        return BadRow(entry.number, [Invalid(entry.problem)])
    try:
        record = reader(entry)
    except PassedOver as name:
        return ReadRow(entry.number, f"passed:{entry.number}", "id", str(name))
    except Invalid as problem:
        problem.field = f"{entry.kind}.{problem.field or 'id'}"
        return BadRow(entry.number, [problem])
    return ReadRow(entry.number, f"{entry.kind}:{record.source_id}", "id", record)


class _Books:
    """What is known of a batch's patients and work, read once."""

    def __init__(
        self, practice: Practice, records: Sequence[Record], *, by: Actor, at: datetime
    ) -> None:
        self.practice, self.by, self.at = practice, by, at
        people = [record for record in records if isinstance(record.said, Person)]
        names = {name for each in people for name in each.names}
        names |= {record.subject for record in records if record.subject}
        self.links = source_links.find(practice.id, Patient.__tablename__, names)
        self.patients = _by_id(practice.id, set(self.links.values()))
        self.writer: Writer = open_writer(
            practice, [PanelRow(each.said.fields) for each in people], by=by, at=at
        )
        self.known = work.Known(practice.id)
        self.known.load(
            (record.said.type, record.source_id)
            for record in records if isinstance(record.said, Work)
        )  # fmt: skip
        self.around = fhir_around.Around(practice, records, self.patients, by=by, at=at)

    def write(self, record: Any) -> Written:
        """Make, change or leave alone. Raises Invalid and Conflict."""
        if not isinstance(record, Record):
            return Written(Effect.UNCHANGED, "", "", left_out=(str(record),))
        if isinstance(record.said, Person):
            with db.session.no_autoflush:
                return self._patient(record, record.said)
        patient = self.patients.get(self.links.get(record.subject or "", self.practice.id))
        if patient is None:
            raise Invalid(NO_PATIENT, field=f"{record.kind}.subject")
        if isinstance(record.said, Work):
            return self._work(record, record.said, patient)
        return self.around.write(record, patient)

    def _patient(self, record: Record, said: Person) -> Written:
        known = self.writer.known.get(said.fields["mrn"])
        for name in record.names:
            linked = self.links.get(name)
            if linked is not None and (known is None or known is not self.patients.get(linked)):
                raise Invalid(OTHER_NUMBER, field="Patient.identifier")
        made = write_patient(self.writer, PanelRow(said.fields))
        patient = self.writer.known[said.fields["mrn"]]
        source_links.keep(patient, [name for name in record.names if name not in self.links])
        self.links |= dict.fromkeys(record.names, patient.id)
        self.patients[patient.id] = patient
        effect, touched = made.effect, made.touched
        if said.died and patient.status is PatientStatus.ACTIVE:
            db.session.flush()
            day, since = self.writer.panel.today, patient.status_since
            if effect is not Effect.CREATED:
                was = {"status": patient.status.value,
                       "status_since": since.isoformat() if since else None}  # fmt: skip
                touched = [*touched, Touched(patient, was)]
            patient_changes.set_status(patient, PatientStatus.DECEASED, since=day, today=day,
                                       by=self.by, at=self.at)  # fmt: skip
            effect = effect if effect is Effect.CREATED else Effect.UPDATED
        return Written(effect, made.who, made.what, touched, record.left_out)

    def _work(self, record: Record, said: Work, patient: Patient) -> Written:
        if said.is_history and self.known.find(said.type, record.source_id) is None:
            return Written(Effect.UNCHANGED, "", "", left_out=(f"{record.kind}: history",))
        sent = SentWork(record.source_id, patient, said.type, not_before=self.at + GRACE,
                        **said.said)  # fmt: skip
        made = work.take_in(sent, self.known, by=self.by, at=self.at)
        return Written(made.effect, named(patient), TITLES[said.type.value], made.touched,
                       record.left_out)  # fmt: skip


def _by_id(practice_id: UUID, ids: set[UUID]) -> dict[UUID, Patient]:
    """By id the record that stands for the person: a merged one's is another."""
    if not ids:
        return {}
    found = visible_patients(system_viewer(practice_id)).where(Patient.id.in_(ids))
    return patients.survivors(practice_id, db.session.scalars(found).all())
