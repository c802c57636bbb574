"""One patient's FHIR bundle as a measure reads it: the patient, the resources by type, codes and
references. R4 and QI-Core; collection and transaction bundles (also batch and searchset)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from typing import Any

from app.value.fhir_times import FhirTime, NotATime, parse

Json = dict[str, Any]
#: One code: its system's address and the code itself.
Code = tuple[str, str]
TYPES = ("batch", "collection", "searchset", "transaction")


class BadBundle(ValueError):
    """What is wrong with the bundle, in words for whoever supplies it."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One resource with the address the bundle gives it."""

    resource: Json
    full_url: str | None = None

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str | None:
        given = self.resource.get("id")
        return given if isinstance(given, str) and given else None

    @property
    def name(self) -> str:
        return f"{self.type}/{self.id or self.full_url or '?'}"


@dataclass(frozen=True)
class PatientBundle:
    """The resources of one patient. `zone`: see app.value.fhir_times.parse."""

    entries: tuple[Entry, ...]
    zone: tzinfo | None = field(default=None)

    @cached_property
    def by_url(self) -> dict[str, Entry]:
        return {entry.full_url: entry for entry in self.entries if entry.full_url}

    @cached_property
    def patient(self) -> Entry:
        found = {e.id or e.full_url: e for e in self.entries if e.type == "Patient"}
        if len(found) != 1:
            raise BadBundle(f"{len(found) or 'no'} Patient resources; a bundle holds one patient")
        return next(iter(found.values()))

    @property
    def patient_id(self) -> str | None:
        """The patient's id; of a transaction that leaves ids to the server, the UUID of its address."""
        url = self.patient.full_url
        return self.patient.id or (url.removeprefix("urn:uuid:") if url else None)

    def of_patient(self, kind: str, subject: str = "subject") -> Iterator[Entry]:
        """The resources of this type, but for those that name another patient, in the bundle's order."""
        for entry in self.entries:
            if entry.type == kind and self._is_mine(entry.resource.get(subject)):
                yield entry

    def _is_mine(self, subject: Any) -> bool:
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(reference, str) or "?" in reference:
            return True  # named by an identifier or a search only: the bundle's one patient
        return self.points_to(reference, self.patient)

    def points_to(self, reference: str, entry: Entry) -> bool:
        """Whether a literal reference means this entry: relative, absolute, versioned, or by the
        address that the bundle itself gives (`urn:uuid:…`)."""
        reference = reference.split("/_history/")[0]
        if (addressed := self.by_url.get(reference)) is not None:
            return addressed is entry or (addressed.type, addressed.id) == (entry.type, entry.id)
        if entry.id is None or reference.startswith("#"):
            return False
        if reference.startswith("urn:uuid:"):
            return reference.removeprefix("urn:uuid:") == entry.id
        *before, last = reference.split("/")
        return last == entry.id and before[-1:] in ([], [entry.type])

    def time(self, entry: Entry, *path: str) -> FhirTime | None:
        """The date or dateTime at a path of the resource, or None. Raises BadBundle."""
        value: Any = entry.resource
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return None
        try:
            return parse(value, self.zone)
        except (NotATime, TypeError):
            where = f"{entry.name}.{'.'.join(path)}"
            raise BadBundle(f"{where} is no FHIR date: {value!r}") from None


def read_bundle(document: Any, zone: tzinfo | None = None) -> PatientBundle:
    """The bundle of parsed JSON. Raises BadBundle when it is none, or holds not exactly one patient."""
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise BadBundle("not a FHIR Bundle")
    if document.get("type") not in TYPES:
        raise BadBundle(
            f"a bundle of type {document.get('type')!r}; give collection or transaction"
        )
    listed = document.get("entry") or []
    if not isinstance(listed, list):
        raise BadBundle("entry is not a list")
    made = PatientBundle(tuple(_entries(listed)), zone)
    _ = made.patient
    return made


def _entries(listed: list[Any]) -> Iterator[Entry]:
    for number, given in enumerate(listed):
        resource = given.get("resource") if isinstance(given, dict) else None
        if resource is None and isinstance(given, dict):
            continue  # a transaction's DELETE carries none
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise BadBundle(f"entry {number} holds no resource")
        url = given.get("fullUrl")
        yield Entry(resource, url if isinstance(url, str) else None)


def items(value: Any) -> list[Json]:
    """The objects of a list; one object alone counts as a list of one."""
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, dict)]


def has_code(concepts: Any, codes: frozenset[Code]) -> bool:
    """Whether any coding of a CodeableConcept (or of any in a list) is one of the codes."""
    return any(
        (str(coding.get("system")), str(coding.get("code"))) in codes
        for concept in items(concepts)
        for coding in items(concept.get("coding"))
    )
