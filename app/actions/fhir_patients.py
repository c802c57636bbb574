"""FHIR's Patient as a patient's fields. A phone, an address or a language that cannot be used is left out and
counted; the rest goes in."""

from dataclasses import dataclass
from typing import Any

from app.actions import fhir_words_in as words
from app.actions.fhir_file import Json, names_of
from app.core.errors import Invalid
from app.models.patient_fields import PatientFields, Place, clean
from app.value.npi import is_npi

#: Left out rather than refusing the patient: how to reach somebody is often written badly.
_MAY_BE_ODD = ("phone", "email", "postal_code", "language", "pcp", "pcp_npi")


@dataclass(frozen=True, slots=True)
class Person:
    """A patient's fields; `died` when the record says so."""

    fields: PatientFields
    died: bool = False


def patient_names(resource: Json, full_url: str | None) -> tuple[str, ...]:
    """Every reference that may mean this patient, conditional ones of a transaction too."""
    conditional = [
        f"Patient?identifier={each.get('system', '')}|{each['value']}"
        for each in words.each(resource.get("identifier"))
        if each.get("value")
    ]
    return tuple(dict.fromkeys([*names_of(resource, full_url), *conditional]))


def read_patient(resource: Json, place: Place) -> tuple[Person, tuple[str, ...]]:
    """The patient, and what of it had to be left out. Raises Invalid for what is needed."""
    given, family = words.name(resource)
    fields: dict[str, Any] = {
        "mrn": _mrn(resource), "given_name": given, "family_name": family,
        "birth_date": words.day(resource.get("birthDate"), "birthDate"),
        "phone": words.telecom(resource, "phone"), "email": words.telecom(resource, "email"),
        "language": language_of(resource), "postal_code": _postal(resource),
        **_doctor(resource),
    }  # fmt: skip
    missing = [name for name in ("mrn", "given_name", "family_name", "birth_date")
               if not fields[name]]  # fmt: skip
    if missing:
        raise Invalid("This is missing.", field=_ELEMENTS[missing[0]])
    kept, problems = clean({name: value for name, value in fields.items() if value}, place)
    hard = [problem for problem in problems if problem.field not in _MAY_BE_ODD]
    if hard:
        raise hard[0]
    odd = tuple(f"Patient: {problem.field} that cannot be used" for problem in problems)
    died = resource.get("deceasedBoolean") is True or bool(resource.get("deceasedDateTime"))
    return Person(kept, died), odd


_ELEMENTS = {"mrn": "identifier", "given_name": "name.given", "family_name": "name.family",
             "birth_date": "birthDate"}  # fmt: skip


def _mrn(resource: Json) -> str | None:
    found = words.each(resource.get("identifier"))
    named = [each for each in found if "MR" in words.codes(each.get("type"))]
    value = words.first(words.text(each.get("value"), 64) for each in [*named, *found])
    return value or words.text(resource.get("id"), 64)


def language_of(resource: Json) -> str | None:
    """The code of the language somebody wants to be spoken to in."""
    spoken = words.each(resource.get("communication"))
    spoken.sort(key=lambda each: each.get("preferred") is not True)
    return next(
        (code for each in spoken for code in sorted(words.codes(each.get("language")))), None
    )


def _postal(resource: Json) -> str | None:
    places = words.each(resource.get("address"))
    return words.first(words.text(each.get("postalCode"), 12) for each in places)  # type: ignore[no-any-return]


def _doctor(resource: Json) -> dict[str, str]:
    for each in words.each(resource.get("generalPractitioner")):
        name = words.text(each.get("display"), 200)
        identifier = each.get("identifier")
        npi = str(identifier.get("value")) if isinstance(identifier, dict) else ""
        said = {"pcp": name or "", "pcp_npi": npi if is_npi(npi) else ""}
        return {key: value for key, value in said.items() if value}
    return {}
