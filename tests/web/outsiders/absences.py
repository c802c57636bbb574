"""Leave: everybody of the practice knows who is away; another practice sees and ends nothing of it."""

from datetime import timedelta
from uuid import UUID

from app.actions import absences
from app.core.clock import db_now
from app.core.db import transaction
from tests.web.outsider_cases import record, staff
from tests.world import World


def make_leave(world: World) -> UUID:
    today = db_now().date() + timedelta(days=2)
    with transaction():
        return absences.enter(
            world.ana, today, today, by=world.viewer(world.ana), at=db_now(), cover=world.lea
        ).id


RECORDS = {"leave": make_leave}

CASES = {
    "absences.index": staff(),
    "absences.new": staff(),
    "absences.create": staff(data={"from_on": "2026-03-10", "to_on": "2026-03-12"}),
    "absences.end": record(absence_id="leave", outsiders=("cara",)),
}
