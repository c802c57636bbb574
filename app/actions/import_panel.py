"""Panels as imports: a line is a patient, found again by its record number, and who pays for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.actions import patients, reported_coverages
from app.actions.import_file import FileLine, PanelFile
from app.actions.import_kinds import BadRow, Kind, ReadRow, Written
from app.actions.import_rows import read_coverage, read_fields
from app.actions.patient_panel import Panel
from app.actions.reported_coverages import Said
from app.core.db import db
from app.models.consent import ConsentDecision
from app.models.coverage import Coverage
from app.models.event import Actor
from app.models.patient import Patient
from app.models.patient_fields import PatientFields, Place
from app.models.practice import Practice
from app.models.sent_work import Effect, Touched

#: Said of a row whose phone is an office's or a community organization's.
OFFICES = "; the phone is an office’s, so no text to the patient goes there"

#: Counted beside what was not taken in.
NOT_THEIRS = "phone that somebody here said is not theirs"


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A patient's fields, and who pays when that is said."""

    fields: PatientFields
    coverage: Said | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """What writing a batch of patients needs to know of them, read once."""

    panel: Panel
    known: dict[str, Patient]
    by: Actor
    at: datetime
    coverages: dict[UUID, list[Coverage]] = field(default_factory=dict)
    #: Whom a line of this batch was about. Two record numbers are one person's after a merge.
    met: set[UUID] = field(default_factory=set)


class PanelKind(Kind):
    def open(self, path: Path) -> PanelFile:
        return PanelFile(path)

    def read(
        self, batch: Sequence[FileLine], practice: Practice, *, at: datetime
    ) -> list[ReadRow | BadRow]:
        place = Panel(practice, at=at).place
        return [_read(line, place) for line in batch]

    def write(
        self, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
    ) -> list[Written]:
        """A constant number of reads for all of them."""
        writer = open_writer(practice, [row.value for row in rows], by=by, at=at)
        with db.session.no_autoflush:
            return [write_patient(writer, row.value) for row in rows]


def open_writer(practice: Practice, rows: Sequence[PanelRow], *, by: Actor, at: datetime) -> Writer:
    found = patients.known_by_mrn(practice.id, [row.fields["mrn"] for row in rows])
    stand = patients.survivors(practice.id, found.values())
    known = {mrn: stand[row.id] for mrn, row in found.items()}
    panel = Panel(practice, at=at, is_second_hand=True)
    panel.load(known.values(), [e164 for row in rows if (e164 := row.fields.get("phone"))])
    covered = [known[row.fields["mrn"]].id for row in rows
               if row.coverage and row.fields["mrn"] in known]  # fmt: skip
    held = reported_coverages.load(practice.id, covered) if covered else {}
    return Writer(panel, known, by, at, held)


def write_patient(writer: Writer, row: PanelRow) -> Written:
    """Make or change one patient and their coverage. Raises InvalidFields."""
    panel, by, at = writer.panel, writer.by, writer.at
    patient = writer.known.get(row.fields["mrn"])
    fields = row.fields if patient is None else _once_more(writer, patient, row.fields)
    is_new, changed = patient is None, []
    touched = []
    if patient is None:
        patient = patients.add(panel, fields, by=by, at=at)
        writer.known[patient.mrn] = patient
        touched.append(Touched(patient))
    else:
        before = said_of(panel, patient, fields)
        changed = patients.apply(panel, patient, fields, by=by, at=at)
        if changed:
            touched.append(Touched(patient, {name: before.get(name) for name in changed}))
    if row.coverage is not None:
        effect, record = reported_coverages.report(
            patient, row.coverage, writer.coverages.get(patient.id, []), today=panel.today,
            by=by, at=at,
        )  # fmt: skip
        changed += ["coverage"] if effect is not Effect.UNCHANGED else []
        touched += [record] if record else []
    words = "New patient" if is_new else ", ".join(name.replace("_", " ") for name in changed)
    number = panel.number_of(patient)
    if (is_new or "phone" in changed) and number is not None and number.partner_id is not None:
        words += OFFICES
    kept_off = not is_new and _names_a_wrong_number(panel, patient, fields)
    effect = Effect.CREATED if is_new else Effect.UPDATED if changed else Effect.UNCHANGED
    return Written(effect, named(patient), words, touched, (NOT_THEIRS,) if kept_off else ())


def _names_a_wrong_number(panel: Panel, patient: Patient, fields: PatientFields) -> bool:
    phone = fields.get("phone")
    number = panel.numbers.number(phone, at=panel.at) if phone else None
    return panel.knows_better(patient, number)


def _once_more(writer: Writer, patient: Patient, fields: PatientFields) -> PatientFields:
    """What a line may still say of somebody. Where an earlier one was about them, under their other record
    number, it is read again what holds now, and a yes does not lift the no that one said."""
    if patient.id not in writer.met:
        writer.met.add(patient.id)
        return fields
    db.session.flush()
    writer.panel.load([patient])
    writer.coverages.update(reported_coverages.load(patient.practice_id, [patient.id]))
    said, words = fields.get("sms_consent"), writer.panel.decisions(patient)
    if said is None or not said.given or not words or words[-1].decision is ConsentDecision.GIVEN:
        return fields
    kept = fields.copy()
    del kept["sms_consent"]
    return kept


def said_of(panel: Panel, patient: Patient, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a patient's fields now, of those that are named; in words JSON has."""
    points, membership = panel.contacts(patient), panel.membership(patient)
    number = panel.number_of(patient)
    around = {
        "phone": number.e164 if number else None,
        "email": next((point.email for point in points if point.email), None),
        "subgroup": membership.subgroup.name if membership else None,
        "sms_consent": bool(panel.decisions(patient)),
    }
    said = {name: getattr(patient, name) for name in patients.COLUMNS} | around
    return {name: _plain(said[name]) for name in fields if name in said}


def named(patient: Patient) -> str:
    """As a preview shows them."""
    return f"{patient.name} ({patient.mrn})"


def _read(line: FileLine, place: Place) -> ReadRow | BadRow:
    fields, problems = read_fields(line, place)
    if line.problem is not None:
        return BadRow(line.number, [*problems])
    coverage, found = read_coverage(line)
    if problems or found:
        return BadRow(line.number, [*problems, *found])
    return ReadRow(line.number, fields["mrn"], "mrn", PanelRow(fields, coverage))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool)) else str(value)
