"""Reading what another system sends as FHIR R4: a resource, a Bundle, or NDJSON. Pure: bytes in, plain
objects out, each by the names others may refer to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class NotFhir(ValueError):
    """Words for the person who sent the file."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything in the file in its order, and how references find it."""

    all: list[Json]
    by_reference: Mapping[str, Json]

    def of_type(self, kind: str) -> list[Json]:
        return [each for each in self.all if each["resourceType"] == kind]

    def at(self, reference: Any) -> Json | None:
        """What a Reference object points to, as far as it is in the file."""
        name = reference.get("reference") if isinstance(reference, dict) else None
        return self.by_reference.get(name) if isinstance(name, str) else None


def read(data: bytes) -> Resources:
    """Raises NotFhir for what is no FHIR JSON."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotFhir("This is no UTF-8 text. FHIR files are JSON.") from None
    found: list[Json] = []
    names: dict[str, Json] = {}
    for url, resource in _entries(_documents(text)):
        kind = resource.get("resourceType")
        if not isinstance(kind, str):
            raise NotFhir("A part of the file has no resourceType.")
        found.append(resource)
        names[f"{kind}/{resource.get('id')}"] = resource
        if url:
            names[url] = resource
    if not found:
        raise NotFhir("There is no resource in this file.")
    return Resources(found, names)


def _documents(text: str) -> list[Json]:
    """The whole text is one object, or each line is."""
    try:
        whole = [json.loads(text)]
    except ValueError:
        whole = []
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    whole.append(json.loads(line))
                except ValueError:
                    raise NotFhir(f"Line {number} is no JSON.") from None
    if not all(isinstance(each, dict) for each in whole):
        raise NotFhir("A FHIR file holds resources, each a JSON object.")
    return whole


def _entries(documents: list[Json]) -> list[tuple[str | None, Json]]:
    found: list[tuple[str | None, Json]] = []
    for document in documents:
        if document.get("resourceType") != "Bundle":
            found.append((None, document))
            continue
        for entry in document.get("entry") or []:
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                found.append((entry.get("fullUrl"), entry["resource"]))
    return found
