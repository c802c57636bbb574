"""The FHIR export: every resource passes four layers, references resolve, and it agrees with the other
files of the same period."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.actions import calls, referrals, tasks, touchpoint_corrections, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.exports.fhir_words import BASE
from app.models.event import SYSTEM
from app.models.patient import RelatedPerson
from app.models.task import Evidence, Task, TaskType
from app.models.touchpoint import ActorKind, MinutesSource
from tests.conftest import Clock
from tests.exports.fhir_layers import Json, our_urls, problems, unresolved
from tests.phones import Phones
from tests.world import World

TYPES = ("Communication", "Consent", "Coverage", "Encounter", "MeasureReport", "Organization", "Patient",
         "Practitioner", "Provenance", "RelatedPerson", "ServiceRequest", "Task")  # fmt: skip


@pytest.fixture
def story(world: World, clock: Clock) -> World:
    """A bit of everything: texts, an answer, calls of every outcome, a visit, a row taken back, a referral
    told, tasks in many states, a caregiver."""
    phones = Phones(world, clock)
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    phones.text(world.rosa, "Gracias")
    phones.text(world.olga, "Who is this?")  # she texted STOP before
    for outcome in ("reached", "no_answer", "wrong_number"):
        call(world, clock, outcome)
    taken = call(world, clock, "reached", seconds=90)
    with transaction():
        touchpoint_corrections.void(
            db.session.merge(taken), reason="wrong patient", by=SYSTEM, at=clock.now
        )
        visit(world, clock)
        db.session.add(RelatedPerson(
            practice_id=world.practice.id, patient_id=world.sam.id, name="Max Porter", relationship="son",
            authorised_by="Sam", from_on=clock.now.date()))  # fmt: skip
    referral = with_referral(world, clock)
    with transaction():
        referrals.record_update(
            db.session.merge(referral), how="fax", told_to="Front desk", body="In touch.",
            told_at=clock.now, by=world.viewer(world.ana), at=clock.now,
        )  # fmt: skip
    with_closed_tasks(world, clock)
    return world


def call(world: World, clock: Clock, outcome: str, seconds: int = 240) -> Any:
    with transaction():
        return calls.log_call(
            db.session.merge(world.sam), by=world.viewer(world.ana), at=clock.now, outcome=outcome,
            seconds=seconds, note=None, task_ids=[], started_at=clock.now,
            minutes_source=MinutesSource.TIMER,
        )  # fmt: skip


def visit(world: World, clock: Clock) -> None:
    touchpoints.write(
        Contact(
            patient=db.session.merge(world.rosa), source_kind="call", source_id="visit-1",
            activity_type="care_coordination", channel="in_person", direction="outbound",
            actor_kind=ActorKind.HUMAN, actor_id=world.ana.id, started_at=clock.now, ended_at=clock.now,
            seconds=600, minutes_source=MinutesSource.MANUAL, contact_party="patient",
            contact_outcome="reached",
        ),
        by=world.viewer(world.ana).actor, at=clock.now,
    )  # fmt: skip


def with_referral(world: World, clock: Clock) -> Any:
    with transaction():
        return referrals.create(
            db.session.merge(world.kim),
            reason="Heart",
            referred_by="Dr. Invented",
            by=SYSTEM,
            at=clock.now,
        )


def with_closed_tasks(world: World, clock: Clock) -> None:
    with transaction():
        for number, patient in enumerate((world.lee, world.tom, world.rosa)):
            task = tasks.create(
                db.session.merge(patient), TaskType.APPOINTMENT_KEPT, by=SYSTEM, at=clock.now
            )
            if number == 0:
                tasks.cancel(task, reason="twice", by=SYSTEM, at=clock.now)
            elif number == 1:
                tasks.complete(
                    task, outcome="kept", evidence=Evidence.DOCUMENT, by=SYSTEM, at=clock.now
                )
            else:
                tasks.hold(task, reason="away", by=SYSTEM, at=clock.now)


def export(app: Any, folder: Path, kind: str, *more: str) -> Path:
    done = app.test_cli_runner().invoke(args=[
        "touchpoints", "export", "--practice", "harbor", "--from", "2026-03-03", "--to", "2026-03-03",
        "--format", kind, "--out", str(folder), *more])  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder


def read(folder: Path) -> list[Json]:
    return [each for path in sorted(folder.glob("*.ndjson")) for each in lines_of(path)]


def lines_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def seconds_of(resource: Json) -> int:
    found = [e for e in resource["extension"] if e["url"].endswith("/entered-time")]
    return int(found[0]["valueDuration"]["value"])


def test_t4_1_every_resource_passes_the_four_layers(app: Any, story: World, tmp_path: Path) -> None:
    resources = read(export(app, tmp_path, "fhir"))
    assert {path.stem for path in tmp_path.glob("*.ndjson")} == set(TYPES)
    assert {each["id"]: problems(each) for each in resources if problems(each)} == {}
    statuses = {(r["resourceType"], r.get("status")) for r in resources}
    assert {("Communication", "not-done"), ("Communication", "entered-in-error"), ("Encounter", "finished"),
            ("Task", "cancelled"), ("Task", "on-hold"), ("Consent", "inactive")} <= statuses  # fmt: skip


def test_t4_8_every_reference_resolves(app: Any, story: World, tmp_path: Path) -> None:
    resources = read(export(app, tmp_path, "fhir"))
    assert unresolved(resources) == []
    assert len({(r["resourceType"], r["id"]) for r in resources}) == len(resources)


def test_t4_5_csv_json_lines_and_fhir_agree(app: Any, story: World, tmp_path: Path) -> None:
    """Row ids, seconds and totals; and the manifests' sums."""
    fhir = read(export(app, tmp_path / "fhir", "fhir"))
    contacts = {
        r["id"]: seconds_of(r) for r in fhir if r["resourceType"] in ("Communication", "Encounter")
    }
    lines = lines_of(export(app, tmp_path / "jsonl", "jsonl") / "touchpoints.jsonl")
    exact = {row["touchpoint_id"]: row["seconds"] for row in lines}
    with (export(app, tmp_path / "csv", "csv") / "touchpoints.csv").open(newline="") as file:
        spread = {row["touchpoint_id"]: int(row["seconds"]) for row in csv.DictReader(file)}
    assert contacts == exact == spread
    assert len(contacts) > 8
    manifests = [
        json.loads((tmp_path / kind / "manifest.json").read_text())
        for kind in ("fhir", "jsonl", "csv")
    ]
    assert len({(m["rows"], json.dumps(m["sums"])) for m in manifests}) == 1
    provenances = [r for r in fhir if r["resourceType"] == "Provenance"]
    assert len(provenances) == len(contacts)


