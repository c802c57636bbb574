"""Who asks for a referral, as FHIR's `requester` says: a clinician, an office (Organization), or a clinician
at an office (PractitionerRole within the resource)."""

from app.actions import fhir_words_in as words
from app.actions.fhir_file import Json
from app.models.sent_work import SentOffice

_LONGEST_ID = 190


def requester_of(resource: Json) -> tuple[str | None, SentOffice | None]:
    """The clinician's name, and the office."""
    asking = words.inner(resource, "requester")
    kind, found = _what(asking, resource)
    if kind == "Organization":
        return None, _office(asking, found)
    if kind != "PractitionerRole":
        return words.text(asking.get("display")) or _person(found), None
    who, where = words.inner(found, "practitioner"), words.inner(found, "organization")
    clinician = words.text(who.get("display")) or _person(_what(who, resource)[1])
    office = _office(where, _what(where, resource)[1]) if where else None
    return clinician or words.text(asking.get("display")), office


def _what(reference: Json, resource: Json) -> tuple[str, Json]:
    """The kind of what is pointed at, and itself where the resource holds it."""
    address = str(reference.get("reference") or "")
    for one in words.each(resource.get("contained")):
        if address == f"#{one.get('id')}":
            return str(one.get("resourceType")), one
    parts = address.split("/")
    kind = parts[-2] if len(parts) > 1 else str(reference.get("type") or "")
    return kind, {}


def _person(found: Json) -> str | None:
    return " ".join(part for part in words.name(found) if part) or None


def _office(reference: Json, found: Json) -> SentOffice | None:
    """None when it says neither a name nor anything to know it by."""
    name = words.text(reference.get("display"), 120) or words.text(found.get("name"), 120)
    identifiers = [words.inner(reference, "identifier"), *words.each(found.get("identifier"))]
    ids = [id_ for each in identifiers if (id_ := _id(each))]
    address = str(reference.get("reference") or "")
    if "Organization/" in address and "?" not in address:
        ids.append("Organization/" + address.rsplit("Organization/", 1)[1])
    fax, phone = words.telecom(found, "fax"), words.telecom(found, "phone")
    if name is None and not (ids or fax or phone):
        return None
    known_by = tuple(dict.fromkeys(id_[:_LONGEST_ID] for id_ in ids))
    return SentOffice(name, words.telecom(found, "email"), fax, phone, known_by)


def _id(identifier: Json) -> str | None:
    """As its system and value say; an NPI by its number alone, as other files write it."""
    value, system = words.text(identifier.get("value"), 120), words.text(identifier.get("system"))
    if value is None or system is None or system.endswith("us-npi"):
        return value
    return f"{system}|{value}"
