"""The touchpoint log and its exports: filters, totals that leave out what was taken back, entries, vouching,
and files that only the right people fetch."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import calls, touchpoint_corrections
from app.core.db import db, transaction
from app.models.event import Event
from app.models.patient import Patient
from app.models.run import ExportRun, RunStatus
from app.models.touchpoint import MinutesSource, Touchpoint
from app.models.user import User
from app.queries import touchpoint_log
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
MARCH = {"from": "2026-03-01", "to": "2026-03-31", "format": "csv"}


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def call(world: World, clock: Clock, patient: Patient, user: User, **more: object) -> Touchpoint:
    values = {"outcome": "reached", "seconds": 240, "note": "Asked about the pantry"} | more
    with transaction():
        row = calls.log_call(
            db.session.merge(patient), by=world.viewer(user), at=clock.now, task_ids=[],
            started_at=clock.now - timedelta(minutes=4), minutes_source=MinutesSource.TIMER, **values,
        )  # type: ignore[arg-type]  # fmt: skip
    assert row is not None
    return row


def test_it_shows_contacts_with_totals(
    lea: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    call(world, clock, world.sam, world.ana)
    call(world, clock, world.rosa, world.ana, outcome="no_answer", seconds=60)
    phones.text(world.sam, "Thank you for the call")
    text = " ".join(lea.get("/reports").text.split())
    assert "<dt>Contacts</dt><dd>3</dd>" in text
    assert "<dt>Reached</dt><dd>2</dd>" in text
    assert "<dt>Minutes as entered</dt><dd>5</dd>" in text


def test_it_counts_nothing_that_was_taken_back_but_shows_it(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    row = call(world, clock, world.sam, world.ana)
    with transaction():
        touchpoint_corrections.void(
            db.session.merge(row), reason="wrong patient", by=world.system.actor, at=clock.now
        )
    text = " ".join(lea.get("/reports").text.split())
    assert "<dt>Contacts</dt><dd>0</dd>" in text
    assert "<dt>Minutes as entered</dt><dd>0</dd>" in text
    assert "<dt>Ledger rows</dt><dd>2</dd>" in text
    assert "taken back" in text
    assert "wrong patient" in lea.get(f"/reports/touchpoints/{row.id}").text


@pytest.mark.parametrize(
    ("narrowed", "who"),
    [
        ("channel=sms", {"Rosa"}),
        ("outcome=no_answer", {"Kim"}),
        ("activity=message_received", {"Rosa"}),
        ("staff={ana}", {"Sam", "Kim"}),
        ("patient={sam}", {"Sam"}),
        ("team=Harbor+team&subgroup=chronic", {"Sam", "Kim", "Rosa"}),
        ("team=Pier+team", set()),
        ("payer=-", {"Kim", "Rosa"}),
        ("from=2026-03-04&to=2026-03-09", set()),
        ("from=odd&to=2026-99-99&staff=x", {"Sam", "Kim", "Rosa"}),
    ],
)
def test_it_narrows_the_log(
    lea: FlaskClient, phones: Phones, world: World, clock: Clock, narrowed: str, who: set[str]
) -> None:
    call(world, clock, world.sam, world.ana)
    call(world, clock, world.kim, world.ana, outcome="no_answer")
    phones.text(world.rosa, "Gracias por todo, hasta luego")
    url = f"/reports?{narrowed.format(ana=world.ana.id, sam=world.sam.id)}"
    table = lea.get(url).text.partition('id="log"')[2].partition("<tbody>")[2]
    assert {name for name in ("Sam", "Kim", "Rosa") if f">{name} " in table} == who


def test_it_shows_a_navigator_their_own_patients_and_an_analyst_no_names(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = call(world, clock, world.sam, world.ana)
    assert "Sam Porter" in sign_in(world.ana).get("/reports").text
    assert "Sam Porter" not in sign_in(world.ben).get("/reports").text
    anton = sign_in(world.anton)
    page, entry = anton.get("/reports").text, anton.get(f"/reports/touchpoints/{row.id}").text
    for text in (page, entry):
        assert str(row.patient_id)[-8:] in text
        assert "Sam" not in text
    assert "Asked about the pantry" not in entry


def test_it_opens_an_entry_with_its_notes_and_says_when_it_is_not_sealed(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = call(world, clock, world.sam, world.ana)
    text = sign_in(world.ana).get(f"/reports/touchpoints/{row.id}").text
    assert "Asked about the pantry" in text
    assert "Comes within a minute" in text
    assert "4:00 min" in text


def test_it_lets_who_did_it_vouch_and_a_lead_approve(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = call(world, clock, world.sam, world.ana)
    here = f"/reports/touchpoints/{row.id}"
    ana, lea = sign_in(world.ana), sign_in(world.lea)
    assert ana.post(f"{here}/approval", headers=HTMX).status_code == 403
    assert lea.post(f"{here}/attestation", headers=HTMX).status_code == 403
    for _ in range(2):  # twice is once
        assert ana.post(f"{here}/attestation").status_code == 303
    assert lea.post(f"{here}/approval").status_code == 303
    text = " ".join(lea.get(here).text.split())
    assert "<dt>Vouched for</dt><dd>Ana Alvarez" in text
    assert "<dt>Approved</dt><dd>Lea Lindqvist" in text
    own = call(world, clock, world.sam, world.lea)
    assert lea.post(f"/reports/touchpoints/{own.id}/approval", headers=HTMX).status_code == 403


def test_it_goes_on_with_older_rows(
    lea: FlaskClient, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touchpoint_log, "PAGE", 2)
    rows = []
    for _ in range(3):
        rows.append(call(world, clock, world.sam, world.ana))
        clock.advance(seconds=30)
    first = lea.get("/reports").text
    assert str(rows[2].id) in first
    assert str(rows[0].id) not in first
    older = first.partition('hx-get="/reports?before=')[2].partition('"')[0].replace("&amp;", "&")
    rest = lea.get(f"/reports?before={older}", headers=HTMX).text
    assert str(rows[0].id) in rest
    assert str(rows[1].id) not in rest


def test_it_reads_the_log_in_the_same_statements_however_long(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    call(world, clock, world.sam, world.ana)
    lea.get("/reports")
    with reads() as one:
        lea.get("/reports")
    for patient in (world.rosa, world.kim, world.olga):
        call(world, clock, patient, world.ana)
    with reads() as many:
        lea.get("/reports")
    assert len(many) == len(one)


def test_it_makes_an_export_that_can_be_fetched(
    sign_in: SignInAs, app: Flask, world: World, clock: Clock
) -> None:
    call(world, clock, world.sam, world.ana)
    anton = sign_in(world.anton)
    page = anton.post("/reports/exports", data=MARCH).headers["Location"]
    waiting = anton.get(page).text
    assert "Waiting" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    run = db.session.scalars(select(ExportRun)).one()
    assert anton.get(f"{page}/files/touchpoints.csv").status_code == 404
    args = ["touchpoints", "export-run", str(world.practice.id), str(run.id)]
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    look_again()
    done = anton.get(page).text
    assert 'hx-trigger="every 2s"' not in done
    lines = anton.get(f"{page}/files/touchpoints.csv", buffered=True).text.splitlines()
    assert len(lines) == 2
    whole = anton.get(f"{page}/files/touchpoints.csv", buffered=True).data
    rest = anton.get(f"{page}/files/touchpoints.csv", headers={"Range": "bytes=40-"}, buffered=True)
    assert (rest.status_code, rest.data) == (206, whole[40:])  # a download that broke off goes on
    manifest = json.loads(anton.get(f"{page}/files/manifest.json", buffered=True).text)
    assert manifest["files"][0]["sha256"] in done
    look_again()
    fetched = list(db.session.scalars(select(Event.facts).where(Event.kind == "export.fetched")))
    assert fetched == [{"file": "touchpoints.csv"}] * 3 + [{"file": "manifest.json"}]
    for file in Path(str(run.path)).iterdir():
        file.unlink()
    Path(str(run.path)).rmdir()


@pytest.mark.parametrize("name", ["touchpoints.jsonl", "secret.txt", "..%2f..%2fdemo.env"])
def test_it_serves_only_the_exports_own_files(
    lea: FlaskClient, world: World, clock: Clock, tmp_path: Path, name: str
) -> None:
    (tmp_path / "secret.txt").write_text("no", encoding="utf-8")
    lea.post("/reports/exports", data=MARCH)
    with transaction():
        run = db.session.scalars(select(ExportRun)).one()
        run.status, run.path, run.manifest = RunStatus.DONE, str(tmp_path), {}
    assert lea.get(f"/reports/exports/{run.id}/files/{name}").status_code == 404


def test_it_says_what_is_wrong_with_the_period(lea: FlaskClient) -> None:
    answer = lea.post("/reports/exports", data=MARCH | {"to": "2026-02-01"})
    assert answer.status_code == 422
    assert "ends before it begins" in answer.text
    assert lea.post("/reports/exports", data=MARCH | {"from": "x"}).status_code == 422
    assert lea.post("/reports/exports", data=MARCH | {"format": "exe"}).status_code == 422


def test_it_makes_no_exports_for_navigators(sign_in: SignInAs, world: World) -> None:
    assert sign_in(world.ana).get("/reports/exports").status_code == 403
    assert sign_in(world.ana).post("/reports/exports", data=MARCH).status_code == 403
