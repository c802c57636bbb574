"""D5: over random histories with corrections, the export, the ledger, the screen and a plain count of our
own say the same."""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@settings(
    max_examples=size(6, 60), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(steps=st.lists(st.tuples(st.sampled_from(["write", "write", "void"]), st.integers(0, 3600)),
                      max_size=size(12, 160)))  # fmt: skip
def test_D5_export_ledger_and_screen_sum_to_the_same(
    app, world: World, clock, model: Model, steps: list[tuple[str, int]]
) -> None:
    for deed, number in steps:
        if deed == "write":
            [row] = ledgers.write(world, clock.now, 1, first=model.everything, seconds=number)
            model.standing[row.id] = number
        elif model.standing:
            id_ = sorted(model.standing)[number % len(model.standing)]
            ledgers.void(id_, clock.now)
            del model.standing[id_]
        else:
            continue
        model.everything += 1
    day = clock.now.date()
    screen = log(world.viewer(world.lea), LogFilter(day, day, world.practice.time_zone)).totals
    with tempfile.TemporaryDirectory() as folder:
        assert exporter(app)(Path(folder), "jsonl").exit_code == 0
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        rows = read(Path(folder) / "touchpoints.jsonl")
    expected = (model.everything, len(model.standing), sum(model.standing.values()))
    assert (screen.rows, screen.contacts, screen.seconds) == expected
    assert (manifest["rows"], manifest["sums"]["contacts"], manifest["sums"]["seconds"]) == expected
    stand = [row for row in rows if row["is_standing"]]
    assert (len(rows), len(stand), sum(row["seconds"] for row in stand)) == expected