def test_it_lists_each_file_in_the_manifest(app: Any, story: World, tmp_path: Path) -> None:
    resources = read(export(app, tmp_path, "fhir"))
    made = json.loads((tmp_path / "manifest.json").read_text())
    listed = [each["name"] for each in made["files"] if each["name"].endswith(".ndjson")]
    assert listed == [f"{kind}.ndjson" for kind in TYPES]
    assert made["resources"] == dict(sorted(Counter(r["resourceType"] for r in resources).items()))


def test_t0_4_it_gives_the_same_bytes_again(app: Any, story: World, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(app, tmp_path / name, "fhir")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_it_holds_no_other_practices_people_and_no_names_of_patients(
    app: Any, story: World, tmp_path: Path
) -> None:
    text = "".join(path.read_text() for path in export(app, tmp_path, "fhir").glob("*.ndjson"))
    assert str(story.sam.id) in text
    for hidden in (
        str(story.zoe.id),
        str(story.other_practice.id),
        "Porter",
        "Gracias",
        "twice",
        "Heart",
    ):
        assert hidden not in text


def test_a_file_that_breaks_off_leaves_nothing_half(
    app: Any, story: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_row: Any) -> Json:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("app.exports.fhir.provenance", broken)
    done = app.test_cli_runner().invoke(args=[
        "touchpoints", "export", "--practice", "harbor", "--from", "2026-03-03", "--to", "2026-03-03",
        "--format", "fhir", "--out", str(tmp_path)])  # fmt: skip
    assert done.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_rates_go_along_with_small_cells_masked(app: Any, story: World, tmp_path: Path) -> None:
    export(app, tmp_path, "fhir")
    reports = lines_of(tmp_path / "MeasureReport.ndjson")
    assert {r["id"].removesuffix("-2026-03-03-2026-03-03") for r in reports} >= {
        "medication-received",
        "reach",
    }
    counts = [p for r in reports for p in r["group"][0]["population"]]
    assert any("_count" in each for each in counts)
    assert not any(0 < each.get("count", 0) < 11 for each in counts)


def test_every_address_of_ours_is_explained(app: Any, story: World, tmp_path: Path) -> None:
    """docs/fhir.md names each extension and code system that occurs."""
    explained = (Path(__file__).resolve().parents[2] / "docs" / "fhir.md").read_text(
        encoding="utf-8"
    )
    used = our_urls(read(export(app, tmp_path, "fhir")))
    names = {url.removeprefix(f"{BASE}/").split("/")[1] for url in used if "/Measure/" not in url}
    assert len(names) > 10
    assert {name for name in names if f"`{name}`" not in explained} == set()


def test_t4_2_no_task_is_completed_without_saying_how(
    app: Any, story: World, tmp_path: Path
) -> None:
    export(app, tmp_path, "fhir")
    found = lines_of(tmp_path / "Task.ndjson")
    assert db.session.query(Task).count() == len(found)
    done = [task for task in found if task["status"] == "completed"]
    assert done
    for task in done:
        assert [o["type"]["coding"][0]["code"] for o in task["output"]] == ["outcome", "evidence"]
