"""Checking an export where it lies, and fetching it whole: by the package's own verifier, with our keys and
our chain, so that a changed file, a foreign key and another chain are each told."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.core.ledger_keys import ring
from app.models.event import Event
from app.models.run import ExportRun
from tests.actions.test_seals import write_rows
from tests.conftest import Clock
from tests.world import World, look_again

MARCH = {"from": "2026-03-01", "to": "2026-03-31", "format": "csv", "purpose": "quality",
         "reason": "Report", "basis": "operations"}  # fmt: skip


@pytest.fixture
def lea(sign_in: Any, world: World) -> FlaskClient:
    return sign_in(world.lea)


@pytest.fixture
def made(
    app: Flask, lea: FlaskClient, world: World, clock: Clock, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ExportRun:  # fmt: skip
    """A quality export of three rows, made as the worker's child makes it."""
    monkeypatch.setattr("app.cli.touchpoints.VAR", tmp_path)
    write_rows(world, clock.now, "abc")
    assert lea.post("/reports/exports", data=MARCH).status_code == 303
    run = db.session.scalars(select(ExportRun)).one()
    words = ["touchpoints", "export-run", str(run.practice_id), str(run.id)]
    assert app.test_cli_runner().invoke(args=words).exit_code == 0
    return fresh(run)


def fresh(run: ExportRun) -> ExportRun:
    look_again()
    return db.session.get_one(ExportRun, (run.practice_id, run.id))


def check(lea: FlaskClient, run: ExportRun) -> ExportRun:
    assert lea.post(f"/reports/exports/{run.id}/check").status_code == 303
    return fresh(run)


def test_it_is_checked_when_made_and_again_by_hand(
    lea: FlaskClient, made: ExportRun, clock: Clock
) -> None:
    assert made.is_whole
    assert made.verified_by_id is None
    page = lea.get(f"/reports/exports/{made.id}").text
    assert "3 rows, 3 with proof" in page
    assert "when it was made" in page
    again = check(lea, made)
    assert (again.is_whole, again.verified_by_id is not None) == (True, True)
    assert "by Lea" in lea.get(f"/reports/exports/{made.id}").text
    kinds = select(Event.facts).where(Event.kind == "export.checked").order_by(Event.id)
    assert [facts["is_whole"] for facts in db.session.scalars(kinds)] == [True, True]


def sign_anew(folder: Path, run: ExportRun, clock: Clock, **changes: Any) -> None:
    said = {
        k: v for k, v in (run.manifest or {}).items() if k not in ("key", "signature")
    } | changes
    whole = ring(at=clock.now).sign(said)
    (folder / "manifest.json").write_text(json.dumps(whole), "utf-8")
    with transaction():
        db.session.merge(run).manifest = whole


def spoil_rows(folder: Path, _run: ExportRun, _clock: Clock) -> None:
    path = folder / "touchpoints.csv"
    path.write_text(path.read_text("utf-8").replace("phone", "video", 1), "utf-8")


def spoil_manifest(folder: Path, run: ExportRun, _clock: Clock) -> None:
    (folder / "manifest.json").write_text(json.dumps((run.manifest or {}) | {"rows": 2}), "utf-8")


def lose_manifest(folder: Path, _run: ExportRun, _clock: Clock) -> None:
    (folder / "manifest.json").unlink()


def other_chain(folder: Path, run: ExportRun, clock: Clock) -> None:
    sign_anew(folder, run, clock, chain_head="0" * 64)


def other_key(folder: Path, run: ExportRun, _clock: Clock) -> None:
    with transaction():
        row = db.session.merge(run)
        row.manifest = (row.manifest or {}) | {"key": "f" * 16}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_rows, "is not the file that was signed"),
        (spoil_manifest, "not the one that was made here"),
        (lose_manifest, "cannot be read"),
        (other_chain, "another hash"),
        (other_key, "not one of ours"),
    ],
)
def test_it_tells_what_does_not_fit(
    lea: FlaskClient, made: ExportRun, clock: Clock, spoil: Callable[..., None], words: str
) -> None:
    spoil(Path(made.path or ""), made, clock)
    after = check(lea, made)
    assert (after.is_whole, words in (after.verified_words or "")) == (False, True)
    assert "Not whole" in lea.get(f"/reports/exports/{made.id}").text


def test_a_package_too_large_for_a_request_is_left_to_its_own_verifier(
    lea: FlaskClient, made: ExportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.actions.export_checks.MOST_BYTES", 10)
    answer = lea.post(f"/reports/exports/{made.id}/check")
    assert (answer.status_code, "verify.py" in answer.text) == (422, True)


def test_the_whole_package_comes_as_one_zip_the_same_each_time(
    lea: FlaskClient, made: ExportRun
) -> None:
    url = f"/reports/exports/{made.id}/package.zip"
    data = lea.get(url).data
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    folder = Path(made.path or "")
    inside = {name.split("/")[1]: archive.read(name) for name in archive.namelist()}
    assert inside == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert lea.get(url).data == data
    look_again()
    fetched = select(Event.facts).where(Event.kind == "export.fetched")
    assert {facts["file"] for facts in db.session.scalars(fetched)} == {"package.zip"}


def test_a_broken_download_goes_on(lea: FlaskClient, made: ExportRun) -> None:
    url = f"/reports/exports/{made.id}/files/touchpoints.csv"
    with lea.get(url, buffered=True) as whole:
        data = whole.data
        assert whole.headers["Accept-Ranges"] == "bytes"
    asked = {"Range": "bytes=40-", "If-Range": whole.headers["ETag"]}
    with lea.get(url, headers=asked, buffered=True) as rest:
        assert (rest.status_code, rest.data) == (206, data[40:])
