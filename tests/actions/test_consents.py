"""Consent: the newest decision counts, STOP is the number's, and nothing queued survives it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.actions import consent_state, consents, tasks
from app.actions.consent_state import GIVEN, UNKNOWN, WITHDRAWN
from app.actions.consents import Said
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.task import Needs, TaskType
from tests.phones import Phones
from tests.world import World


def state(world: World, patient: Patient) -> str:
    return consent_state.current(patient, world.number(patient))[0]


def said(how: ConsentHow = ConsentHow.DESK) -> Said:
    return Said(how=how, wording="May we text you?")


def test_it_has_the_same_effect_when_staff_enter_it(phones: Phones, world: World) -> None:
    with transaction():
        task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=phones.clock.now)
        by = world.viewer(world.ana).actor
        consents.withdraw(world.sam, None, said(ConsentHow.PHONE), by=by, at=phones.clock.now)
    assert phones.outbox() == []
    db.session.refresh(task)
    assert task.needs is Needs.OTHER_CHANNEL
    assert state(world, world.sam) == WITHDRAWN


def test_it_concerns_only_the_person_who_withdrew(phones: Phones, world: World) -> None:
    with transaction():
        consents.withdraw(world.kim, None, said(), by=SYSTEM, at=phones.clock.now)
    assert state(world, world.kim) == WITHDRAWN
    assert state(world, world.lee) == GIVEN


@pytest.mark.parametrize("how", [ConsentHow.IMPORT, ConsentHow.API])
def test_it_never_lifts_an_opt_out_at_second_hand(
    phones: Phones, world: World, how: ConsentHow
) -> None:
    number = world.number(world.olga)
    with transaction():
        row = consents.give(world.olga, number, said(how), by=SYSTEM, at=phones.clock.now)
    assert row is None
    assert state(world, world.olga) == WITHDRAWN


def test_it_is_lifted_by_a_newly_recorded_consent(phones: Phones, world: World) -> None:
    number = world.number(world.olga)
    with transaction():
        db.session.add(number)
        at = phones.clock.now + timedelta(minutes=1)
        consents.give(world.olga, number, said(), by=world.viewer(world.ana).actor, at=at)
    assert state(world, world.olga) == GIVEN
    assert world.number(world.olga).opted_out_at is None


def test_it_knows_nothing_of_who_never_decided(phones: Phones, world: World) -> None:
    with transaction():
        stranger = PhoneNumber(
            practice_id=world.practice.id, e164="+15035550177", created_at=phones.clock.now
        )
        db.session.add(stranger)
    assert consent_state.current(None, stranger) == (UNKNOWN, None)
    assert consent_state.current(world.zoe, None)[0] == GIVEN  # her own practice asked her


def test_it_names_the_row_that_decides(phones: Phones, world: World) -> None:
    phones.text(world.sam, "STOP")
    decided, row_id = consent_state.current(world.sam, world.number(world.sam))
    assert decided == WITHDRAWN
    row = db.session.scalars(select(Consent).where(Consent.id == row_id)).one()
    assert (row.patient_id, row.wording, row.how) == (None, "STOP", ConsentHow.TEXT)


def test_it_goes_on_after_a_person_decided(phones: Phones, world: World) -> None:
    phones.text(world.sam, "please stop texting me")
    with transaction():
        consents.resume(world.sam, by=world.viewer(world.ana).actor, at=phones.clock.now)
    db.session.refresh(world.sam)
    assert world.sam.automation_paused_at is None
    assert len(phones.events("patient.automation_resumed")) == 1
