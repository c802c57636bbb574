"""Exports over the API: asked for once, watched, fetched; the same run the page and the command make."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.event import Event
from app.models.run import ExportRun, RunStatus
from tests.actions.test_seals import write_rows
from tests.api.v1.conftest import Caller, Calling, check_problem
from tests.conftest import Clock
from tests.world import World, look_again

MARCH: dict[str, Any] = {"from_on": "2026-03-01", "to_on": "2026-03-31", "format": "jsonl",
                         "purpose": "quality", "reason": "Report", "basis": "operations"}  # fmt: skip


def runs() -> list[ExportRun]:
    look_again()
    return list(db.session.scalars(select(ExportRun).order_by(ExportRun.created_at)))


def make(app: Flask, run: ExportRun) -> None:
    """What the worker's child does."""
    words = ["touchpoints", "export-run", str(run.practice_id), str(run.id)]
    assert app.test_cli_runner().invoke(args=words).exit_code == 0


def whole(api: Caller, path: str, **headers: str) -> bytes:
    with api.get(path, **headers) as answer:
        assert answer.status_code == (206 if headers else 200)
        return answer.data


def test_it_is_asked_for_watched_and_fetched(
    app: Flask, api: Caller, calling: Calling, world: World, clock: Clock, sign_in: Any,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.cli.touchpoints.VAR", tmp_path)
    write_rows(world, clock.now, "abc")
    asked = api.post("exports", MARCH)
    assert asked.status_code == 202, asked.text
    where = asked.headers["Location"].removeprefix("/api/v1/")
    waiting = api.get(where)
    assert (waiting.get_json(), waiting.headers["Retry-After"]) == (asked.get_json(), "5")
    assert (waiting.get_json()["status"], waiting.get_json()["files"]) == ("waiting", [])
    check_problem(api.get(f"{where}/files/manifest.json"), 404)
    make(app, runs()[0])

    done = api.get(where).get_json()
    assert (done["status"], done["rows"], done["rows_done"]) == ("done", 3, 3)
    files = {each["name"]: each["url"].removeprefix("/api/v1/") for each in done["files"]}
    manifest = json.loads(whole(api, files["manifest.json"]))
    for each in manifest["files"]:
        assert hashlib.sha256(whole(api, files[each["name"]])).hexdigest() == each["sha256"]
    rows = files["touchpoints.jsonl"]
    assert whole(api, rows, Range="bytes=10-") == whole(api, rows)[10:]
    check_problem(api.get(f"{where}/files/other.txt"), 404)
    fetched = select(Event).where(Event.kind == "export.fetched")
    assert {each.actor_kind for each in db.session.scalars(fetched)} == {"token"}
    assert "tests, over the API" in sign_in(world.lea).get(f"/reports/{where}").text

    outsider = calling(world.other_practice)
    for path in (where, *files.values()):
        check_problem(outsider.get(path), 404)


def test_a_seen_key_asks_once_and_a_token_has_one_at_a_time(
    api: Caller, calling: Calling, world: World
) -> None:
    first = api.post("exports", MARCH, Idempotency_Key="march")
    again = api.post("exports", MARCH, Idempotency_Key="march")
    assert (again.status_code, again.get_json()) == (202, first.get_json())
    check_problem(api.post("exports", MARCH), 429)
    assert calling(world.practice).post("exports", MARCH).status_code == 202
    theirs = calling(world.other_practice).post("exports", MARCH, Idempotency_Key="march")
    assert theirs.get_json()["id"] != first.get_json()["id"]
    assert len(runs()) == 3
    with transaction():
        for run in runs():
            run.status = RunStatus.FAILED
    assert api.post("exports", MARCH, Idempotency_Key="april").status_code == 202


@pytest.mark.parametrize(
    ("more", "field"),
    [({"to_on": "2026-02-01"}, "to_on"), ({"format": "pdf"}, "format"), ({"reason": None}, "reason"),
     ({"purpose": "evidence"}, "purpose"), ({"purpose": "payer", "payer": "Nobody"}, "payer"),
     ({"purpose": "patient", "mrn": "H-999"}, "mrn"), ({"as_of_seq": 7}, "as_of_seq"), ({"x": 1}, "x")],
)  # fmt: skip
def test_it_refuses_what_the_page_refuses(api: Caller, world: World, more: Any, field: str) -> None:
    problem = check_problem(api.post("exports", MARCH | more), 422)
    assert problem["errors"][0]["field"] == field
    assert runs() == []


def test_it_needs_its_own_scopes(calling: Calling, world: World) -> None:
    reader = calling(world.practice, "exports:read", "touchpoints:read")
    check_problem(reader.post("exports", MARCH), 403)
    where = calling(world.practice, "exports:write").post("exports", MARCH).headers["Location"]
    check_problem(
        calling(world.practice, "touchpoints:read").get(where.removeprefix("/api/v1/")), 403
    )
    assert reader.get(where.removeprefix("/api/v1/")).status_code == 200
