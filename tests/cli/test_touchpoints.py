"""`flask touchpoints export` and `flask ledger verify`, as an analyst runs them."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from app.exports.rows import COLUMNS
from tests.actions.test_seals import write_rows
from tests.world import World


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=[str(arg) for arg in args])


def export(
    run, out: Path, *more: str, slug: str = "harbor", kind: str = "jsonl", day: str = "2026-03-03"
):
    return run("touchpoints", "export", "--practice", slug, "--from", day, "--to", day,
               "--format", kind, "--out", out, *more)  # fmt: skip


def test_it_writes_rows_and_a_manifest_that_fits_them(
    run, world: World, clock, tmp_path: Path
) -> None:
    write_rows(world, clock.now, "abc")
    result = export(run, tmp_path)
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "touchpoints.jsonl").read_bytes().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [list(row) for row in rows] == [list(COLUMNS)] * 3
    assert {row["patient_id"] for row in rows} == {str(world.sam.id)}
    made = json.loads((tmp_path / "manifest.json").read_text())
    digest = hashlib.sha256((tmp_path / "touchpoints.jsonl").read_bytes()).hexdigest()
    assert (made["rows"], made["sums"]["seconds"], made["as_of_seq"]) == (3, 360, 3)
    assert made["files"][0] == {"name": "touchpoints.jsonl", "sha256": digest,
                                "bytes": (tmp_path / "touchpoints.jsonl").stat().st_size}  # fmt: skip
    assert {each["name"] for each in made["files"]} | {"manifest.json"} == {
        path.name for path in tmp_path.iterdir()}  # fmt: skip


def test_it_gives_the_same_bytes_again_also_after_more_rows(
    run, world, clock, tmp_path: Path
) -> None:
    """T0.4, D3"""
    write_rows(world, clock.now, "abc")
    for kind in ("csv", "jsonl"):
        export(run, tmp_path / "one", kind=kind)
        first = {p.name: p.read_bytes() for p in (tmp_path / "one").iterdir()}
        write_rows(world, clock.now, "de" if kind == "csv" else "fg")
        head = json.loads(first["manifest.json"])["as_of_seq"]
        export(run, tmp_path / "two", "--as-of", str(head), kind=kind)
        for name in (f"touchpoints.{kind}", "manifest.json"):
            assert (tmp_path / "two" / name).read_bytes() == first[name]


def test_it_counts_days_where_the_practice_is(run, world, clock, tmp_path: Path) -> None:
    write_rows(
        world, clock.now.replace(hour=7, minute=59), "a"
    )  # 23:59 the day before, in Portland
    write_rows(world, clock.now.replace(hour=8, minute=2), "b")
    clock.advance(hours=1)
    for day, ids in (("2026-03-02", ["a"]), ("2026-03-03", ["b"])):
        export(run, tmp_path / day, kind="csv", day=day)
        with (tmp_path / day / "touchpoints.csv").open() as file:
            assert [row["source_id"] for row in csv.DictReader(file)] == ids


def test_it_shows_nothing_of_another_practice(run, world, clock, tmp_path: Path) -> None:
    write_rows(world, clock.now, "abc")
    result = export(run, tmp_path, slug="other")
    assert result.exit_code == 0
    assert (tmp_path / "touchpoints.jsonl").read_bytes() == b""


@pytest.mark.parametrize(("more", "words"), [
    (("--as-of", "99"), "nothing can be past it"), (("--format", "doc"), "not one of"),
    (("--practice", "nope"), "No practice has the slug"), (("--to", "2026-03-01"), "before it begins"),
])  # fmt: skip
def test_it_says_what_is_wrong(run, world, clock, tmp_path: Path, more, words: str) -> None:
    result = export(run, tmp_path, *more)
    assert result.exit_code != 0
    assert words in result.output


def test_it_verifies_the_chain(run, world, clock, tmp_path: Path) -> None:
    write_rows(world, clock.now, "abc")
    export(run, tmp_path)
    result = run("ledger", "verify", "--practice", "harbor")
    assert result.exit_code == 0
    assert result.output.startswith("3 rows verified")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_it_refuses_days_no_one_can_count_from(run, world: World, tmp_path: Path, day: str) -> None:
    result = export(run, tmp_path / "out", day=day)
    assert result.exit_code == 1
    assert "--from: That day is too far away." in result.output
    assert not (tmp_path / "out").exists()
