"""Merging records is for leads and admins; another practice's do not exist."""

from uuid import UUID

from app.actions import merges
from app.core.clock import db_now
from app.core.db import transaction
from tests.web.outsider_cases import roles
from tests.world import World


def make_merge(world: World) -> UUID:
    with transaction():
        return merges.merge(world.kim, world.lee, by=world.system.actor, at=db_now()).id


RECORDS = {"merge": make_merge, "other_patient": lambda world: world.sam.id,
           "merged_into": lambda world: world.kim.id}  # fmt: skip
CASES = {
    "merges.index": roles("lea", "adam"),
    "merges.create_not_same": roles("lea", patient_id="patient", other_id="other_patient"),
    "merges.delete_not_same": roles("lea", patient_id="patient", other_id="other_patient"),
    "merges.new": roles("lea", patient_id="patient"),
    "merges.create": roles("lea", patient_id="patient", data={"other": "@other_patient"}),
    "merges.delete": roles("lea", patient_id="merged_into", merge_id="merge"),
}
