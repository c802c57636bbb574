"""T4.7: a payer's list brings coverages up to date with its days, and its reports stand apart from our own
measures. Nobody is guessed, and a look changes nothing."""

import io
import json
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.coverage import Coverage
from app.models.patient import Patient
from app.models.payer_report import PayerReport
from app.queries.measure_filter import Span
from app.queries.measures import results
from tests.conftest import Clock
from tests.world import World, look_again

HERE = "/reports/payers"
PLAN = "Valley Plan"
GUIDE = "http://hl7.org/fhir/us/davinci-atr/StructureDefinition"


@pytest.fixture
def lea(sign_in: Any, world: World) -> FlaskClient:
    return sign_in(world.lea)


def person(key: str, patient: Patient, *, mrn: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Patient", "id": key, "birthDate": patient.birth_date.isoformat(),
        "name": [{"family": patient.family_name, "given": [patient.given_name]}],
    }  # fmt: skip
    if mrn:
        found["identifier"] = [{"type": {"coding": [{"code": "MR"}]}, "value": mrn}]
    return found


def member(key: str, **more: Any) -> dict[str, Any]:
    return {"entity": {"reference": f"Patient/{key}"}, **more}


def covered(key: str, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Coverage and the extension of a member that points to it."""
    row = {"resourceType": "Coverage", "id": key, "subscriberId": number}
    return row, {
        "url": f"{GUIDE}/ext-coverageReference",
        "valueReference": {"reference": f"Coverage/{key}"},
    }


def bundle(*members: dict[str, Any], beside: list[dict[str, Any]]) -> bytes:
    group = {"resourceType": "Group", "id": "g", "type": "person", "actual": True, "name": "March",
             "member": list(members)}  # fmt: skip
    entries = [{"resource": each} for each in (group, *beside)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def send(client: FlaskClient, data: bytes, where: str = "rosters", **more: str) -> Any:
    form = {"file": (io.BytesIO(data), "roster.json"), "payer": PLAN, **more}
    return client.post(f"{HERE}/{where}", data=form, content_type="multipart/form-data")


def held(patient_id: Any) -> list[tuple[str, str, date, date | None]]:
    look_again()
    rows = db.session.scalars(
        select(Coverage).where(Coverage.patient_id == patient_id, Coverage.payer == PLAN)
    )
    return [(row.member_id, row.program or "", row.from_on, row.to_on) for row in rows]


def march(world: World) -> bytes:
    coverage, points = covered("c1", "V-77")
    stranger = person("p9", world.olga) | {"birthDate": "1900-01-01"}
    return bundle(
        member("p1", period={"start": "2026-02-01"}, extension=[points]),
        member("p9", extension=[]),
        beside=[person("p1", world.sam, mrn=world.sam.mrn), stranger, coverage],
    )


def test_T4_7_a_look_changes_nothing_and_a_list_begins_coverages_with_its_days(
    lea: FlaskClient, world: World
) -> None:
    sam, data = world.sam.id, march(world)
    looked = send(lea, data, look="yes", program="ACO")
    assert "1 coverages would begin" in looked.text
    assert "Nobody found for: 1" in looked.text
    assert held(sam) == []
    assert "1 coverages began" in send(lea, data, program="ACO").text
    assert held(sam) == [("V-77", "ACO", date(2026, 2, 1), None)]
    assert "0 coverages began, 0 end, 1 stay" in send(lea, data, program="ACO").text
    assert len(held(sam)) == 1


def test_T4_7_a_list_ends_coverages_by_its_word_and_by_silence_only_when_it_is_whole(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    sam, kim, name, mrn = world.sam.id, world.kim.id, world.kim, world.kim.mrn
    send(lea, march(world))
    coverage, points = covered("c2", "V-78")
    both = person("p2", name, mrn=mrn)
    send(
        lea,
        bundle(
            member("p2", period={"start": "2026-01-01"}, extension=[points]),
            beside=[both, coverage],
        ),
    )
    dropped = {"url": f"{GUIDE}/ext-changeType", "valueCode": "drop"}
    gone = bundle(member("p2", period={"end": "2026-03-01"}, extension=[dropped]), beside=[both])
    page = send(lea, gone).text
    assert "Covered here and not on the list: 1" in page
    assert [row[3] for row in held(kim)] == [date(2026, 3, 1)]
    assert [row[3] for row in held(sam)] == [None]
    send(lea, gone, whole="yes")
    assert [row[3] for row in held(sam)] == [clock.now.date()]


REPORT = {
    "resourceType": "MeasureReport", "id": "r-1", "status": "complete", "type": "summary",
    "measure": "http://example.org/Measure/tcoc", "reporter": {"display": "Valley Plan"},
    "period": {"start": "2026-01-01", "end": "2026-03-31"},
    "group": [
        {"code": {"text": "avg-risk-score"}, "measureScore": {"value": 1.07}},
        {"code": {"coding": [{"code": "member-months"}]}, "measureScore": {"value": 812, "unit": "mo"},
         "population": [{"code": {"coding": [{"code": "numerator"}]}, "count": 90},
                        {"code": {"coding": [{"code": "denominator"}]}, "count": 120}]},
    ],
}  # fmt: skip


def test_T4_7_a_payers_figures_are_kept_as_written_once_and_apart(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    span = Span(date(2026, 1, 1), date(2026, 3, 31), world.practice.time_zone, clock.now)
    lead = world.viewer(world.lea)
    before = [each.rate for each in results(lead, span)]
    for _ in range(2):  # the same report replaces itself
        assert send(lea, json.dumps(REPORT).encode(), "reports", payer="").status_code == 303
    look_again()
    rows = db.session.scalars(select(PayerReport).order_by(PayerReport.place)).all()
    said = [(row.payer, row.code, row.numerator, row.denominator, row.score) for row in rows]
    assert said == [
        ("Valley Plan", "avg-risk-score", None, None, "1.07"),
        ("Valley Plan", "member-months", 90, 120, "812 mo"),
    ]
    page = lea.get(HERE).text
    assert "avg-risk-score" in page
    assert "812 mo" in page
    assert [each.rate for each in results(lead, span)] == before


@pytest.mark.parametrize(
    ("data", "where", "words"),
    [
        (b"\xff\xfe", "rosters", "UTF-8"),
        (b"{}", "rosters", "no resourceType"),
        (b"[1]", "rosters", "JSON object"),
        (b'{"resourceType": "Patient"}\nnonsense', "rosters", "Line 2 is no JSON"),
        (b'{"resourceType": "Patient"}', "rosters", "one Group"),
        (b'{"resourceType": "Group", "type": "person", "member": [1]}', "rosters", "Member 1"),
        (b'{"resourceType": "Patient"}', "reports", "no MeasureReport"),
        (b'{"resourceType": "MeasureReport"}', "reports", "no period"),
    ],
)
def test_it_says_what_is_wrong_with_a_file_and_changes_nothing(
    lea: FlaskClient, data: bytes, where: str, words: str
) -> None:
    answer = send(lea, data, where)
    assert (answer.status_code, words in answer.text) == (422, True), answer.text[-3000:]
    look_again()
    assert db.session.scalars(select(PayerReport)).all() == []


def test_it_works_from_the_command_line_too(app: Any, world: World, tmp_path: Any) -> None:
    file, sam = tmp_path / "roster.json", world.sam.id
    file.write_bytes(march(world))
    words = ["payers", "roster", str(file), "--practice", "harbor", "--payer", PLAN]
    looked = app.test_cli_runner().invoke(args=[*words, "--dry-run"])
    assert looked.output.startswith("1 begin, 0 end, 0 stay, 1 not found")
    assert held(sam) == []
    assert app.test_cli_runner().invoke(args=words).exit_code == 0
    assert len(held(sam)) == 1
    file.write_text(json.dumps(REPORT))
    kept = app.test_cli_runner().invoke(
        args=["payers", "report", str(file), "--practice", "harbor"]
    )
    assert kept.output == "2 figures are kept.\n"
