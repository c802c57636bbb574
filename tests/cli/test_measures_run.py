"""`flask measures run`: a practice's rates as JSON and as a table, with small counts hidden outside."""

import json
from typing import Any

import pytest

from app.actions import tasks
from app.core.db import transaction
from app.models.event import SYSTEM
from app.models.task import Evidence, TaskType
from tests.conftest import Clock
from tests.world import World


@pytest.fixture
def run(app: Any, world: World, clock: Clock) -> Any:
    """Fourteen medications asked for: eleven received, three open; and one that was not needed."""
    with transaction():
        for number in range(15):
            task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
            outcome = "received" if number < 11 else "not_needed" if number == 11 else None
            if outcome:
                tasks.complete(task, outcome=outcome, evidence=Evidence.PATIENT_CONFIRMED, by=SYSTEM,
                               at=clock.now, reason="Has it at home")  # fmt: skip
    runner = app.test_cli_runner()
    return lambda *more: runner.invoke(args=["measures", "run", "--practice", "harbor", "--from",
                                             "2026-03-01", "--to", "2026-03-31", *more])  # fmt: skip


def medication(done: Any) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["measures"]
    return next(each for each in found if each["measure"] == "medication-received")


def test_t3_4_it_prints_every_figure_of_every_measure(run: Any) -> None:
    done = run("--format", "json")
    for each in json.loads(done.stdout)["measures"]:
        assert {"numerator", "denominator", "exclusions", "unknown", "not_met", "rate"} <= set(each)
    found = medication(done)
    assert (found["numerator"], found["denominator"], found["exclusions"], found["unknown"]) == (
        11,
        14,
        1,
        3,
    )
    assert found["rate"] == 0.7857
    assert [g["group"] for g in found["by"]["team"]] == ["Harbor team"]
    assert found["definition"]["from_year"] == 2026


def test_t0_4_it_prints_the_same_again(run: Any) -> None:
    assert run("--format", "json").stdout == run("--format", "json").stdout


def test_t3_4_outside_small_counts_are_hidden(run: Any) -> None:
    found = medication(run("--format", "json", "--outside"))
    assert (found["numerator"], found["unknown"], found["exclusions"], found["rate"]) == (None,) * 4
    assert found["suppressed"] is True
    assert {g["denominator"] for g in found["by"]["team"]} == {None}
    shown = medication(run("--format", "json", "--outside", "--smallest", "2"))
    assert (shown["numerator"], shown["denominator"], shown["exclusions"]) == (11, 14, None)


def test_it_prints_a_table_for_people(run: Any) -> None:
    text = run("--by", "team").output
    line = next(line for line in text.splitlines() if line.startswith("Medication received"))
    assert line.split()[-7:] == ["11", "14", "78.6", "%", "0", "3", "1"]
    assert "Harbor team" in text
    assert "<11" in run("--outside").output


def test_it_refuses_an_impossible_period_and_an_unknown_practice(app: Any, world: World) -> None:
    runner = app.test_cli_runner()
    base = ["measures", "run", "--from", "2026-03-31", "--to", "2026-03-01", "--practice"]
    assert "ends before it begins" in runner.invoke(args=[*base, "harbor"]).output
    assert "No practice has the slug" in runner.invoke(args=[*base, "nowhere"]).output
