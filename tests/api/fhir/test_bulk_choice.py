"""T4.4: what of it an export holds: kinds, changes since a moment, names, one group; and what is refused."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.actions import tokens
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.bulk_export import BulkExport
from app.models.care_team import CareTeam
from app.models.event import SYSTEM
from app.models.patient import Patient
from tests.api.fhir.steps import ASYNC, Caller, files_of, kick_off
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World


@pytest.mark.parametrize(("query", "headers", "said"), [
    ("", {}, "respond-async"), ("?_type=Patient,Wish", ASYNC, "Wish"), ("?_mood=x", ASYNC, "_mood"),
    ("?_outputFormat=csv", ASYNC, "ndjson"), ("?_since=yesterday", ASYNC, "instant"),
    ("?_since=2026-03-03", ASYNC, "instant"),
])  # fmt: skip
def test_it_says_what_it_cannot_do(
    call: Caller, query: str, headers: dict[str, str], said: str
) -> None:
    answer = call(f"/api/fhir/$export{query}", headers=headers)
    assert answer.status_code == 400
    assert answer.json is not None
    assert said in answer.json["issue"][0]["diagnostics"]
    assert db.session.query(BulkExport).count() == 0


def test_it_narrows_by_type_and_time_also_in_a_body(
    call: Caller, work: Callable[[], None], clock: Clock, world: World
) -> None:
    clock.advance(hours=1)
    Phones(world, clock).text(world.rosa, "Gracias")
    since = (clock.now - timedelta(minutes=1)).isoformat()
    body = {"resourceType": "Parameters", "parameter": [
        {"name": "_type", "valueString": "Patient,Communication"}, {"name": "_since", "valueInstant": since},
    ]}  # fmt: skip
    where = kick_off(call, method="POST", json=body)
    work()
    manifest = call(where).json
    assert manifest is not None
    assert [each["type"] for each in manifest["output"]] == ["Communication", "Patient"]
    found = files_of(call, manifest)
    assert {r["id"] for r in found if r["resourceType"] == "Patient"} == {str(world.rosa.id)}


def test_a_lenient_caller_hears_what_was_left_out(call: Caller, work: Callable[[], None]) -> None:
    where = kick_off(
        call,
        "/api/fhir/$export?_type=Patient,Wish",
        headers={"Prefer": "respond-async, handling=lenient"},
    )
    work()
    manifest = call(where).json
    assert manifest is not None
    assert manifest["error"] == manifest["outcome"] != []
    said = json.loads(call(manifest["error"][0]["url"]).text)
    assert "Wish" in said["issue"][0]["diagnostics"]


def test_names_go_along_only_for_who_may_read_patients(
    call: Caller, calling: Callable[..., Caller], work: Callable[[], None], world: World
) -> None:
    reader = calling(world.practice, "fhir:read", "patients:read")
    wheres = [(each, kick_off(each)) for each in (call, reader)]
    work()
    plain, named = (each(f"{where}/files/Patient.ndjson").text for each, where in wheres)
    assert "Porter" not in plain
    assert "Porter" in named


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(teams=st.lists(st.integers(0, 2), min_size=6, max_size=6), bound=st.booleans())
def test_t4_4_a_group_never_shows_a_patient_outside_it(
    call: Caller, calling: Callable[..., Caller], work: Callable[[], None], world: World,
    teams: list[int], bound: bool,
) -> None:  # fmt: skip
    people = (world.rosa, world.sam, world.kim, world.lee, world.olga, world.tom)
    choices = (world.team.id, world.other_team.id, None)
    with transaction():
        for patient, team in zip(people, teams, strict=True):
            db.session.get_one(Patient, (patient.practice_id, patient.id)).care_team_id = choices[
                team
            ]
    scopes = ("fhir:read", f"group:{world.team.id}") if bound else ("fhir:read",)
    caller = calling(world.practice, *scopes)
    where = kick_off(
        caller, "/api/fhir/$export" if bound else f"/api/fhir/Group/{world.team.id}/$export"
    )
    work()
    text = "".join(caller(each["url"]).text for each in caller(where).json["output"])  # type: ignore[index]
    inside = {str(p.id) for p, team in zip(people, teams, strict=True) if team == 0}
    shown = {str(p.id) for p in people if str(p.id) in text}
    assert shown <= inside
    assert shown == inside & {str(world.sam.id), str(world.tom.id)}


def test_t4_4_a_bound_token_cannot_ask_for_another_group(
    calling: Callable[..., Caller], world: World
) -> None:
    bound = calling(world.practice, "fhir:read", f"group:{world.team.id}")
    assert bound(f"/api/fhir/Group/{world.other_team.id}/$export").status_code == 404
    assert bound(f"/api/fhir/Group/{world.team.id}/$export").status_code == 202
    free = calling(world.practice, "fhir:read")
    assert free("/api/fhir/Group/nonsense/$export").status_code == 404
    theirs = calling(world.other_practice, "fhir:read")
    assert db.session.get(CareTeam, (world.practice.id, world.team.id)) is not None
    assert theirs(f"/api/fhir/Group/{world.team.id}/$export").status_code == 404


@pytest.mark.parametrize("scopes", [
    ("group:{team}",), ("fhir:read", "patients:read", "group:{team}"),
    ("fhir:read", "group:{team}", "group:{pier}"), ("fhir:read", "group:nonsense"),
    ("fhir:read", "group:{rosa}"),
])  # fmt: skip
def test_t4_4_a_bound_token_has_no_way_around_its_group(
    world: World, clock: Clock, scopes: tuple[str, ...]
) -> None:
    ids = {"team": world.team.id, "pier": world.other_team.id, "rosa": world.rosa.id}
    with pytest.raises(Invalid), transaction():
        tokens.create(
            world.practice,
            "payer",
            [scope.format(**ids) for scope in scopes],
            by=SYSTEM,
            at=clock.now,
        )
