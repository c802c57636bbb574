"""T4.3: `$export` as another system uses it: kick-off, asking, manifest, files, giving up; each step with
the token that may and with those that may not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.actions import agreements, tasks
from app.core.db import db, transaction
from app.models.bulk_export import BulkExport
from app.models.consent import ConsentDecision, ConsentHow
from app.models.event import SYSTEM, Event
from app.models.run import RunStatus
from app.models.task import Task
from tests.api.fhir.steps import HERE, Caller, files_of, kick_off
from tests.conftest import Clock
from tests.exports.fhir_layers import problems, unresolved
from tests.world import World
from workers import bulk_exports as sweep


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_t4_3_it_answers_202_then_202_then_the_manifest_and_its_files(
    call: Caller, work: Callable[[], None], method: str
) -> None:
    where = kick_off(call, method=method)
    assert where.startswith(f"{HERE}/api/fhir/exports/")
    waiting = call(where)
    assert (waiting.status_code, waiting.text) == (202, "")
    assert waiting.headers["Retry-After"]
    assert waiting.headers["X-Progress"]
    work()
    done = call(where)
    assert done.status_code == 200
    assert "GMT" in done.headers["Expires"]
    manifest = done.json
    assert manifest is not None
    assert manifest["requiresAccessToken"] is True
    assert manifest["request"] == f"{HERE}/api/fhir/$export"
    assert (manifest["error"], manifest["outcome"]) == ([], [])
    resources = files_of(call, manifest)
    assert {p: problems(r) for r in resources if problems(r) for p in [r["id"]]} == {}
    assert unresolved(resources) == []
    assert sum(r["resourceType"] == "Patient" for r in resources) == 2


def test_t4_3_the_request_itself_makes_nothing(call: Caller, tmp_path: Path) -> None:
    kick_off(call)
    assert db.session.query(BulkExport).one().status is RunStatus.WAITING
    assert list(tmp_path.iterdir()) == []


def test_t4_3_a_second_while_busy_is_told_to_wait(
    call: Caller, calling: Callable[..., Caller], work: Callable[[], None], world: World
) -> None:
    where = kick_off(call)
    second = call("/api/fhir/$export")
    assert second.status_code == 429
    assert int(second.headers["Retry-After"]) > 0
    assert second.json is not None
    assert second.json["issue"][0]["code"] == "throttled"
    kick_off(calling(world.practice, "fhir:read"))  # another token is not held up
    work()
    assert call(where).status_code == 200
    kick_off(call)


@pytest.mark.parametrize("when", ["waiting", "done"])
def test_t4_3_a_cancelled_one_is_gone(call: Caller, work: Callable[[], None], when: str) -> None:
    where = kick_off(call)
    url = f"{where}/files/Patient.ndjson"
    if when == "done":
        work()
        assert call(url).status_code == 200
    assert call(where, method="DELETE").status_code == 202
    work()
    for address, method in ((where, "GET"), (where, "DELETE"), (url, "GET")):
        assert call(address, method=method).status_code == 404
    kick_off(call)


def test_t4_3_an_expired_one_is_gone_and_its_files_with_it(
    call: Caller, work: Callable[[], None], clock: Clock
) -> None:
    where = kick_off(call)
    work()
    path = Path(db.session.query(BulkExport).one().path or "")
    assert path.is_dir()
    clock.advance(hours=23)
    assert sweep.expire() == 0
    assert call(where).status_code == 200
    clock.advance(hours=1)
    assert call(where).status_code == 404
    assert sweep.expire() == 1
    assert sweep.expire() == 0
    assert not path.exists()


def test_t4_3_files_need_the_token_that_asked(
    call: Caller, calling: Callable[..., Caller], work: Callable[[], None], world: World
) -> None:
    where = kick_off(call)
    work()
    ours, theirs = calling(world.practice, "fhir:read"), calling(world.other_practice, "fhir:read")
    for address in (where, f"{where}/files/Patient.ndjson"):
        assert call(address).status_code == 200  # there is something to be seen
        assert call(address, token=None).status_code == 401
        assert ours(address).status_code == 404
        assert theirs(address).status_code == 404
        assert calling(world.practice, "patients:read")(address).status_code == 403
    assert call(f"{where}/files/manifest.json").status_code == 404
    assert ours(where, method="DELETE").status_code == 404
    fetched = db.session.query(Event).filter_by(kind="bulk_export.fetched").all()
    assert [event.facts["file"] for event in fetched] == ["Patient.ndjson"]


def test_t4_3_one_that_failed_says_so(
    app: Flask, call: Caller, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]
) -> None:
    where = kick_off(call)
    monkeypatch.setattr("app.exports.fhir.provenance", lambda _row: 1 / 0)
    row = db.session.query(BulkExport).one()
    app.test_cli_runner().invoke(args=["fhir", "bulk-run", str(row.practice_id), str(row.id)])
    answer = call(where)
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["resourceType"] == "OperationOutcome"
    kick_off(call)


def test_T6_10_what_is_under_part_2_is_in_no_file_without_consent(
    call: Caller, work: Callable[[], None], world: World, clock: Clock
) -> None:
    with transaction():
        task = db.session.query(Task).filter_by(patient_id=world.sam.id).one()
        tasks.label(task, goal=None, sensitivity="part2", by=SYSTEM, at=clock.now)

    def texts() -> str:
        where = kick_off(call)
        work()
        manifest = call(where).json or {}
        return "".join(call(each["url"]).text for each in manifest["output"])

    before = texts()
    assert [str(id_) in before for id_ in (world.sam.id, task.id, world.tom.id)] == [
        False, False, True]  # fmt: skip
    word = agreements.Word("part2_sharing", ConsentDecision.GIVEN, ConsentHow.DESK, "Yes.", "en",
                           clock.now.date())  # fmt: skip
    with transaction():
        agreements.hear(world.sam, word, today=clock.now.date(), by=SYSTEM, at=clock.now)
    after = texts()
    assert [str(id_) in after for id_ in (world.sam.id, task.id)] == [True, True]
