"""The rows behind a number, a page at a time, with the patients' names for who may read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.access import seen, visible_patients
from app.core.db import db
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.value.rates import Case

PAGE = 100


@dataclass(frozen=True, slots=True)
class CasePage:
    cases: list[Case]
    #: By patient id; a patient the viewer does not see has no name here.
    names: Mapping[str, str]
    number: int
    is_last: bool


def page_of(viewer: Viewer, cases: list[Case], number: str) -> CasePage:
    """One page; an odd number counts as the first."""
    at = max(int(number), 1) if number.isdecimal() and len(number) < 7 else 1
    shown = cases[(at - 1) * PAGE : at * PAGE]
    wanted = {UUID(case.patient_id) for case in shown}
    people = db.session.scalars(visible_patients(viewer).where(Patient.id.in_(wanted))).all()
    seen(viewer, [person.id for person in people], through="measures")
    names = {str(person.id): person.name for person in people}
    return CasePage(shown, names, at, at * PAGE >= len(cases))
