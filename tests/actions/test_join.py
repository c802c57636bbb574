"""JOIN by text: the yes of the one person whose phone it is; from any other, of who it turns out to be."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import consent_state, consents, refiling
from app.actions.consent_state import GIVEN, WITHDRAWN
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentHow
from app.models.conversation import Conversation
from app.models.event import SYSTEM
from app.models.patient import Patient
from tests.phones import Phones
from tests.world import World

SAID = consents.Said(how=ConsentHow.DESK, wording="May we text you?")


def test_it_takes_join_as_consent_of_the_one_person(phones: Phones, world: World) -> None:
    with transaction():
        consents.withdraw(world.tom, None, SAID, by=SYSTEM, at=phones.clock.now)
    phones.clock.advance(minutes=1)
    phones.text(world.tom, "JOIN")
    assert consent_state.current(world.tom, world.number(world.tom))[0] == GIVEN
    assert phones.thread(world.tom).waiting_since is None


def test_it_takes_join_from_a_shared_phone_once_staff_say_whose_it_was(
    phones: Phones, world: World
) -> None:
    refuse(world, world.kim, phones.clock.now - timedelta(days=1))
    written, before = phones.clock.now, len(db.session.scalars(select(Consent)).all())
    phones.text(world.kim, "Join!")
    phones.text(world.kim, "JOIN")
    assert len(db.session.scalars(select(Consent)).all()) == before
    (intake,) = phones.intakes()
    assert intake.waiting_since is not None
    phones.clock.advance(hours=2)
    resolve(intake, world.kim, phones.clock.now)
    (row,) = db.session.scalars(select(Consent).order_by(Consent.recorded_at)).all()[before:]
    assert (row.patient_id, row.decided_at, row.how) == (world.kim.id, written, ConsentHow.TEXT)
    assert row.wording == "JOIN"
    assert phones.thread(world.kim).waiting_since is None
    (answer,) = [m for m in phones.outbox() if m.template_key == "service.started"]
    assert (answer.patient_id, answer.solicited) == (world.kim.id, False)


def test_it_takes_join_from_an_unknown_number_unless_a_no_came_after_it(
    phones: Phones, world: World
) -> None:
    phones.text("+15035550177", "JOIN")
    (intake,) = phones.intakes()
    phones.clock.advance(minutes=5)
    refuse(world, world.tom, phones.clock.now)
    resolve(intake, world.tom, phones.clock.now)
    tom = db.session.merge(world.tom)
    assert consent_state.current(tom, None)[0] == WITHDRAWN
    assert phones.thread(world.tom).waiting_since is not None  # a person asks
    phones.text("+15035550178", "JOIN")
    (intake,) = phones.intakes()
    resolve(intake, world.tom, phones.clock.now)
    (started,) = [m for m in phones.outbox() if m.template_key == "service.started"]
    assert (started.phone_number.e164, started.solicited) == ("+15035550178", True)
    tom = db.session.merge(world.tom)
    assert consent_state.current(tom, started.phone_number)[0] == GIVEN


def refuse(world: World, patient: Patient, at: datetime) -> None:
    with transaction():
        consents.withdraw(db.session.merge(patient), None, SAID, by=SYSTEM, at=at)


def resolve(intake: Conversation, patient: Patient, at: datetime) -> None:
    with transaction():
        refiling.resolve_intake(
            db.session.merge(intake), db.session.merge(patient), by=SYSTEM, at=at
        )
