"""Who pays for a patient: Rosa's coverage is invisible to another team and another practice."""

from datetime import date
from uuid import UUID

from app.actions import coverages
from app.core.clock import db_now
from app.core.db import transaction
from tests.web.outsider_cases import record, staff
from tests.world import World

PLAN = {"payer": "Valley Plan", "member_id": "V-1", "from_on": "2026-02-01"}


def make_coverage(world: World) -> UUID:
    facts = coverages.Facts("Cascade Health Plan", "CHP-1", "", date(2026, 1, 1))
    with transaction():
        return coverages.add(world.rosa, facts, by=world.system.actor, at=db_now()).id


RECORDS = {"coverage": make_coverage}
CASES = {
    "coverages.index": record(patient_id="patient"),
    "coverages.new": record(patient_id="patient"),
    "coverages.create": record(patient_id="patient", data=PLAN),
    "coverages.edit": record(patient_id="patient", coverage_id="coverage"),
    "coverages.update": record(patient_id="patient", coverage_id="coverage", data=PLAN),
    "coverages.end": record(patient_id="patient", coverage_id="coverage"),
    "coverages.take_back_end": record(patient_id="patient", coverage_id="coverage"),
    "coverages.uncovered": staff(),
    "coverages.uncovered_file": staff(),
}
