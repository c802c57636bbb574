"""What an export's package holds, and that its own verifier finds every change in it."""

import csv
import fcntl
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.actions import text_erasures
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.coverage import Coverage
from app.models.event import SYSTEM, Event
from app.models.run import ExportRun, RunStatus
from tests.exports import ledgers
from tests.exports.ledgers import exporter, verify
from tests.world import World

OUT = ("--reason", "Quarterly report", "--basis", "operations")
CASCADE = ("--payer", "cascade health plan")  # as somebody types it


@pytest.fixture
def run(app):
    return exporter(app)


def cover(world: World, patient, payer: str = "Blue Plan") -> None:
    with transaction():
        db.session.add(Coverage(
            practice_id=world.practice.id, patient_id=patient.id, payer=payer, member_id="00123",
            program="MA", from_on=patient.birth_date, to_on=None,
        ))  # fmt: skip


def read(folder: Path) -> list[dict]:
    with (folder / "touchpoints.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_T6_11_a_payers_package_has_its_fields_proofs_and_an_event(
    run, world: World, clock, tmp_path: Path
) -> None:
    ledgers.write(world, clock.now, 6)
    for more, words in (((), "Say what this export is for"), (OUT, "Name the payer"),
                        ((*OUT, "--payer", "Cascad"), "The payers are: Cascade Health Plan.")):  # fmt: skip
        refused = run(tmp_path, "csv", "--purpose", "payer", *more)
        assert (refused.exit_code, words in refused.output) == (1, True), refused.output
    assert run(tmp_path, "csv", "--purpose", "payer", *CASCADE, *OUT).exit_code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "touchpoints.csv", "touchpoints.jsonl", "proofs.jsonl", "restatements.jsonl", "verify.py",
        "dictionary.json", "compositions.json", "keys.json", "manifest.json", "attestations.jsonl",
        "credited.jsonl",
    }  # fmt: skip
    rows = read(tmp_path)
    assert len(rows) == 3  # only the covered patient's
    assert {(row["member_id"], row["payer"], row["actor_name"]) for row in rows} == {
        ("CHP-0002", "Cascade Health Plan", world.ana.name)}  # fmt: skip
    assert not {"source_id", "late_entry_reason", "void_reason"} & set(rows[0])
    event = db.session.scalars(select(Event).where(Event.kind == "export.made")).one()
    assert (event.facts["reason"], event.facts["basis"]) == (OUT[1], OUT[3])
    assert "member_id" in event.facts["fields"]
    assert event.facts["operator"] == getpass.getuser()
    result = verify(tmp_path)
    assert result.stdout.startswith("Verified: 3 rows, 3 with proof"), result.stderr


