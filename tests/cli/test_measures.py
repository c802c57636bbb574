"""`flask measures check-bundle` over a folder of bundles, without a database."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.value.referral_bundles import SETS, bundle, referral, report, visit

pytestmark = pytest.mark.pure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "bundles"
    made.mkdir()
    write(tmp_path / "sets.json", SETS)
    write(made / "b-open.json", bundle(visit(), referral()))
    write(made / "a-closed.json", bundle(visit(), referral(), report(), kind="transaction"))
    write(made / "c-out.JSON", bundle(referral()))
    (made / "README.txt").write_text("not a bundle")
    return made


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def check(session_app: Any, folder: Path, *more: str, year: int = 2026) -> Result:
    args = ["measures", "check-bundle", "--measure", "closing-referral-loop", "--year", str(year),
            "--value-sets", str(folder.parent / "sets.json"), *more, str(folder)]  # fmt: skip
    done: Result = session_app.test_cli_runner().invoke(args=args)
    return done


def test_it_prints_a_line_per_file_in_the_order_of_names(session_app, folder: Path) -> None:
    done = check(session_app, folder)
    assert (done.exit_code, done.stderr) == (0, "")
    names = ("file", "patient", "initial_population", "denominator", "numerator")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [tuple(line) for line in lines] == [names] * 3
    assert [tuple(line.values()) for line in lines] == [
        ("a-closed.json", "p1", True, True, True),
        ("b-open.json", "p1", True, True, False),
        ("c-out.JSON", "p1", False, False, False),
    ]


@pytest.mark.parametrize("text", [
    "{", "", "[]", '{"resourceType": "Patient"}', "[" * 100_000, b"\xff\xfe\x00",
    json.dumps(bundle(visit(), referral(on="soon"))),
])  # fmt: skip
def test_it_names_a_broken_file_and_prints_the_others(
    session_app, folder: Path, text: str | bytes
) -> None:
    (folder / "aa-broken.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = check(session_app, folder)
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 3
    assert done.stderr.startswith("aa-broken.json: ")
    assert "1 of the files" in done.stderr


def test_it_leaves_the_value_sets_out_when_they_lie_in_the_folder(
    session_app, folder: Path
) -> None:
    write(folder / "sets.json", SETS)
    done = session_app.test_cli_runner().invoke(args=[
        "measures", "check-bundle", "--measure", "closing-referral-loop", "--year", "2026",
        "--value-sets", str(folder / "sets.json"), str(folder)])  # fmt: skip
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 3)


def test_it_says_when_the_year_is_not_verified(session_app, folder: Path) -> None:
    done = check(session_app, folder, year=2027)
    assert done.exit_code == 0
    assert "Not verified for 2027" in done.stderr


def test_it_refuses_what_it_cannot_use(session_app, folder: Path) -> None:
    assert "No time zone" in check(session_app, folder, "--time-zone", "Mars/Olympus").output
    write(folder.parent / "sets.json", {"visit": []})
    done = check(session_app, folder)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "'intervention' is missing" in done.stderr
    empty = folder / "empty"
    empty.mkdir()
    write(folder.parent / "empty-sets.json", SETS)
    done = session_app.test_cli_runner().invoke(args=[
        "measures", "check-bundle", "--measure", "closing-referral-loop", "--year", "2026",
        "--value-sets", str(folder.parent / "empty-sets.json"), str(empty)])  # fmt: skip
    assert done.exit_code == 1
    assert "No .json file" in done.stderr
