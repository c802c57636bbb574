"""T3.1: Closing the Referral Loop as published (CMS50 0.4.000), edge by edge."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.value.fhir_bundle import read_bundle
from app.value.measures import definition_for
from app.value.referral_loop import closing_referral_loop, read_value_sets
from tests.value.referral_bundles import (
    SETS,
    bundle,
    concept,
    procedure,
    referral,
    report,
    visit,
    without,
)

pytestmark = pytest.mark.pure
VALUE_SETS = read_value_sets(SETS)
OUT, IN, CLOSED = "not in", "in", "closed"


def result(document: dict[str, Any], year: int = 2026, zone: str | None = None) -> str:
    read = read_bundle(document, ZoneInfo(zone) if zone else None)
    found = closing_referral_loop(read, year, VALUE_SETS)
    assert found.denominator is found.initial_population
    assert not found.numerator or found.denominator
    return CLOSED if found.numerator else IN if found.initial_population else OUT


@pytest.mark.parametrize(("authored", "expected"), [
    ("2026-01-01T00:00:00.000+00:00", IN),
    ("2025-12-31T23:59:59.999+00:00", OUT),
    ("2026-10-31T23:59:59.999+00:00", IN),
    ("2026-11-01T00:00:00.000+00:00", OUT),
    ("2026-10-31", IN), ("2026-11-01", OUT), ("2026-01-01", IN), ("2025-12-31", OUT),
    ("2026-10-31T23:30:00-05:00", IN), ("2026-11-01T00:30:00+09:00", OUT),
    ("2026-05", IN), ("2026-10", OUT), ("2026-01", OUT), ("2026-12", OUT), ("2026", OUT),
    ("2026-10-31T23:59:60Z", IN), (None, OUT),
])  # fmt: skip
def test_t3_1_it_takes_a_referral_of_the_first_ten_months_by_day(
    authored: str | None, expected: str
) -> None:
    """What a partial date leaves open is not known to be in: October ends on the last day that counts."""
    assert result(bundle(visit(), referral(on=authored))) == expected


@pytest.mark.parametrize(("start", "end", "expected"), [
    ("2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z", IN),
    ("2025-12-31T23:50:00Z", "2026-01-01T00:15:00Z", OUT),
    ("2026-12-31T23:00:00Z", "2026-12-31T23:59:59.999Z", IN),
    ("2026-12-31T23:00:00Z", "2027-01-01T00:00:00.000Z", OUT),
    ("2027-01-01T00:00:00Z", "2027-01-01T00:15:00Z", OUT),
    ("2026-12-31", "2026-12-31", IN),
    ("2026-12-31T22:00:00-08:00", "2026-12-31T23:30:00-08:00", IN),
    ("2026-05-27T08:00:00Z", None, OUT), (None, "2026-05-27T09:00:00Z", OUT), (None, None, OUT),
    ("2026-05-27T09:00:00Z", "2026-05-27T08:00:00Z", OUT),
    ("2026-05", "2026-06", IN), ("2026", "2026", OUT),
])  # fmt: skip
def test_t3_1_it_takes_a_visit_whose_whole_period_is_in_the_year(
    start: str | None, end: str | None, expected: str
) -> None:
    """Without an end a visit lasts for ever; without a start nobody knows that it began in the year."""
    assert result(bundle(visit(start, end), referral())) == expected


@pytest.mark.parametrize(("performed", "expected"), [
    ({"performedDateTime": "2026-12-31T23:59:59Z"}, IN),
    ({"performedDateTime": "2027-01-01"}, OUT),
    ({"performedDateTime": "2026-03"}, IN), ({"performedDateTime": "2026"}, OUT),
    ({"performedPeriod": {"start": "2026-12-31", "end": "2026-12-31"}}, IN),
    ({"performedPeriod": {"start": "2026-12-31", "end": "2027-01-01"}}, OUT),
    ({"performedPeriod": {"start": "2026-12-31"}}, OUT),
    ({"performedString": "2026-03-03"}, OUT), ({}, OUT),
    ({"performedDateTime": "2026-03-03", "status": "in-progress"}, OUT),
    ({"performedDateTime": "2026-03-03", "status": "entered-in-error"}, OUT),
    ({"performedDateTime": "2026-03-03", "code": concept("http://snomed.info/sct|1")}, OUT),
])  # fmt: skip
def test_t3_1_it_takes_a_listed_intervention_for_a_visit(
    performed: dict[str, Any], expected: str
) -> None:
    assert result(bundle(procedure(**performed), referral())) == expected


@pytest.mark.parametrize("changed", [
    {"status": "planned"}, {"status": "in-progress"}, {"status": "cancelled"},
    {"status": "entered-in-error"}, {"type": []}, {"type": [concept("http://snomed.info/sct|1")]},
    {"type": [concept("http://example.org|99213")]},
    {"subject": {"reference": "Patient/somebody-else"}},
])  # fmt: skip
def test_t3_1_it_leaves_out_what_is_no_finished_visit(changed: dict[str, Any]) -> None:
    assert result(bundle(visit(**changed), referral())) == OUT


@pytest.mark.parametrize(("changed", "expected"), [
    ({"status": "completed"}, IN), ({"status": "draft"}, OUT), ({"status": "revoked"}, OUT),
    ({"status": "on-hold"}, OUT), ({"status": "entered-in-error"}, OUT), ({"status": "unknown"}, OUT),
    ({"intent": "original-order"}, OUT), ({"intent": "plan"}, OUT), ({"intent": "proposal"}, OUT),
    ({"code": {"text": "Referral"}}, OUT), ({"doNotPerform": True}, OUT), ({"doNotPerform": False}, IN),
    ({"subject": {"reference": "Patient/other"}}, OUT), ({"subject": {"display": "her"}}, IN),
])  # fmt: skip
def test_t3_1_it_takes_an_active_or_completed_order_alone(
    changed: dict[str, Any], expected: str
) -> None:
    assert result(bundle(visit(), referral(**changed))) == expected


@pytest.mark.parametrize(("end", "expected"), [
    ("2026-06-06T08:00:00.000+00:00", IN), ("2026-06-06T08:00:00.001+00:00", CLOSED),
    ("2026-06-06T03:00:00.000-05:00", IN), ("2026-06-06T03:01:00-05:00", CLOSED),
    ("2026-06-06", IN), ("2026-06-07", CLOSED), ("2026-07", CLOSED), ("2026-06", IN), ("2026", IN),
    ("2026-12-31T23:59:59.999Z", CLOSED), ("2027-01-01T00:00:00.000Z", IN), (None, IN),
])  # fmt: skip
def test_t3_1_it_takes_a_report_that_ends_after_the_referral_and_in_the_year(
    end: str | None, expected: str
) -> None:
    assert result(bundle(visit(), referral(), report(end=end))) == expected


@pytest.mark.parametrize(("changed", "expected"), [
    ({"status": "accepted"}, IN), ({"status": "rejected"}, IN), ({"status": "entered-in-error"}, IN),
    ({"code": concept("http://loinc.org|1")}, IN), ({"code": None}, IN),
    ({"basedOn": []}, IN), ({"basedOn": [{"display": "r1"}]}, IN),
    ({"basedOn": [{"reference": "ServiceRequest/r2"}, {"reference": "ServiceRequest/r1"}]}, CLOSED),
    ({"for": {"reference": "Patient/other"}}, IN), ({"executionPeriod": {"start": "2026-07-01"}}, IN),
    ({"executionPeriod": {"end": "2026-07-01"}}, CLOSED),
])  # fmt: skip
def test_t3_1_it_takes_a_completed_task_of_that_referral_alone(
    changed: dict[str, Any], expected: str
) -> None:
    assert result(bundle(visit(), referral(), report(**changed))) == expected


@pytest.mark.parametrize(("reference", "expected"), [
    ("ServiceRequest/r1", CLOSED), ("https://example.org/ServiceRequest/r1", CLOSED),
    ("https://elsewhere.example.org/fhir/ServiceRequest/r1", CLOSED), ("r1", CLOSED),
    ("ServiceRequest/r1/_history/3", CLOSED), ("urn:uuid:r1", CLOSED),
    ("ServiceRequest/r10", IN), ("ServiceRequest/R1", IN), ("CarePlan/r1", IN), ("#r1", IN),
    ("urn:uuid:r2", IN), ("ServiceRequest?identifier=r1", IN),
])  # fmt: skip
def test_t3_1_it_follows_references_of_every_form(reference: str, expected: str) -> None:
    assert result(bundle(visit(), referral(), report(on=reference))) == expected


def test_t3_1_it_reads_a_transaction_that_leaves_ids_to_the_server() -> None:
    """Only the bundle's own addresses tie these together."""
    her, order = (
        "urn:uuid:aaaaaaaa-0000-4000-8000-000000000001",
        "urn:uuid:bbbbbbbb-0000-4000-8000-000000000002",
    )
    mine = {"reference": her}
    posted = [
        (her, {"resourceType": "Patient"}),
        (None, without(visit(subject=mine), "id")),
        (order, without(referral(subject=mine), "id")),
        (None, without(report(on=order, **{"for": mine}), "id")),
    ]
    entries = [
        {"resource": r, "request": {"method": "POST", "url": r["resourceType"]}}
        | ({"fullUrl": url} if url else {})
        for url, r in posted
    ]
    entries.append({"request": {"method": "DELETE", "url": "Task/9"}})
    document = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert result(document) == CLOSED
    assert read_bundle(document).patient_id == "aaaaaaaa-0000-4000-8000-000000000001"


