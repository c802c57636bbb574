"""Keeping the ledger: for leads and admins only, and each practice its own."""

from uuid import UUID

from app.actions import retention
from app.core.clock import db_now
from app.core.db import transaction
from tests.web.outsider_cases import roles
from tests.world import World


def make_hold(world: World) -> UUID:
    lea = world.viewer(world.lea).actor
    with transaction():
        return retention.hold(world.practice, world.rosa, reason="Letter", by=lea, at=db_now()).id


RECORDS = {"hold": make_hold}
CASES = {
    "retention.page": roles("lea", "adam"),
    "retention.update": roles("adam", data={"keep_years": "12"}),
    "retention.hold": roles("lea", "adam", data={"whole": "yes", "reason": "Audit"}),
    "retention.lift": roles("lea", "adam", data={"reason": "Settled"}, hold_id="hold"),
}
