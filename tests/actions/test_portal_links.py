"""Sign-in links from staff: to the best number, at once when asked for, never to nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import portal_links
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM, Event
from app.models.message import Message
from app.models.secret import PortalLink
from app.models.user import User
from messaging.delivery import MessageStatus
from tests.world import World

NIGHT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # 1 a.m. in Portland


def send(world: World, at: datetime, *, solicited: bool = True) -> Message:
    with transaction():
        patient = db.session.merge(world.rosa)
        return portal_links.send_link(patient, by=SYSTEM, at=at, solicited=solicited)


def test_it_writes_to_the_patient_in_their_language(world: World, clock: Any) -> None:
    message = send(world, clock.now)
    assert message.patient_id == world.rosa.id
    assert message.phone_number_id == world.number(world.rosa).id
    assert "este es el enlace" in message.body
    assert message.not_after == clock.now + timedelta(minutes=15)


def test_it_sends_at_night_only_what_was_asked_for(world: World) -> None:
    assert send(world, NIGHT).status is MessageStatus.QUEUED
    unasked = send(world, NIGHT, solicited=False)
    assert unasked.withheld_reason == "expired"  # by morning the link is dead


def test_it_needs_a_number(world: World, clock: Any) -> None:
    with transaction():
        for point in db.session.scalars(
            select(ContactPoint).where(ContactPoint.patient_id == world.rosa.id)
        ):
            point.ended_at = clock.now
    with pytest.raises(Invalid, match="no mobile number"):
        send(world, clock.now)


def test_it_finds_no_link_behind_a_guess(world: World, clock: Any) -> None:
    send(world, clock.now)
    assert db.session.scalars(select(PortalLink)).one()
    assert portal_links.find_link("guess") is None


def test_it_leaves_no_secret_in_the_events(world: World, clock: Any) -> None:
    message = send(world, clock.now)
    token = next(w for w in message.body.split() if "/in/" in w).rsplit("/", 1)[1]
    facts = [str(event.facts) for event in db.session.scalars(select(Event))]
    assert facts
    assert not any(token in fact for fact in facts)


def test_it_lets_staff_send_one(
    world: World, sign_in: Callable[[User], FlaskClient], clock: Any
) -> None:
    ana = sign_in(world.ana)
    assert ana.post(f"/patients/{world.rosa.id}/portal-links").status_code == 303
    assert ana.post(f"/patients/{world.tom.id}/portal-links").status_code == 404  # another team's
    assert db.session.scalars(select(Message)).one().patient_id == world.rosa.id


def test_it_never_texts_a_link_after_an_opt_out(world: World, clock: Any) -> None:
    with transaction():
        olga = db.session.merge(world.olga)
        message = portal_links.send_link(olga, by=SYSTEM, at=clock.now)
    assert message.withheld_reason == "opted_out"