def test_t3_1_it_asks_for_the_first_referral_alone() -> None:
    later = referral("r2", on="2026-06-06T08:01:00Z")
    assert result(bundle(visit(), later, referral(), report("ServiceRequest/r2"))) == IN
    assert result(bundle(visit(), later, referral(), report("ServiceRequest/r1"))) == CLOSED
    earlier_but_draft = referral("r0", on="2026-02-01", status="draft")
    assert result(bundle(visit(), earlier_but_draft, referral(), report())) == CLOSED
    last_year = referral("r0", on="2025-12-30T08:00:00Z")
    assert result(bundle(visit(), last_year, referral(), report())) == CLOSED


def test_t3_1_it_orders_referrals_by_moment_not_by_their_text() -> None:
    west = referral("west", on="2026-06-06T23:00:00-08:00")
    east = referral("east", on="2026-06-07T06:00:00+00:00")
    for order in ((west, east), (east, west)):
        assert (
            result(bundle(visit(), *order, report("ServiceRequest/east", end="2026-09-01")))
            == CLOSED
        )
        assert (
            result(bundle(visit(), *order, report("ServiceRequest/west", end="2026-09-01"))) == IN
        )


def test_t3_1_of_two_at_once_it_takes_the_one_that_stands_first() -> None:
    two = referral("r2")
    assert result(bundle(visit(), referral("r1"), two, report("ServiceRequest/r1"))) == CLOSED
    assert result(bundle(visit(), two, referral("r1"), report("ServiceRequest/r1"))) == IN


def test_t3_1_one_report_of_several_is_enough() -> None:
    tasks = [report(end="2026-06-01T08:00:00Z"), report(id="t2", status="failed"), report(id="t3")]
    assert result(bundle(visit(), referral(), *tasks)) == CLOSED


def test_t3_1_it_counts_no_report_of_a_patient_outside_the_population() -> None:
    assert result(bundle(referral(), report())) == OUT
    assert result(bundle(visit(), report())) == OUT


def test_t3_1_it_judges_days_in_one_zone_when_told_to() -> None:
    """11.30 p.m. in Chicago on 31 October is November in UTC."""
    late = bundle(visit(), referral(on="2026-10-31T23:30:00-05:00"))
    assert (result(late), result(late, zone="UTC"), result(late, zone="America/Chicago")) == (
        IN,
        OUT,
        IN,
    )


def test_it_follows_the_year_asked_for() -> None:
    assert result(bundle(visit(), referral(), report()), year=2025) == OUT


def test_t3_8_it_names_the_definition_of_the_year() -> None:
    assert definition_for("closing-referral-loop", 2026).version == "CMS50 0.4.000"
    assert definition_for("closing-referral-loop", 2030).year == 2026
