"""Finding patients by name, record number or the last digits of a phone, within what the viewer may see;
and the patients this person looked at lately."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_patients
from app.core.db import db
from app.core.ids import parse_id
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import AccessLog
from app.models.patient import Patient
from app.models.viewer import Viewer

PAGE = 40
MOST_PAGES = 10
LONGEST_SEARCH = 60
FEWEST_DIGITS = 4
WHOLE_NUMBER = 7
RECENT = 8
#: Looks at one patient; lists a patient merely appeared in don't count as having looked.
LOOKS = ("patient", "thread")


@dataclass(frozen=True, slots=True)
class Found:
    """A patient and the number texts go to."""

    patient: Patient
    number: PhoneNumber | None


@dataclass(frozen=True, slots=True)
class Page:
    people: list[Found]
    has_more: bool = False


def clean_search(text: str) -> str:
    """What somebody typed, short enough to look for."""
    return " ".join(text.replace("\0", "").split())[:LONGEST_SEARCH]


def words_of(q: str) -> list[str]:
    """The words to find; a whole phone number, however it is written, is one."""
    digits = "".join(char for char in q if char.isdecimal())
    is_number = len(digits) >= WHOLE_NUMBER and not any(char.isalpha() for char in q)
    return [digits] if is_number else q.split()


def search(viewer: Viewer, q: str, *, pages: int = 1) -> Page:
    """Patients with every word of `q`, by name; everyone when it is empty. Three statements."""
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    statement = visible_patients(viewer).where(
        Patient.merged_into_id.is_(None), *(has_word(viewer, word) for word in words_of(q))
    )
    return _page(viewer, statement.order_by(*BY_NAME).limit(size + 1), size, through="search")


def patients_like(viewer: Viewer, q: str) -> list[Patient]:
    """The first few patients with every word of `q`, for a form that needs one; none without words."""
    words = words_of(clean_search(q))
    if not words:
        return []
    statement = visible_patients(viewer).where(
        Patient.merged_into_id.is_(None), *(has_word(viewer, word) for word in words)
    )
    found = list(db.session.scalars(statement.order_by(*BY_NAME).limit(RECENT)))
    seen(viewer, [row.id for row in found], through="search")
    return found


def chosen_patient(viewer: Viewer, patient_id: str | None) -> Patient | None:
    """The patient a form already names, if the viewer may see them."""
    row_id = parse_id(patient_id or "")
    if row_id is None:
        return None
    found = db.session.scalars(visible_patients(viewer).where(Patient.id == row_id)).one_or_none()
    if found is not None:
        seen(viewer, [found.id], through="form")
    return found


def recent(viewer: Viewer) -> Page:
    """The patients whose page or thread this person opened last, newest first."""
    last_at = func.max(AccessLog.at)
    looked = (
        select(AccessLog.patient_id, last_at.label("last_at"))
        .where(
            AccessLog.practice_id == viewer.practice_id,
            AccessLog.viewer_id == viewer.id,
            AccessLog.through.in_(LOOKS),
        )
        .group_by(AccessLog.patient_id)
        .order_by(last_at.desc())
        .limit(RECENT)
        .subquery()
    )
    statement = (
        visible_patients(viewer)
        .join(looked, looked.c.patient_id == Patient.id)
        .order_by(looked.c.last_at.desc())
    )
    return _page(viewer, statement, RECENT, through="recent")


def people_around(viewer: Viewer, patient_id: UUID, number_id: UUID | None) -> Page:
    """Who else may have written or called: whoever shares its number, or one of the patient's."""
    theirs = select(ContactPoint.phone_number_id).where(
        ContactPoint.practice_id == viewer.practice_id,
        ContactPoint.patient_id == patient_id,
        ContactPoint.phone_number_id.is_not(None),
    )
    sharing = select(ContactPoint.patient_id).where(
        ContactPoint.practice_id == viewer.practice_id,
        or_(ContactPoint.phone_number_id == number_id, ContactPoint.phone_number_id.in_(theirs)),
    )
    statement = visible_patients(viewer).where(
        Patient.id.in_(sharing), Patient.id != patient_id, Patient.merged_into_id.is_(None)
    )
    return _page(viewer, statement.order_by(*BY_NAME).limit(RECENT), RECENT, through="refiling")


def has_word(viewer: Viewer, word: str) -> ColumnElement[bool]:
    """That a name or the record number holds the word, or a phone ends with its digits."""
    columns = (Patient.given_name, Patient.family_name, Patient.mrn)
    ways = [column.icontains(word, autoescape=True) for column in columns]
    digits = "".join(char for char in word if char.isdecimal())
    if len(digits) >= FEWEST_DIGITS and not any(char.isalpha() for char in word):
        ways.append(Patient.id.in_(_ends_with(viewer, digits)))
    return or_(*ways)


BY_NAME = (Patient.family_name, Patient.given_name, Patient.id)


def _ends_with(viewer: Viewer, digits: str) -> Select[Any]:
    return (
        select(ContactPoint.patient_id)
        .join(PhoneNumber, _same_number())
        .where(
            ContactPoint.practice_id == viewer.practice_id,
            ContactPoint.ended_at.is_(None),
            PhoneNumber.e164.endswith(digits, autoescape=True),
        )
    )


def _page(viewer: Viewer, statement: Select[Any], size: int, *, through: str) -> Page:
    rows = list(db.session.scalars(statement.options(joinedload(Patient.care_team))))
    shown = rows[:size]
    seen(viewer, [row.id for row in shown], through=through)
    numbers = _best_numbers(viewer, [row.id for row in shown])
    return Page([Found(row, numbers.get(row.id)) for row in shown], len(rows) > size)


def _best_numbers(viewer: Viewer, patient_ids: list[UUID]) -> dict[UUID, PhoneNumber]:
    rows = db.session.execute(
        select(ContactPoint.patient_id, PhoneNumber)
        .join(PhoneNumber, _same_number())
        .where(
            ContactPoint.practice_id == viewer.practice_id,
            ContactPoint.patient_id.in_(patient_ids),
            ContactPoint.related_person_id.is_(None),
            ContactPoint.ended_at.is_(None),
        )
        .order_by(ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
    )
    best: dict[UUID, PhoneNumber] = {}
    for patient_id, number in rows:
        best.setdefault(patient_id, number)
    return best


def _same_number() -> ColumnElement[bool]:
    return (PhoneNumber.practice_id == ContactPoint.practice_id) & (
        PhoneNumber.id == ContactPoint.phone_number_id
    )
