"""Whom an unknown writer may be, with the reasons; only among patients the viewer sees."""

import pytest

from app.actions import intakes, number_endings, referrers, search_index
from app.core.db import db, transaction
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM, Actor
from app.models.user import User
from app.queries.who_suggestions import Suggested, suggested
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

STRANGER = "+15035550177"


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def guess(phones: Phones, viewer: User | None = None) -> Suggested:
    """What Ana reads about the only unknown writer."""
    with transaction():
        search_index.step(500, at=phones.clock.now)
    (intake,) = phones.intakes()
    who = phones.world.viewer(viewer or phones.world.ana)
    return suggested(who, db.session.merge(intake), today=phones.clock.now.date())


def people(found: Suggested) -> list[tuple[str, list[str]]]:
    return [(each.patient.given_name, [kind for kind, _ in each.why]) for each in found.people]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi this is Sam Porter, new phone", [("Sam", ["name"])]),
        ("soy rosa jimenez", [("Rosa", ["name"])]),
        ("This is Olga", [("Olga", ["first_name"])]),
        ("My friend said to write here", []),
        ("This is Tom Baker", []),  # another team's
    ],
)
def test_it_knows_people_by_the_name_they_write(
    phones: Phones, text: str, expected: list[tuple[str, list[str]]]
) -> None:
    phones.text(STRANGER, text)
    assert people(guess(phones)) == expected


def test_it_puts_a_name_with_its_birth_date_first(phones: Phones, world: World) -> None:
    phones.text(STRANGER, "Sam Porter here")
    phones.text(STRANGER, "born 3/9/1957")  # as everybody in the cast
    found = people(guess(phones))
    assert found[0] == ("Sam", ["name", "birth_date"])
    assert len(found) == 5
    assert people(guess(phones, world.cara)) == []


def test_it_knows_numbers_of_caregivers_and_of_before(
    phones: Phones, world: World, clock: Clock
) -> None:
    with transaction():
        sam = db.session.merge(world.sam)
        point = db.session.query(ContactPoint).filter_by(patient_id=sam.id).one()
        number_endings.end(sam, point, by=SYSTEM, at=clock.now)
    phones.text(point.phone_number.e164, "Hello")
    assert people(guess(phones)) == [("Sam", ["not_theirs"])]


def test_it_knows_whom_an_office_referred_with_the_number(
    phones: Phones, world: World, clock: Clock
) -> None:
    with transaction():
        office = referrers.find_or_add(world.practice.id, "Riverside", by=SYSTEM, at=clock.now)
        written = intakes.Written("Una", "Novak", "1950-01-02", "Falls", STRANGER, "")
        intake = intakes.submit(office, written, by=Actor("partner"), at=clock.now)
    phones.text(STRANGER, "Hello")
    found = guess(phones)
    assert ([each.name for each in found.referred], found.people) == (["Una Novak"], [])
    with transaction():
        intakes.accept(db.session.merge(intake), db.session.merge(world.sam),
                       by=world.viewer(world.ana), at=clock.now)  # fmt: skip
    found = guess(phones)
    assert found.referred == []
    assert [(each.patient.given_name, each.why) for each in found.people] == [
        ("Sam", (("referred", "Riverside"),))
    ]
