"""A number somebody said is not a patient's: no file and no other system gives it back, a person does."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import number_endings, patients
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM, Actor
from app.queries.surroundings import own_contacts
from tests.phones import Phones
from tests.web.importing import plain, take_in
from tests.world import World, look_again

TOKEN = Actor("token", new_id())


def give_phone(phones: Phones, phone: str, by: Actor = SYSTEM) -> list[str]:
    with transaction():
        sam = db.session.merge(phones.world.sam)
        return patients.update(sam, by=by, at=phones.clock.now, phone=phone)


def test_a_number_somebody_ended_comes_back_by_a_person_alone(
    phones: Phones, world: World, app: Flask, lea: FlaskClient
) -> None:
    old = world.phone(world.sam)
    with transaction():
        sam = db.session.merge(world.sam)
        points = select(ContactPoint).where(ContactPoint.patient_id == sam.id)
        number_endings.end(sam, db.session.scalars(points).one(), by=SYSTEM, at=phones.clock.now)
    give_phone(phones, "+15035550188")
    assert give_phone(phones, old, by=TOKEN) == []
    sam = world.sam
    line = f"{sam.mrn},{sam.given_name},{sam.family_name},{sam.birth_date},{old}"
    panel = f"mrn,given_name,family_name,birth_date,phone\n{line}\n"
    page = take_in(lea, app, panel)
    assert "Not taken in: 1 phone that somebody here said is not theirs." in plain(lea, page)
    assert reached(world) == ["+15035550188"]
    assert give_phone(phones, old) == ["phone"]  # somebody asked them
    give_phone(phones, "+15035550188")
    assert give_phone(phones, old, by=TOKEN) == ["phone"]  # and a file is believed again
    assert reached(world) == [old]


def reached(world: World) -> list[str]:
    look_again()
    points = own_contacts(world.practice.id, [world.sam.id])[world.sam.id]
    return [point.phone_number.e164 for point in points if point.phone_number is not None]
