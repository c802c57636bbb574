"""Patients and referrals: Rosa's are invisible to another team and another practice."""

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import UUID

from sqlalchemy import select

from app import access
from app.actions import (
    fit,
    organization_asks,
    organizations,
    referral_steps,
    referrals,
    related_people,
    sharing,
)
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.community_organization import Need
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind
from app.models.task import Evidence, Task
from tests.web.outsider_cases import Maker, record, roles, staff
from tests.world import World

TOLD = {"how": "phone", "told_to": "Dr. Lee", "body": "They are in touch with us."}


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


def make_phone(world: World) -> UUID:
    points = select(ContactPoint.id).where(ContactPoint.patient_id == world.rosa.id)
    return db.session.scalars(points).one()


def go_on(step: Callable[[Referral, World], object], start: Maker = make_referral) -> Maker:
    """A referral some steps later."""

    def make(world: World) -> UUID:
        referral_id = start(world)
        with transaction():
            step(db.session.get_one(Referral, (world.practice.id, referral_id)), world)
        return referral_id

    return make


def accept(referral: Referral, world: World) -> None:
    referral_steps.accept(referral, by=world.system.actor, at=db_now())


def hold(referral: Referral, world: World) -> None:
    referral_steps.hold(referral, "Away", by=world.system.actor, at=db_now())


def schedule(referral: Referral, world: World) -> None:
    referral_steps.mark(referral, MilestoneKind.SCHEDULED, by=world.system.actor, at=db_now())


def bring_to_the_end(referral: Referral, world: World) -> None:
    referral_steps.mark(
        referral, MilestoneKind.OUTCOME, evidence=Evidence.DOCUMENT, note="Done",
        by=world.system.actor, at=db_now(),
    )  # fmt: skip
    referrals.record_update(referral, told_at=db_now(), by=world.system, at=db_now(), **TOLD)


def close(referral: Referral, world: World) -> None:
    referral_steps.close(referral, by=world.system.actor, at=db_now())


def make_criterion(world: World) -> UUID:
    with transaction():
        return fit.add(world.practice.id, "Lives alone", by=world.system.actor, at=db_now()).id


def make_helper(world: World, phone: str = "") -> UUID:
    with transaction():
        agreed = related_people.Agreed(
            name="Luz Jimenez", relationship="daughter", language="es", may_receive=["all"],
            may_answer=[], authorised_by="Rosa Jimenez, in person", from_on=date(2026, 1, 1),
            phone=phone,
        )  # fmt: skip
        return related_people.add(world.rosa, agreed, by=world.system.actor, at=db_now()).id


def make_organization(world: World) -> UUID:
    with transaction():
        entry = organizations.Entry(name="Harbor Pantry", needs=["food"])
        return organizations.add(world.practice.id, entry, by=world.system.actor, at=db_now()).id


def make_ask(world: World) -> UUID:
    """With a link on paper, so that there is one to renew."""
    referral, organization = make_referral(world), make_organization(world)
    with transaction():
        row = access.referral_for(world.system, referral)
        one = access.organization_for(world.system, organization)
        by, at = world.system.actor, db_now()
        yes = sharing.agree(row.patient, ConsentHow.DESK, "Yes", "es", by=by, at=at)
        ask = organization_asks.create(row, one, Need.FOOD, yes, by=by, at=at)
        organization_asks.hand_over(ask, by=by, at=at)
        return ask.id


make_accepted = go_on(accept)
make_told = go_on(bring_to_the_end)
RECORDS = {
    "phone": make_phone,
    "number": lambda world: world.number(world.rosa).id,
    "referral": make_referral,
    "connected": make_connected,
    "accepted_referral": make_accepted,
    "held_referral": go_on(hold, make_accepted),
    "with_a_day": go_on(schedule),
    "told_referral": make_told,
    "closed_referral": go_on(close, make_told),
    "criterion": make_criterion,
    "helper": make_helper,
    "helper_with_phone": partial(make_helper, phone="+15035550188"),
    "organization": make_organization,
    "ask": make_ask,
}
HELPER = {
    "name": "Luz Jimenez", "relationship": "daughter", "language": "es", "from_on": "2026-01-01",
    "authorised_by": "Rosa Jimenez, in person", "may_receive": "all",
}  # fmt: skip
ROSA = {
    "given_name": "Rosa", "family_name": "Jimenez", "birth_date": "1957-03-09", "language": "es",
    "phone": "+15035550101",
}  # fmt: skip
PANTRY = {"name": "Pantry", "needs": "food", "languages": "en", "capacity": "open"}
NEW = ROSA | {"mrn": "N-1", "given_name": "Nia", "family_name": "New"}

