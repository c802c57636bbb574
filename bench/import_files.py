"""The files imports are measured with: the same invented people as FHIR, a panel, and work about them."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Json = dict[str, Any]
AREAS = ("503", "971", "541", "206", "253", "360", "425", "509", "208", "406", "307", "801", "435",
         "702", "775", "916", "415", "510", "408", "805")  # fmt: skip


def fhir(path: Path, patients: int) -> int:
    """Patients last: references point forward, as they may. How many resources are ours to take in."""
    rows = 0
    with path.open("w", encoding="utf-8") as out:
        for kind in (_about, _patient):
            for number in range(patients):
                for resource in kind(number):
                    out.write(json.dumps(resource) + "\n")
                    rows += resource["resourceType"] != "Observation"
    return rows


def panel(path: Path, patients: int) -> int:
    """Everybody with a phone and who pays."""
    head = ("mrn", "given_name", "family_name", "birth_date", "phone", "language", "postal_code",
            "payer", "member_id", "coverage_from")  # fmt: skip
    return _csv(path, head, (
        (f"F-{n}", "Ann", f"Lee{n}", f"{1930 + n % 60}-03-09", _phone(n), "es" if n % 3 == 0 else "en",
         "97205", "Cascade Health Plan", f"CHP-{n}", "2026-01-01")
        for n in range(patients)
    ))  # fmt: skip


def work(path: Path, patients: int) -> int:
    """An appointment of each."""
    day = (datetime.now(UTC) + timedelta(days=5)).date()
    head = ("type", "source_id", "patient", "happens_at", "place")
    return _csv(path, head, (
        ("appointment", f"a-{n}", f"F-{n}", f"{day} 14:30", "Food pantry") for n in range(patients)
    ))  # fmt: skip


def _csv(path: Path, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> int:
    kept = [head, *rows]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(kept)
    return len(kept) - 1


def _phone(n: int) -> str:
    return f"{AREAS[n // 100 % len(AREAS)]}-555-01{n % 100:02}"


def _patient(n: int) -> Iterator[Json]:
    yield {
        "resourceType": "Patient", "id": f"p-{n}",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": f"F-{n}"}],
        "name": [{"use": "official", "family": f"Lee{n}", "given": ["Ann"]}],
        "birthDate": f"{1930 + n % 60}-03-09", "address": [{"postalCode": "97205"}],
        "telecom": [{"system": "phone", "value": _phone(n)}],
        "communication": [{"language": {"coding": [{"code": "es" if n % 3 == 0 else "en"}]}}],
    }  # fmt: skip


def _about(n: int) -> Iterator[Json]:
    now, here = datetime.now(UTC), {"reference": f"Patient/p-{n}"}
    ordered = {
        "status": "active",
        "medicationCodeableConcept": {"text": "Tablets"},
        "subject": here,
    }
    yield {"resourceType": "Coverage", "id": f"c-{n}", "status": "active", "beneficiary": here,
           "subscriberId": f"CHP-{n}", "payor": [{"display": "Cascade Health Plan"}],
           "period": {"start": "2026-01-01"}}  # fmt: skip
    yield {"resourceType": "Appointment", "id": f"a-{n}", "status": "booked",
           "start": (now + timedelta(days=5)).isoformat(), "participant": [{"actor": here}]}  # fmt: skip
    yield ordered | {
        "resourceType": "MedicationRequest",
        "id": f"m-{n}",
        "authoredOn": now.isoformat(),
    }
    yield ordered | {
        "resourceType": "MedicationRequest",
        "id": f"o-{n}",
        "authoredOn": "1998-05-06",
    }
    for extra in range(4):
        yield {"resourceType": "Observation", "id": f"x-{n}-{extra}", "subject": here}
