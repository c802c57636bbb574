"""Entering leave: by whom, what is refused, what the form shows first, and what cards say meanwhile."""

from typing import Any

import pytest
from sqlalchemy import select

from app.actions import absences
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid
from app.models.absence import Absence
from app.models.user import User
from tests.conftest import Clock
from tests.leave import FRIDAY, TUESDAY, Leave, anas, begin
from tests.world import World


def test_it_is_entered_by_the_person_or_a_lead(
    world: World, clock: Clock, dora: User, leave: Leave
) -> None:
    with pytest.raises(Forbidden), transaction():
        absences.enter(world.lea, TUESDAY, FRIDAY, by=world.viewer(world.ana), at=clock.now)
    first = leave()
    with pytest.raises(Conflict), transaction():
        absences.enter(world.ana, FRIDAY, FRIDAY, by=world.viewer(world.lea), at=clock.now)
    with pytest.raises(Invalid, match="away in these days"), transaction():
        absences.enter(dora, FRIDAY, FRIDAY, by=world.viewer(dora), at=clock.now, cover=world.ana)
    with transaction():
        absences.end(db.session.merge(first), by=world.viewer(world.ana), at=clock.now)
        absences.enter(world.ana, FRIDAY, FRIDAY, by=world.viewer(world.lea), at=clock.now)
    assert db.session.scalars(select(Absence.taken_back_at).order_by(Absence.id)).first()


def test_it_shows_what_goes_to_whom_before_anything_is_saved(
    world: World, clock: Clock, dora: User, sign_in: Any
) -> None:
    for patient in (world.sam, world.rosa):
        anas(world, clock, patient)
    ana = sign_in(world.ana)
    form = {"from_on": "2026-03-10", "to_on": "2026-03-13"}
    page = " ".join(
        ana.get("/absences/new", query_string=form | {"cover_id": dora.id}).text.split()
    )
    assert 'Dora Diaz</strong> <span class="text-secondary">2 open tasks' in page
    page = " ".join(
        ana.get("/absences/new", query_string=form | {"cover_id": world.ben.id}).text.split()
    )
    assert 'Ben Brooks</strong> <span class="text-secondary">0 open tasks' in page
    assert 'Harbor team: the pool</strong> <span class="text-secondary">2 open tasks' in page
    assert db.session.scalars(select(Absence)).all() == []
    assert ana.post("/absences", data=form | {"cover_id": dora.id}).status_code == 303
    assert "Dora Diaz covers" in " ".join(ana.get("/absences").text.split())


def test_it_says_on_the_card_for_whom_it_is_covered(
    world: World, clock: Clock, dora: User, leave: Leave, sign_in: Any
) -> None:
    task = anas(world, clock, due_on=TUESDAY)
    leave()
    begin(clock)
    doras = sign_in(dora)
    for page in ("/", "/?view=columns", f"/tasks/{task.id}"):
        assert "covering for Ana Alvarez" in doras.get(page).text, page
