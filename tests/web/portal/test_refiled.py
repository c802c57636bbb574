"""A message that was somebody else's leaves the wrong portal at once, also for a page that catches up."""

from typing import Any

from sqlalchemy import select

from app.actions import misfiled
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.topic import Topic
from tests.phones import Phones
from tests.web.portal.conftest import Enter
from tests.world import World, look_again


def seq(patient_id: object) -> int:
    look_again()
    return int(
        db.session.scalar(select(Topic.seq).where(Topic.topic == f"patient:{patient_id}")) or 0
    )


def test_it_leaves_the_wrong_portal_and_stands_in_the_right_one(
    enter: Enter, world: World, clock: Any
) -> None:
    phones = Phones(world, clock)
    message = phones.text(world.sam, "My biopsy was on Monday")
    assert message is not None
    clock.advance(minutes=5)
    wrong, right = enter(world.sam), enter(world.rosa)
    assert "biopsy" in wrong.get("/portal/my/chat").text  # it was disclosed
    before = seq(world.sam.id)
    clock.advance(minutes=5)
    with transaction():
        misfiled.refile(db.session.merge(message), world.rosa, by=SYSTEM, at=clock.now)
    assert seq(world.sam.id) > before  # the open page hears, and one that missed it asks again
    for page in ("/portal/my/chat", "/portal/my/chat/earlier?before=2027-01-01T00:00:00Z"):
        assert "biopsy" not in wrong.get(page).text, page
        assert "biopsy" in right.get(page).text, page
    found = db.session.scalars(select(Event).where(Event.kind == "disclosure.found")).all()
    assert len(found) == 2
    assert all(each.facts["opened_at"] is not None for each in found)
