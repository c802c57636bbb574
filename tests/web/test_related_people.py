"""Who may speak for a patient: written down, changed, ended at once, and who may not see it."""

from collections.abc import Callable
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import consent_state, tasks
from app.core.db import db, transaction
from app.models.consent import Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import SYSTEM, Event
from app.models.patient import RelatedPerson
from app.models.task import Needs, Task, TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World, look_again

MIAS = "+15035550171"
MIA = {
    "name": "Mia Porter", "relationship": "daughter", "language": "es", "phone": "503-555-0171",
    "may_receive": ["medication_received"], "may_answer": ["medication_received"],
    "authorised_by": "Sam Porter, in person", "from_on": "2026-01-01", "texts": "desk",
}  # fmt: skip


def people(world: World) -> str:
    return f"/patients/{world.sam.id}/people"


def mia() -> RelatedPerson:
    look_again()
    return db.session.scalars(select(RelatedPerson).where(RelatedPerson.name == "Mia Porter")).one()


def test_it_writes_down_what_was_agreed_and_shows_it(ana: FlaskClient, world: World) -> None:
    assert "Nobody yet" in ana.get(people(world)).text
    assert ana.post(people(world), data=MIA).status_code == 303
    page = ana.get(people(world)).text
    for words in (
        "Mia Porter",
        "daughter",
        "Medication",
        "Agreed to texts",
        "Sam Porter, in person",
    ):
        assert words in page, words
    patient = ana.get(f"/patients/{world.sam.id}").text
    assert "Mia Porter" in patient
    assert "A caregiver’s consent to texts given (at the desk)" in patient
    assert "for the number" not in patient  # the patient's own ledger
    number = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == MIAS)).one()
    assert consent_state.current(None, number)[0] == consent_state.GIVEN
    assert "about the care of the person I help" not in page  # the wording stands in the ledger


def test_a_caregivers_text_lands_in_the_patients_thread_as_theirs(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    ana.post(people(world), data=MIA)
    message = phones.text(MIAS, "He is asleep, I will tell him")
    assert message is not None
    assert (message.patient_id, message.related_person_id) == (world.sam.id, mia().id)
    thread = phones.thread(world.sam)
    assert "Caregiver" in ana.get(f"/inbox/{thread.id}").text


def test_it_ends_at_once_and_can_be_taken_back(
    ana: FlaskClient, phones: Phones, world: World, clock: Clock
) -> None:
    ana.post(people(world), data=MIA)
    with transaction():
        task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
        task.need(Needs.CALL_CAREGIVER, at=clock.now)
    address = f"{people(world)}/{mia().id}/ending"
    assert ana.post(address).status_code == 303
    assert mia().ended_by == "user"
    assert db.session.get_one(Task, (task.practice_id, task.id)).needs is Needs.CALL
    stranger = phones.text(MIAS, "Hello?")
    assert stranger is not None
    assert stranger.patient_id is None
    assert "Ended" in ana.get(people(world)).text
    assert ana.post(f"{people(world)}/{mia().id}/edit", data=MIA).status_code == 409
    assert ana.delete(address).status_code == 303
    assert mia().ended_at is None
    known = phones.text(MIAS, "Hello again")
    assert known is not None
    assert known.related_person_id == mia().id


def test_it_follows_a_change_of_phone_and_says_what_changed(ana: FlaskClient, world: World) -> None:
    ana.post(people(world), data=MIA)
    new = MIA | {"phone": "503-555-0172", "may_answer": [], "texts": ""}
    assert ana.post(f"{people(world)}/{mia().id}/edit", data=new).status_code == 303
    look_again()
    found = select(Event.facts).where(Event.kind == "related_person.changed")
    assert db.session.scalars(found).all() == [{"fields": ["may_answer", "phone"]}]
    points = db.session.scalars(
        select(ContactPoint).where(ContactPoint.related_person_id == mia().id)
    ).all()
    assert sorted(point.ended_at is None for point in points) == [False, True]
    page = ana.get(people(world)).text
    for words in (
        "Not asked about texts",
        "said yes to texts at (503) 555-0171",
        "ask again for this one",
    ):
        assert words in page, words
    assert ana.post(f"{people(world)}/{mia().id}/texts", data={"texts": ""}).status_code == 422
    for _ in range(2):  # a double click
        assert (
            ana.post(f"{people(world)}/{mia().id}/texts", data={"texts": "phone"}).status_code
            == 303
        )
    look_again()
    number = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == "+15035550172")).one()
    (row,) = db.session.scalars(select(Consent).where(Consent.phone_number_id == number.id))
    assert (row.decision, row.how, row.patient_id) == ("given", "phone", None)
    assert row.wording in unescape(page)
    assert "Agreed to texts" in ana.get(people(world)).text


def test_it_refuses_what_cannot_be_and_keeps_nothing(ana: FlaskClient, world: World) -> None:
    stopped = world.phone(world.olga)
    for odd, words in (
        ({"phone": world.phone(world.sam)}, "own number"),
        ({"phone": stopped}, "replied STOP"),
        ({"phone": ""}, "Texts need a phone number"),
        ({"to_on": "2025-12-31"}, "before the first"),
        ({"from_on": "soon"}, "like 2026-03-31"),
        ({"may_answer": ["surgery"]}, "Choose from what is shown"),
        ({"name": " "}, "empty"),
    ):
        answer = ana.post(people(world), data=MIA | odd)
        assert answer.status_code == 422, odd
        assert words in answer.text, odd
        assert "Nothing was saved." in answer.text
    look_again()
    assert db.session.scalars(select(RelatedPerson)).all() == []


def test_start_from_a_caregivers_phone_is_their_own_yes(
    ana: FlaskClient, phones: Phones, world: World
) -> None:
    ana.post(people(world), data=MIA | {"texts": ""})
    before = consent_state.current(world.sam, None)
    for word in ("JOIN", "START"):
        phones.text(MIAS, word)
        number = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == MIAS)).one()
        assert consent_state.current(None, number)[0] == consent_state.GIVEN, word
    assert consent_state.current(world.sam, None) == before


def test_another_patients_helper_is_not_found_under_this_one(
    sign_in: Callable[[User], FlaskClient], ana: FlaskClient, world: World
) -> None:
    ana.post(people(world), data=MIA)
    lea = sign_in(world.lea)
    assert lea.get(f"{people(world)}/{mia().id}/edit").status_code == 200
    assert lea.get(f"/patients/{world.rosa.id}/people/{mia().id}/edit").status_code == 404
