"""D5: over random histories with corrections, the export, the ledger, the screen and a plain count of our
own say the same."""

import json
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.actions import merges
from app.core.db import db, transaction
from app.queries.credited import Month, credited_rows
from app.queries.month_sums import month_sums
from app.queries.patient_minutes import patient_minutes
from app.queries.touchpoint_filter import LogFilter
from app.queries.touchpoint_log import log
from tests.exports import ledgers
from tests.exports.ledgers import exporter, read
from tests.faults.figures import size
from tests.world import World


@dataclass
class Model:
    """What stands, counted by hand: seconds by row. `everything` ever written, also what took back."""

    standing: dict[Any, int] = field(default_factory=dict)
    everything: int = 0


@pytest.fixture
def model() -> Model:
    return Model()


def play(world: World, at: Any, model: Model, steps: list[tuple[str, int]]) -> None:
    """Two people write and take back; most of their work overlaps."""
    for deed, number in steps:
        if deed == "write":
            began = at - timedelta(minutes=number % 90)
            [row] = ledgers.write(
                world, at, 1, first=model.everything, seconds=number, started_at=began,
                ended_at=at, actor_id=(world.ana, world.lea)[number % 2].id,
            )  # fmt: skip
            model.standing[row.id] = number
        elif model.standing:
            id_ = sorted(model.standing)[number % len(model.standing)]
            ledgers.void(id_, at)
            del model.standing[id_]
        else:
            continue
        model.everything += 1


@settings(
    max_examples=size(6, 60), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=st.lists(st.tuples(st.sampled_from(["write", "write", "void"]), st.integers(0, 3600)),
                      max_size=size(12, 160)))  # fmt: skip
def test_D5_export_ledger_and_screen_sum_to_the_same(
    app, world: World, clock, model: Model, steps: list[tuple[str, int]]
) -> None:
    play(world, clock.now, model, steps)
    day = clock.now.date()
    screen = log(world.viewer(world.lea), LogFilter(day, day, world.practice.time_zone)).totals
    lea = world.viewer(world.lea)
    month = Month.at(clock.now, world.practice.time_zone)
    credit = credited_rows(lea, month)
    people = [patient_minutes(lea, each.id, day=day) for each in (world.sam, world.rosa)]
    with tempfile.TemporaryDirectory() as folder:
        assert exporter(app)(Path(folder), "jsonl").exit_code == 0
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        rows = read(Path(folder) / "touchpoints.jsonl")
        by_patient = read(Path(folder) / "credited.jsonl")
    expected = (model.everything, len(model.standing), sum(model.standing.values()))
    assert (screen.rows, screen.contacts, screen.seconds) == expected
    assert (manifest["rows"], manifest["sums"]["contacts"], manifest["sums"]["seconds"]) == expected
    stand = [row for row in rows if row["is_standing"]]
    assert (len(rows), len(stand), sum(row["seconds"] for row in stand)) == expected
    credited = sum((each.time for each in credit), timedelta()) // timedelta(seconds=1)
    assert manifest["sums"]["credited_seconds"] == credited <= expected[2]
    assert sum(each["credited_seconds"] for each in by_patient) == credited
    assert sum(each["credited_minutes"] for each in by_patient) == sum(
        each.months[0].minutes for each in people
    )
    assert [month_sums(lea, month).together.minutes] == [credited // 60] or not model.standing


def test_two_at_once_on_two_records_of_one_person_count_once(
    app, world: World, clock, tmp_path: Path
) -> None:
    at = clock.now
    for number, (user, patient) in enumerate([(world.ana, world.sam), (world.lea, world.kim)]):
        ledgers.write(world, at, 1, first=number, seconds=600, actor_id=user.id, patient=patient,
                      started_at=at - timedelta(minutes=10), ended_at=at)  # fmt: skip
    run = exporter(app)
    assert run(tmp_path / "before").exit_code == 0
    clock.advance(minutes=1)
    with transaction():
        sam, kim = db.session.merge(world.sam), db.session.merge(world.kim)
        merges.merge(sam, kim, by=world.viewer(world.lea).actor, at=clock.now)
    ledgers.write(world, clock.now, 1, first=2, seconds=60, started_at=at,
                  actor_id=world.ana.id)  # fmt: skip
    assert run(tmp_path / "after").exit_code == 0
    assert run(tmp_path / "again", "jsonl", "--as-of", "2").exit_code == 0
    said = [
        json.loads((tmp_path / name / "manifest.json").read_text())["sums"]["credited_seconds"]
        for name in ("before", "after", "again")
    ]
    assert said == [1200, 660, 1200]
    credit = credited_rows(world.viewer(world.lea), Month.at(at, world.practice.time_zone))
    assert sum((each.time for each in credit), timedelta()) == timedelta(minutes=11)
