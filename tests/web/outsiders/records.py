"""Patients and referrals: Rosa's are invisible to another team and another practice."""

from uuid import UUID

from sqlalchemy import select

from app.actions import referrals
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.task import Evidence, Task
from tests.web.outsider_cases import record, staff
from tests.world import World


def make_referral(world: World) -> UUID:
    with transaction():
        return referrals.create(
            world.rosa, reason="Needs a cardiology visit", by=world.system.actor, at=db_now()
        ).id


def make_connected(world: World) -> UUID:
    referral_id = make_referral(world)
    with transaction():
        task = db.session.scalars(select(Task).where(Task.referral_id == referral_id)).one()
        referrals.connect(
            task, evidence=Evidence.STAFF_ATTESTED, by=world.system.actor, at=db_now()
        )
    return referral_id


RECORDS = {
    "number": lambda world: world.number(world.rosa).id,
    "referral": make_referral,
    "connected": make_connected,
}
ROSA = {
    "given_name": "Rosa", "family_name": "Jimenez", "birth_date": "1957-03-09", "language": "es",
    "phone": "+15035550101",
}  # fmt: skip
NEW = ROSA | {"mrn": "N-1", "given_name": "Nia", "family_name": "New"}
TOLD = {"how": "phone", "told_to": "Dr. Lee", "body": "They are in touch with us."}

CASES = {
    "patients.index": staff(),
    "numbers.page": record(number_id="number"),
    "numbers.consent_form": staff(),
    "untextable.index": staff(),
    "untextable.file": staff(),
    "patients.new": staff(),
    "patients.create": staff(data=NEW),
    "patients.page": record(patient_id="patient"),
    "patients.story": record(patient_id="patient"),
    "patients.edit": record(patient_id="patient"),
    "patients.update": record(patient_id="patient", data=ROSA),
    "patient_records.consent": record(
        patient_id="patient", data={"decision": "withdrawn", "how": "desk"}
    ),
    "patient_records.status": record(patient_id="patient", data={"status": "hospice"}),
    "contact_preferences.edit": record(patient_id="patient"),
    "contact_preferences.update": record(
        patient_id="patient", data={"language": "es", "channel": "sms"}
    ),
    "patient_records.pause": record(patient_id="patient"),
    "patient_records.resume": record(patient_id="patient"),
    "patient_records.portal_link": record(patient_id="patient"),
    "referrals.index": staff(),
    "referrals.new": staff(),
    "referrals.create": staff(data={"patient_id": "@patient", "reason": "Heart"}),
    "referrals.page": record(referral_id="referral"),
    "referrals.connect": record(referral_id="referral"),
    "referrals.disconnect": record(referral_id="connected"),
    "referrals.tell": record(referral_id="referral", data=TOLD),
}