CHANGES = [
    ("touchpoints.csv", lambda text: text.replace("phone", "video", 1), "is not the file that was signed"),
    ("manifest.json", lambda text: text.replace('"rows": 4', '"rows": 5'), "signature is wrong"),
    ("keys.json", lambda text: text.replace('"id": "', '"id": "x'), "not in keys.json"),
    ("proofs.jsonl", lambda _: None, "proofs.jsonl is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "words"), CHANGES)
def test_T0_5_the_verifier_tells_a_changed_package(
    run, world: World, clock, tmp_path: Path, name: str, change, words: str
) -> None:
    ledgers.write(world, clock.now, 4)
    assert run(tmp_path, "csv", "--purpose", "quality", *OUT).exit_code == 0
    assert verify(tmp_path).returncode == 0
    path = tmp_path / name
    changed = change(path.read_text(encoding="utf-8"))
    path.unlink() if changed is None else path.write_text(changed, encoding="utf-8")
    result = verify(tmp_path)
    assert (result.returncode, words in result.stderr) == (1, True), result.stderr


def test_a_signed_lie_about_a_row_is_still_found(
    run, world: World, clock, tmp_path: Path, app
) -> None:
    """Whoever has the key but not the chain cannot put a row in: its proof does not fit."""
    from app.core.ledger_keys import ring
    from app.exports.manifest import sha256_of

    ledgers.write(world, clock.now, 4)
    run(tmp_path, "jsonl", "--purpose", "quality", *OUT)
    path, manifest = tmp_path / "touchpoints.jsonl", tmp_path / "manifest.json"
    path.write_text(
        path.read_text("utf-8").replace('"channel":"phone"', '"channel":"video"', 1), "utf-8"
    )
    said = json.loads(manifest.read_text("utf-8"))
    for name in ("key", "signature"):
        said.pop(name)
    said["files"][0]["sha256"] = sha256_of(path)
    manifest.write_text(json.dumps(ring(at=clock.now).sign(said)), "utf-8")
    result = verify(tmp_path)
    assert "row 1 is not what was sealed" in result.stderr
    assert verify(tmp_path, "--key", "A" * 44).stderr.startswith(
        "NOT VERIFIED: the manifest was not"
    )


def test_an_old_export_verifies_after_the_words_were_deleted(
    run, world: World, clock, tmp_path: Path
) -> None:
    ledgers.write(world, clock.now, 4)
    run(tmp_path, "jsonl", "--purpose", "quality", *OUT)
    before = (tmp_path / "manifest.json").read_bytes()
    with transaction():
        text_erasures.erase(world.sam, reason="asked", by=SYSTEM, at=clock.now)
    assert verify(tmp_path).returncode == 0
    run(tmp_path / "again", "jsonl", "--purpose", "quality", *OUT)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == before


def say(world: World, decision: ConsentDecision, at, expires_on=None) -> None:
    with transaction():
        db.session.add(Consent(
            practice_id=world.practice.id, patient_id=world.sam.id, channel="record",
            purpose="part2_sharing", decision=decision, how=ConsentHow.DESK, wording="May we share?",
            decided_at=at, recorded_at=at, recorded_by_kind="user", expires_on=expires_on,
        ))  # fmt: skip


def test_T6_10_rows_under_part_2_leave_only_with_a_consent_that_holds(
    run, world: World, clock, tmp_path: Path
) -> None:
    cover(world, world.rosa, "Cascade Health Plan")
    ledgers.write(world, clock.now, 2, sensitivity="part2", patient=world.sam)
    ledgers.write(world, clock.now, 1, first=5)

    def left_out() -> tuple[int, int]:
        assert run(tmp_path, "jsonl", "--purpose", "payer", *CASCADE, *OUT).exit_code == 0
        made = json.loads((tmp_path / "manifest.json").read_text())
        assert "42 CFR part 2 prohibits" in made["notice"]
        assert made["rows"] == len(read(tmp_path))
        return made["rows"], made["withheld_part_2"]

    assert left_out() == (1, 2)
    say(world, ConsentDecision.GIVEN, clock.now, expires_on=clock.now.date())
    assert left_out() == (3, 0)
    clock.advance(days=1)  # it has expired
    assert left_out() == (1, 2)
    say(world, ConsentDecision.GIVEN, clock.now)
    assert left_out() == (3, 0)
    clock.advance(hours=1)
    say(world, ConsentDecision.WITHDRAWN, clock.now)
    assert left_out() == (1, 2)


def test_a_patients_copy_has_only_their_rows(run, world: World, clock, tmp_path: Path) -> None:
    ledgers.write(world, clock.now, 4)
    more = ("--purpose", "patient", "--reason", "asked", "--basis", "access")
    assert "Name the patient" in run(tmp_path, "jsonl", *more).output
    assert "Name the patient" in run(tmp_path, "jsonl", *more, "--mrn", "C-1").output
    assert run(tmp_path, "jsonl", *more, "--mrn", "H-2").exit_code == 0
    assert {row["patient_id"] for row in read(tmp_path)} == {str(world.sam.id)}
    assert verify(tmp_path).returncode == 0


def test_T4_5_every_format_agrees_on_ids_seconds_and_totals(
    run, world: World, clock, tmp_path: Path
) -> None:
    import pyarrow.parquet as pq

    rows = ledgers.write(world, clock.now, 14)
    ledgers.void(rows[3].id, clock.now)
    for kind in ("jsonl", "csv", "parquet", "xlsx"):
        result = run(tmp_path, kind)
        assert result.exit_code == 0, result.output
    exact = read(tmp_path)
    with (tmp_path / "touchpoints.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "touchpoints.parquet").to_pylist()
    sheet = load_workbook(tmp_path / "touchpoints.xlsx").active
    assert sheet is not None
    top, *body = sheet.iter_rows(values_only=True)
    names = list(top)
    ids = [row["touchpoint_id"] for row in exact]
    assert len(ids) == 15
    assert [c["touchpoint_id"] for c in cells] == [t["touchpoint_id"] for t in table] == ids
    assert [b[names.index("touchpoint_id")] for b in body] == ids
    total = sum(row["seconds"] for row in exact if row["is_standing"])
    assert total == sum(t["seconds"] for t in table if t["is_standing"])
    assert total == sum(int(c["seconds"]) for c in cells if c["is_standing"] == "true")
    assert json.loads((tmp_path / "manifest.json").read_text())["sums"]["seconds"] == total
    assert [t["goal"] for t in table] == [row["goal"] or None for row in exact]
    assert not [v for c in cells for v in c.values() if v.startswith(("=", "+", "-", "@", "\t"))]
    assert sheet["A2"].number_format == "@"
    assert verify(tmp_path).stdout.startswith("Verified: 15 rows, 15 with proof")


@contextmanager
def busy_folder(folder: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield
    os.close(lock)


def test_a_broken_export_leaves_no_half_file(
    run, world: World, clock, tmp_path: Path, monkeypatch
) -> None:
    ledgers.write(world, clock.now, 4)
    left, busy = tmp_path / ".part-left", tmp_path / ".part-busy"
    for part in (left, busy):  # of a process that was killed, and of one that is at it
        part.mkdir()
        (part / "touchpoints.csv").touch()
    with busy_folder(busy):
        run(tmp_path, "csv")
        assert (left.exists(), busy.exists()) == (False, True)
    busy.joinpath("touchpoints.csv").unlink()
    busy.rmdir()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full_disk(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.exports.package.write", full_disk)
    ledgers.write(world, clock.now, 2, first=10)
    assert run(tmp_path, "csv").exit_code != 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    statuses = db.session.scalars(select(ExportRun.status).order_by(ExportRun.created_at)).all()
    assert sorted(statuses) == [RunStatus.DONE, RunStatus.FAILED]
