"""T6.11 in every format: a payer's package holds the fields of its purpose, one payer's members, and of the
people and records behind its rows only what those rows point to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.db import db, transaction
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.coverage import Coverage
from app.models.patient import RelatedPerson
from app.models.task import TaskType
from tests.conftest import Clock
from tests.exports import ledgers
from tests.exports.fhir_layers import problems, unresolved
from tests.exports.ledgers import exporter
from tests.phones import Phones
from tests.world import World

PAYER = ("--purpose", "payer", "--payer", "Cascade Health Plan", "--reason", "Report", "--basis",
         "operations")  # fmt: skip


@pytest.fixture
def ledger(world: World, clock: Clock) -> World:
    """Sam with two payers, a goal, a son, another task and much that he decided; Ana wrote down her calls."""
    Phones(world, clock).ask(world.sam, TaskType.APPOINTMENT_KEPT)
    mine: dict[str, Any] = {"practice_id": world.practice.id, "patient_id": world.sam.id}
    with transaction():
        db.session.add_all([
            Coverage(**mine, payer="Other Plan", member_id="OTHER-7",
                     from_on=clock.now.date() - timedelta(900), to_on=clock.now.date()),
            RelatedPerson(**mine, name="Max", relationship="stepson",
                          authorised_by="Sam", from_on=clock.now.date()),
            *(Consent(**mine, channel="record", purpose="part2_sharing", decision=each,
                      how=ConsentHow.DESK, wording="May we?", decided_at=clock.now,
                      recorded_at=clock.now + timedelta(seconds=number), recorded_by_kind="user")
              for number, each in enumerate((ConsentDecision.GIVEN, ConsentDecision.WITHDRAWN))),
        ])  # fmt: skip
    told = {
        "result": {"interpreter": "Ivo Typed", "key": "1"},
        "late_entry_reason": "Phones were down",
    }
    rows = ledgers.write(world, clock.now, 4, goal="dance again", patient=world.sam, **told)
    ledgers.void(rows[0].id, clock.now)
    return world


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx", "fhir"])
def test_T6_11_a_payers_package_holds_no_more_than_its_rows_need(
    app: Flask, ledger: World, tmp_path: Path, kind: str
) -> None:
    assert exporter(app)(tmp_path, kind, *PAYER).exit_code == 0
    held = "".join(path.read_bytes().decode("utf-8", "replace") for path in rows_in(tmp_path))
    assert ledger.ana.name in held
    assert str(ledger.sam.id) in held
    said = ledgers.verify(tmp_path)
    assert said.stdout.startswith("Verified: 6 rows, 6 with proof"), said.stderr
    for hidden in (
        "Ivo Typed", "Phones were down", "typed twice", "Other Plan", "OTHER-7", "dance again", "stepson",
        "part2_sharing", ledger.lea.name, str(ledger.lea.id), ledger.sam.mrn,
        ledger.sam.birth_date.isoformat(),
    ):  # fmt: skip
        assert hidden not in held, hidden


def rows_in(folder: Path) -> list[Path]:
    """The files that hold people; the others explain every field and code there is."""
    explain = {"dictionary.json", "compositions.json", "verify.py", "keys.json"}
    return [path for path in folder.iterdir() if path.name not in explain]


QUALITY = ("--purpose", "quality", "--reason", "Report", "--basis", "operations")


@pytest.mark.parametrize("purpose", [PAYER, QUALITY], ids=["payer", "quality"])
def test_T4_8_what_leaves_as_fhir_is_sound_and_holds_guarded_rates(
    app: Flask, ledger: World, tmp_path: Path, purpose: tuple[str, ...]
) -> None:
    assert exporter(app)(tmp_path, "fhir", *purpose).exit_code == 0
    found = [each for path in tmp_path.glob("*.ndjson") for each in ledgers.read(path)]
    assert unresolved(found) == []
    assert {each["id"]: problems(each) for each in found if problems(each)} == {}
    kinds = {each["resourceType"] for each in found}
    assert ("Coverage" in kinds, "Practitioner" in kinds) == (purpose is PAYER, purpose is PAYER)
    reports = [each["group"][0] for each in found if each["resourceType"] == "MeasureReport"]
    counts = [each for group in reports for each in group["population"]]
    assert any("_count" in each for each in counts)  # small, and so hidden
    assert not any(0 < each.get("count", 0) < 11 for each in counts)
    assert all("stratifier" not in group for group in reports) is (purpose is PAYER)
