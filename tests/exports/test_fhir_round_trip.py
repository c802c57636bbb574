"""T4.6: whoever reads our FHIR files gets the rows back: from each resource and its Provenance alone,
the fields that FHIR carries equal those of the exact file."""

import json
from pathlib import Path
from typing import Any

from app.exports.fhir_ledger import CONTEXT, MEDIUM, MISSED
from app.exports.fhir_words import BASE
from tests.exports.test_fhir import export, lines_of, read, story  # noqa: F401 - the fixture
from tests.world import World

CHANNEL = {code: channel for channel, code in MEDIUM.items()}
REASON = {code: outcome for outcome, code in MISSED.items()}


def read_back(resource: dict[str, Any], provenance: dict[str, Any]) -> dict[str, Any]:
    """A row from what another system would have of it."""
    said = {
        each["url"].removeprefix(f"{BASE}/StructureDefinition/"): each
        for each in resource["extension"]
    }
    context = {
        each["url"]: each["valueString"] for each in said.get("context", {}).get("extension", [])
    }
    seal = {each["url"]: each for each in provenance["extension"][0]["extension"]}
    is_visit = resource["resourceType"] == "Encounter"
    kind = (resource["type"] if is_visit else resource["category"])[0]["coding"][0]["code"]
    subject = resource["subject"]["reference"]
    row = {
        "touchpoint_id": resource["id"],
        "patient_id": subject.removeprefix("Patient/"),
        "activity_type": kind,
        "seconds": int(said["entered-time"]["valueDuration"]["value"]),
        "contact_outcome": said.get("contact-outcome", {}).get("valueCode"),
        "supersedes_id": said.get("supersedes", {}).get("valueString"),
        "started_at": provenance["occurredDateTime"],
        "recorded_at": provenance["recorded"],
        "seal_seq": seal["seq"]["valuePositiveInt"],
        "row_hash": seal["hash"]["valueString"],
        **{name: context.get(name) for name in CONTEXT},
    }
    if is_visit:
        return row | {"channel": {"AMB": "in_person", "VR": "video"}[resource["class"]["code"]]}
    medium = resource.get("medium", [{}])[0].get("coding", [{}])[0].get("code")
    about = [each["reference"].removeprefix("Task/") for each in resource.get("about", [])]
    way = "inbound" if "received" in resource else "outbound"
    return row | {"channel": CHANNEL.get(medium), "direction": way, "task_ids": about}


def test_t4_6_our_own_ndjson_gives_equal_touchpoints(
    app: Any,
    story: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    lines = lines_of(export(app, tmp_path / "j", "jsonl") / "touchpoints.jsonl")
    exact = {row["touchpoint_id"]: row for row in lines}
    resources = read(export(app, tmp_path / "f", "fhir"))
    told = {
        each["target"][0]["reference"].split("/")[1]: each
        for each in resources
        if each["resourceType"] == "Provenance"
    }
    contacts = [
        each for each in resources if each["resourceType"] in ("Communication", "Encounter")
    ]
    assert len(contacts) == len(exact) > 8
    for resource in contacts:
        row = read_back(resource, told[resource["id"]])
        whole = exact[row["touchpoint_id"]]
        assert row == {name: whole[name] for name in row}, json.dumps(resource)
