"""The words of our FHIR resources: addresses of our own extensions and code systems, and the small parts
every resource is made of. R4 (4.0.1); what each extension means is in docs/fhir.md."""

from typing import Any

Json = dict[str, Any]
BASE = "https://touchline.example.org/fhir"
UCUM = "http://unitsofmeasure.org"
V3 = "http://terminology.hl7.org/CodeSystem/v3-"


def extension(name: str, **value: Any) -> Json:
    """One of our own extensions, e.g. extension("outcome", valueCode="reached")."""
    return {"url": f"{BASE}/StructureDefinition/{name}", **value}


def own(system: str, code: str, text: str | None = None) -> Json:
    """A CodeableConcept of one of our own code systems."""
    return clean({"coding": [coding(f"{BASE}/CodeSystem/{system}", code)], "text": text})


def coding(system: str, code: str, display: str | None = None) -> Json:
    return clean({"system": system, "code": code, "display": display})


def concept(*codings: Json, text: str | None = None) -> Json:
    return clean({"coding": list(codings), "text": text})


def reference(kind: str, id_: object, display: str | None = None) -> Json:
    """A relative reference to a resource of the same export."""
    return clean({"reference": f"{kind}/{id_}", "display": display})


def external(display: str) -> Json:
    """Somebody the export holds no resource of: named, not pointed to."""
    return {"display": display}


#: In the place of words that stay here.
WITHHELD = "The practice holds the reason."


def masked() -> Json:
    """What is known and left out: the standard's own way to say so."""
    return {"extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    ]}  # fmt: skip


def clean(value: Json) -> Json:
    """Without members that hold nothing: FHIR has no null and no empty list. False and 0 say something."""
    return {key: item for key, item in value.items() if item or item == 0}
