"""The patient form: reading its fields, and every problem beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import request

from app.actions import office_numbers
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.patient import Patient
from app.models.patient_fields import InvalidFields, PatientFields

#: Fields of one line, as the form names them.
LINES = (
    "mrn", "given_name", "family_name", "phone", "language", "postal_code", "time_zone", "email", "pcp",
    "subgroup", "preferred_channel", "setting", "sensitivity",
)  # fmt: skip
#: Never empty; left out of a change when they are.
NEEDED = ("mrn", "given_name", "family_name", "language", "preferred_channel", "setting")

#: What says of their care: that a label is there tells of the treatment, and its absence lets records leave.
OF_CARE = ("sensitivity",)


#: They were asked about an office's number, and it is the patient's too.
ANYWAY = "number_anyway"


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form's fields, and what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str]


def read_fields(*, is_new: bool, sees_care: bool) -> PatientFields:
    """The form as the action wants it, without what says of their care for who sees nothing of it. Raises
    Invalid for a birth date that cannot be read."""
    fields: PatientFields = {}
    for name in _lines(is_new=is_new, sees_care=sees_care):
        if name in request.form:
            fields[name] = request.form[name].strip() or None  # type: ignore[literal-required]
    for name in NEEDED:
        if is_new and name in fields and fields[name] is None:  # type: ignore[literal-required]
            fields.pop(name)  # type: ignore[misc]
    if "birth_date" in request.form:
        fields["birth_date"] = _birth_date()
    if "care_team_id" in request.form:
        fields["care_team_id"] = parse_id(request.form["care_team_id"])
    return fields


def check_number(practice_id: UUID, fields: PatientFields, patient: Patient | None = None) -> None:
    """Ask before a patient gets a number that is an office's or organization's. Raises Invalid until
    somebody says that it is theirs all the same."""
    known = patient.id if patient else None
    holder = office_numbers.holder_of(practice_id, fields.get("phone") or "", unless=known)
    if holder is not None and request.form.get(ANYWAY) != "yes":
        raise Invalid(
            f"This is the number of {holder}. What it texts is theirs, and texts to the patient do not go "
            "there. Is it the patient’s too? Then tick below; else write another.",
            field="phone",
        )


def _lines(*, is_new: bool, sees_care: bool) -> list[str]:
    """What this person may say: a record number once, and of the care nothing without seeing it."""
    shut = (() if is_new else ("mrn",)) + (() if sees_care else OF_CARE)
    return [name for name in LINES if name not in shut]


def _birth_date() -> date:
    try:
        return date.fromisoformat(request.form["birth_date"].strip())
    except ValueError:
        raise Invalid("Write the birth date as year-month-day.", field="birth_date") from None


def blank(phone: str = "", team_id: UUID | None = None) -> Filled:
    values = {"language": "en", "preferred_channel": "sms", "setting": "home", "phone": phone}
    return Filled(values | {"care_team_id": str(team_id or "")}, {})


def of_patient(patient: Patient, *, phone: str, email: str, subgroup: str) -> Filled:
    """The form filled with what is known."""
    values = {
        name: str(getattr(patient, name) or "")
        for name in (*LINES, "birth_date", "care_team_id")
        if hasattr(patient, name)
    }
    return Filled(values | {"phone": phone, "email": email, "subgroup": subgroup}, {})


def refused(error: Invalid) -> Filled:
    """The form as it was sent, with every problem beside its field."""
    problems = error.problems if isinstance(error, InvalidFields) else [error]
    errors = {problem.field or "": problem.person_text for problem in problems}
    return Filled(request.form.to_dict(), errors)
