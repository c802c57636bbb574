"""The board's own resources: saved filters are one person's, many tasks given are taken back by the giver."""

from uuid import UUID

from app import access
from app.actions import bulk, saved_filters
from app.core.clock import db_now
from app.core.db import transaction
from tests.web.outsider_cases import record, staff
from tests.web.outsiders.shell import make_task
from tests.world import World


def make_filter(world: World) -> UUID:
    with transaction():
        ana = world.viewer(world.ana)
        return saved_filters.keep(ana, "Mine, late", {"due": "overdue"}, at=db_now()).id


def make_assignment(world: World) -> UUID:
    task_id = make_task(world)
    with transaction():
        ana = world.viewer(world.ana)
        task = access.task_for(ana, task_id)
        return bulk.assign([task], world.lea, by=ana, at=db_now())[1]


RECORDS = {"filter": make_filter, "assignment": make_assignment}

CASES = {
    "board.lane": staff(name="overdue"),
    "saved_filters.index": staff(),
    "saved_filters.keep": staff(data={"name": "Today", "due": "today"}),
    "saved_filters.delete": record(filter_id="filter"),
    "saved_filters.open_first": record(filter_id="filter"),
    "saved_filters.open_as_shipped": record(filter_id="filter"),
    "bulk.new": staff(),
    "bulk.create": staff(data={"owner_id": "", "task": "none"}),
    "bulk.take_back": record(event_id="assignment"),
}
