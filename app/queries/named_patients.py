"""Finding patients the way other systems name them: by record number, or by name and birth date together.
A name alone is never enough to tell whose work it is."""

import re
from collections.abc import Iterable
from datetime import date

from app.access import visible_patients
from app.core.db import db
from app.core.errors import Invalid
from app.models.patient import Patient
from app.models.viewer import Viewer

_LABEL = re.compile(r"(?P<name>\S.*?)[\s,(]+(?P<born>\d{4}-\d{2}-\d{2})\)?")
NOBODY = (
    "There is no such patient. Write the mrn, or name and birth date like Rosa Jimenez 1957-03-09."
)
SEVERAL = "Several patients have this name and birth date. Write the mrn."


def find_named(viewer: Viewer, labels: Iterable[str]) -> dict[str, Patient | Invalid]:
    """Each label's patient, or why there is none. Merged patients resolve to whom they were merged into."""
    wanted = list(dict.fromkeys(labels))
    parsed = {label: read for label in wanted if (read := _read(label)) is not None}
    born = {day for _name, day in parsed.values()}
    rows = list(db.session.scalars(visible_patients(viewer).where(Patient.mrn.in_(wanted))))
    if born:
        rows += db.session.scalars(visible_patients(viewer).where(Patient.birth_date.in_(born)))
    rows = list({row.id: row for row in rows}.values())
    by_mrn = {row.mrn: row for row in rows}
    people = _merged(viewer, rows)
    return {
        label: people.get(by_mrn[label].id, by_mrn[label])
        if label in by_mrn
        else _by_name(parsed.get(label), rows)
        for label in wanted
    }


def find_one(viewer: Viewer, label: str) -> Patient:
    """The patient of one label. Raises Invalid with what to write instead."""
    found = find_named(viewer, [label.strip()])[label.strip()]
    if isinstance(found, Invalid):
        raise found
    return found


def _merged(viewer: Viewer, rows: Iterable[Patient]) -> dict[object, Patient]:
    into = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    if not into:
        return {}
    kept = db.session.scalars(visible_patients(viewer).where(Patient.id.in_(into.values())))
    by_id = {row.id: row for row in kept}
    return {id_: by_id[target] for id_, target in into.items() if target in by_id}


def _by_name(said: tuple[str, date] | None, rows: Iterable[Patient]) -> Patient | Invalid:
    if said is None:
        return Invalid(NOBODY, field="patient")
    name, day = said
    found = [
        row
        for row in rows
        if row.merged_into_id is None
        and row.birth_date == day
        and name in (_plain(row.name), _plain(f"{row.family_name}, {row.given_name}"))
    ]
    if len(found) == 1:
        return found[0]
    return Invalid(SEVERAL if found else NOBODY, field="patient")


def _read(label: str) -> tuple[str, date] | None:
    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    try:
        return _plain(match["name"]), date.fromisoformat(match["born"])
    except ValueError:
        return None


def _plain(name: str) -> str:
    return " ".join(name.replace(",", " , ").split()).casefold()
