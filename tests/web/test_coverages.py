"""Who pays for a patient, dated: added, ended, corrected; and the list of those nobody pays for."""

import csv
import io
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import coverages
from app.core.db import db, transaction
from app.models.coverage import Coverage
from app.models.event import SYSTEM, Event
from app.models.patient import Patient, PatientStatus
from app.queries.coverage import uncovered_page
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World, look_again

PLAN = {"payer": "Valley Plan", "member_id": "V-1", "program": "MA", "from_on": "2026-02-01"}
LIST = "/patients/uncovered"


def page_of(patient: Patient) -> str:
    return f"/patients/{patient.id}/coverages"


def only(patient: Patient) -> Coverage:
    look_again()
    return db.session.scalars(select(Coverage).where(Coverage.patient_id == patient.id)).one()


def test_it_is_added_ended_taken_back_and_corrected(ana: FlaskClient, world: World) -> None:
    assert "None recorded" in ana.get(page_of(world.rosa)).text
    assert ana.post(page_of(world.rosa), data=PLAN).status_code == 303
    page = ana.get(page_of(world.rosa)).text
    for words in ("Valley Plan", "V-1", "MA", "from 2026-02-01", "In force"):
        assert words in page, words
    ending = f"{page_of(world.rosa)}/{only(world.rosa).id}/ending"
    assert ana.post(ending, data={"to_on": "2026-02-28"}).status_code == 303
    assert "Ended" in ana.get(page_of(world.rosa)).text
    ana.delete(ending)
    assert only(world.rosa).to_on is None
    new = PLAN | {"payer": "Valley Medicare", "program": ""}
    ana.post(f"{page_of(world.rosa)}/{only(world.rosa).id}/edit", data=new)
    assert (only(world.rosa).payer, only(world.rosa).program) == ("Valley Medicare", None)
    kinds = select(Event.kind).where(Event.kind.startswith("coverage.", autoescape=True))
    assert db.session.scalars(kinds.order_by(Event.id)).all() == [
        "coverage.added", "coverage.ended", "coverage.resumed", "coverage.corrected"]  # fmt: skip
    said = db.session.scalars(select(Event.facts).where(Event.kind == "coverage.corrected")).one()
    assert said["before"]["payer"] == "Valley Plan"
    assert "V-1" not in str(said)
    ana.post(f"{page_of(world.rosa)}/{only(world.rosa).id}/edit", data=new | {"member_id": "V-2"})
    look_again()
    facts = select(Event.facts).where(Event.kind == "coverage.corrected").order_by(Event.id.desc())
    assert (db.session.scalars(facts).first() or {})["after"]["member_id"] == "corrected"
    assert "Coverage corrected" in ana.get(f"/patients/{world.rosa.id}").text


def test_it_refuses_what_cannot_be_and_keeps_nothing(ana: FlaskClient, world: World) -> None:
    ana.post(page_of(world.rosa), data=PLAN)
    for odd, words in (
        ({"to_on": "2026-01-31"}, "before the first"),
        ({"payer": " "}, "empty"),
        ({"from_on": "soon"}, "like 2026-03-31"),
        ({"from_on": "2026-02-15"}, "recorded for some of these days already"),
    ):
        answer = ana.post(page_of(world.rosa), data=PLAN | odd)
        assert answer.status_code == 422, odd
        assert words in answer.text, odd
    assert only(world.rosa).payer == "Valley Plan"
    assert ana.post(page_of(world.rosa), data=PLAN | {"member_id": "V-2"}).status_code == 303


def test_it_lists_whom_nobody_is_known_to_pay_for_today(ana: FlaskClient, world: World) -> None:
    with transaction():
        for patient, first, last in ((world.rosa, 1, 15), (world.kim, 20, None)):
            facts = coverages.Facts(
                "Valley Plan", "V-1", "", date(2026, 2, first), last and date(2026, 2, last)
            )
            coverages.add(db.session.merge(patient), facts, by=SYSTEM, at=patient.created_at)
        db.session.merge(world.lee).status = PatientStatus.LEFT_PRACTICE
    page = ana.get(LIST).text
    assert "Valley Plan ended 2026-02-15" in page
    assert "None was ever recorded" in page
    rows = list(csv.DictReader(io.StringIO(ana.get(f"{LIST}/file.csv").text)))
    assert {row["given_name"] for row in rows} == {"Rosa", "Olga"}  # Tom is another team's
    rosas = next(row for row in rows if row["given_name"] == "Rosa")
    assert (rosas["last_payer"], rosas["ended_on"]) == ("Valley Plan", "2026-02-15")
    look_again()
    taken = select(Event.facts).where(Event.kind == "uncovered.fetched")
    assert db.session.scalars(taken).all() == [{"rows": 2}]


def test_it_counts_the_last_day_as_covered(world: World, clock: Clock) -> None:
    day = date(2026, 3, 3)
    facts = coverages.Facts("Valley Plan", "V-1", "", date(2026, 2, 1), day)
    with transaction():
        coverages.add(world.rosa, facts, by=SYSTEM, at=clock.now)
    viewer = world.viewer(world.ana)
    on, after = (
        {each.patient.id for each in uncovered_page(viewer, on=each_day).entries}
        for each_day in (day, day + timedelta(days=1))
    )
    with reads() as statements:
        assert len(uncovered_page(viewer, on=day).entries) > 1
    assert len(statements) == 2
    assert world.rosa.id not in on
    assert world.rosa.id in after


def test_another_patients_coverage_is_not_found_under_this_one(
    ana: FlaskClient, world: World
) -> None:
    ana.post(page_of(world.rosa), data=PLAN)
    found = only(world.rosa).id
    assert ana.get(f"{page_of(world.rosa)}/{found}/edit").status_code == 200
    assert ana.get(f"{page_of(world.sam)}/{found}/edit").status_code == 404
