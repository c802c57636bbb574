"""A payer's list of its members at the practice (Da Vinci ATR Group) as plain facts: who, from when to when,
and whether they are on it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.value.fhir_files import Json, NotFhir, Resources

CHANGE = "ext-changeType"
COVERED = "ext-coverageReference"
#: What the change extension says of who is no longer the practice's.
GONE = {"delete", "drop"}


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the list. `place` is its number in the Group, from 1."""

    place: int
    mrns: frozenset[str]
    member_ids: tuple[str, ...]
    family: str
    given: str
    birth_date: str
    is_on: bool
    from_on: date | None
    to_on: date | None


@dataclass(frozen=True, slots=True)
class Roster:
    name: str
    members: list[Member] = field(default_factory=list)


def read_roster(found: Resources) -> Roster:
    """The file's one Group. Raises NotFhir when there is none, or several."""
    groups = [each for each in found.of_type("Group") if each.get("type") == "person"]
    if len(groups) != 1:
        raise NotFhir("A roster is one Group of persons, with its Patients beside it.")
    group = groups[0]
    members = [_member(place, each, found) for place, each in _listed(group)]
    return Roster(str(group.get("name") or group.get("id") or ""), members)


def _listed(group: Json) -> Iterator[tuple[int, Json]]:
    for place, each in enumerate(group.get("member") or [], start=1):
        if not isinstance(each, dict):
            raise NotFhir(f"Member {place} of the Group is no object.")
        yield place, each


def _member(place: int, member: Json, found: Resources) -> Member:
    entity = member.get("entity") or {}
    patient = found.at(entity) or {}
    coverage = found.at(_extension(member, COVERED, "valueReference")) or {}
    identifiers = [*(patient.get("identifier") or []), *_one(entity.get("identifier"))]
    name: Json = next(iter(patient.get("name") or []), {})
    period = member.get("period") or {}
    change = _extension(member, CHANGE, "valueCode")
    ids = [str(coverage.get("subscriberId") or ""), *_values(identifiers, "MB")]
    return Member(
        place, frozenset(_values(identifiers, "MR")), tuple(dict.fromkeys(each for each in ids if each)),
        str(name.get("family") or ""), " ".join(map(str, name.get("given") or [])),
        str(patient.get("birthDate") or ""),
        not member.get("inactive") and change not in GONE,
        _day(period.get("start"), place), _day(period.get("end"), place),
    )  # fmt: skip


def _one(value: Any) -> list[Any]:
    return [value] if value else []


def _extension(member: Json, name: str, value: str) -> Any:
    """Extensions are told by the last part of their URL: guides of several years differ in the rest."""
    for each in member.get("extension") or []:
        if str(each.get("url", "")).rsplit("/", 1)[-1] == name:
            return each.get(value)
    return None


def _values(identifiers: list[Any], kind: str) -> list[str]:
    """Values of identifiers of this type (v2-0203: MR record number, MB member number)."""
    return [
        str(each["value"])
        for each in identifiers
        if each.get("value")
        and any(code.get("code") == kind for code in (each.get("type") or {}).get("coding") or [])
    ]


def _day(written: Any, place: int) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        raise NotFhir(f"Member {place} of the Group has a day that cannot be read.") from None