CASES = {
    "patient_time.minutes": record(patient_id="patient"),
    "patient_time.new": record(patient_id="patient"),
    "patient_time.create": record(
        patient_id="patient",
        data={
            "day": "2026-03-02",
            "time": "09:00",
            "minutes": "5",
            "reason": "x",
            "activity": "care_coordination",
            "late_reason": "x",
        },
    ),
    "patient_time.note": record(patient_id="patient"),
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
    "patient_records.end_phone": record(patient_id="patient", point_id="phone"),
    "patient_records.restore_phone": record(patient_id="patient", point_id="phone"),
    "contact_preferences.edit": record(patient_id="patient"),
    "contact_preferences.update": record(
        patient_id="patient", data={"language": "es", "channel": "sms"}
    ),
    "related_people.index": record(patient_id="patient"),
    "related_people.new": record(patient_id="patient"),
    "related_people.create": record(patient_id="patient", data=HELPER),
    "related_people.edit": record(patient_id="patient", person_id="helper"),
    "related_people.update": record(patient_id="patient", person_id="helper", data=HELPER),
    "related_people.agree": record(
        patient_id="patient", person_id="helper_with_phone", data={"texts": "desk"}
    ),
    "related_people.end": record(patient_id="patient", person_id="helper"),
    "related_people.take_back_end": record(patient_id="patient", person_id="helper"),
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
    "referral_corrections.edit": record(referral_id="referral"),
    "referral_corrections.create": record(
        referral_id="referral", data={"reason": "Heart", "received_at": "2026-01-02T10:00"}
    ),
    "referral_steps.check_fit": record(referral_id="referral", data={"fit": "yes"}),
    "referral_steps.hold": record(referral_id="accepted_referral", data={"reason": "Away"}),
    "referral_steps.resume": record(referral_id="held_referral"),
    "referral_steps.create_milestone": record(referral_id="referral", data={"kind": "scheduled"}),
    "referral_steps.delete_milestone": record(referral_id="with_a_day", kind="scheduled"),
    "referral_steps.close": record(referral_id="told_referral"),
    "referral_steps.reopen": record(referral_id="closed_referral"),
    "referral_steps.end": record(
        referral_id="referral", data={"how": "cancelled", "reason": "Twice in the pile"}
    ),
    "organizations.index": staff(),
    "organizations.new": roles("lea"),
    "organizations.create": roles("lea", data=PANTRY),
    "organizations.edit": roles("lea", organization_id="organization"),
    "organizations.update": roles("lea", data=PANTRY, organization_id="organization"),
    "organizations.retire": roles("lea", organization_id="organization"),
    "organizations.bring_back": roles("lea", organization_id="organization"),
    "organization_asks.new": record(referral_id="referral"),
    "organization_asks.create": record(
        referral_id="referral",
        data={"organization": "@organization", "need": "food", "agreed": "yes", "how": "desk"},
    ),
    "organization_asks.renew": record(ask_id="ask"),
    "organization_asks.print_link": record(ask_id="ask"),
    "organization_asks.take_back": record(ask_id="ask"),
    "organization_asks.refuse_sharing": record(referral_id="referral", data={"how": "desk"}),
    "day_lists.create": roles("lea", organization_id="organization"),
    "day_lists.delete": roles("lea", organization_id="organization"),
    "fit_settings.page": staff(),
    "fit_settings.create": roles("lea", data={"text": "Lives alone"}),
    "fit_settings.put_in_force": roles("lea", criterion_id="criterion"),
    "fit_settings.put_out_of_force": roles("lea", criterion_id="criterion"),
}
