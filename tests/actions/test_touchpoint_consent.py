"""A row says on whose consent it rests, and who a caregiver is to the patient."""

from sqlalchemy import select

from app.core.db import db
from app.models.consent import Consent
from app.models.touchpoint import Touchpoint
from tests.actions.test_caregiver_texts import MIAS, asked, helper, number_id, texts
from tests.conftest import Clock
from tests.own_protocols import step
from tests.phones import Phones
from tests.world import World


def test_a_caregivers_texts_rest_on_the_caregivers_own_consent(
    world: World, clock: Clock, phones: Phones
) -> None:
    person = helper(world, clock)
    task = asked(world, clock, step("second", "lead"))
    phones.deliver_all()
    phones.text(MIAS, "1")
    said = select(Consent.id).where(Consent.patient_id.is_(None))
    [own] = db.session.scalars(said.where(Consent.phone_number_id == number_id(texts(task)[0])))
    rows = db.session.scalars(select(Touchpoint).where(Touchpoint.channel == "sms")).all()
    assert {row.direction for row in rows} == {"outbound", "inbound"}
    assert {(row.contact_party, row.relationship, row.consent_id) for row in rows} == {
        ("caregiver", person.relationship, own)
    }
