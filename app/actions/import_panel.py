"""Panels as imports: a line is a patient, found again by its record number."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.actions import patients
from app.actions.import_file import FileLine, PanelFile
from app.actions.import_kinds import BadRow, Kind, ReadRow, Written
from app.actions.import_rows import read_fields
from app.actions.patient_panel import Panel
from app.core.db import db
from app.models.event import Actor
from app.models.patient import Patient
from app.models.patient_fields import PatientFields
from app.models.practice import Practice
from app.models.sent_work import Effect, Touched


class PanelKind(Kind):
    def open(self, path: Path) -> PanelFile:
        return PanelFile(path)

    def read(
        self, batch: Sequence[FileLine], practice: Practice, *, at: datetime
    ) -> list[ReadRow | BadRow]:
        place = Panel(practice, at=at).place
        made: list[ReadRow | BadRow] = []
        for line in batch:
            fields, problems = read_fields(line, place)
            made.append(
                BadRow(line.number, [*problems])
                if problems
                else ReadRow(line.number, fields["mrn"], "mrn", fields)
            )
        return made

    def write(
        self, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
    ) -> list[Written]:
        """A constant number of reads for all of them."""
        known = patients.known_by_mrn(practice.id, [row.key for row in rows])
        panel = Panel(practice, at=at)
        numbers = [e164 for row in rows if (e164 := row.value.get("phone"))]
        panel.load(known.values(), numbers)
        with db.session.no_autoflush:
            return [_write(panel, known.get(row.key), row.value, by=by, at=at) for row in rows]


def _write(
    panel: Panel, patient: Patient | None, fields: PatientFields, *, by: Actor, at: datetime
) -> Written:
    if patient is None:
        made = patients.add(panel, fields, by=by, at=at)
        return Written(Effect.CREATED, _named(made), "New patient", [Touched(made)])
    before = said_of(panel, patient, fields)
    changed = patients.apply(panel, patient, fields, by=by, at=at)
    if not changed:
        return Written(Effect.UNCHANGED, _named(patient), "")
    touched = Touched(patient, {name: before.get(name) for name in changed})
    words = ", ".join(name.replace("_", " ") for name in changed)
    return Written(Effect.UPDATED, _named(patient), words, [touched])


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
    columns = {name: getattr(patient, name) for name in patients.COLUMNS}
    said = columns | around
    return {name: _plain(said[name]) for name in fields if name in said}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool)) else str(value)


def _named(patient: Patient) -> str:
    return f"{patient.name} ({patient.mrn})"
