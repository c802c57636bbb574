"""Offices, what they sent by link, and what they ask: nothing of it for another practice."""

from uuid import UUID

from app.actions import intakes, office_threads, referrals, referrers
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.patient import Patient
from app.models.referral import Referrer
from app.models.referral_intake import ReferralIntake
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.outsider_cases import record, staff
from tests.world import World

WRITTEN = intakes.Written("Rosa", "Jimenez", "1957-03-09", "Falls at home")


def make_office(world: World) -> UUID:
    with transaction():
        return referrers.find_or_add(
            world.practice.id, "Riverside", by=world.system.actor, at=db_now()
        ).id


def make_intake(world: World) -> UUID:
    office_id = make_office(world)
    with transaction():
        office = db.session.get_one(Referrer, (world.practice.id, office_id))
        return intakes.submit(office, WRITTEN, by=world.system.actor, at=db_now()).id


def make_dismissed(world: World) -> UUID:
    intake_id = make_intake(world)
    with transaction():
        intake = db.session.get_one(ReferralIntake, (world.practice.id, intake_id))
        intakes.dismiss(intake, "Sent twice", by=world.system, at=db_now())
    return intake_id


def make_texting_office(world: World) -> UUID:
    office_id = make_office(world)
    with transaction():
        office = db.session.get_one(Referrer, (world.practice.id, office_id))
        referrers.update(
            office, email="", phone="+15035550188", fax="", clinicians="", by=world.system.actor,
            at=db_now(),
        )  # fmt: skip
    return office_id


def make_thread(world: World) -> UUID:
    office_id = make_texting_office(world)
    with transaction():
        office = db.session.get_one(Referrer, (world.practice.id, office_id))
        return office_threads.open_thread(office, at=db_now()).id


def make_text(world: World) -> UUID:
    make_thread(world)
    clock = Clock()
    clock.set(db_now())
    message = Phones(world, clock).text("+15035550188", "How is Sam?")
    assert message is not None
    return message.id


def make_offices_referral(world: World) -> UUID:
    office_id = make_texting_office(world)
    with transaction():
        sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
        office = db.session.get_one(Referrer, (world.practice.id, office_id))
        made = referrals.create(
            sam, reason="Food", by=world.system.actor, at=db_now(), referrer=office, ask_first=False
        )
        return made.id


RECORDS = {
    "referring_office": make_office,
    "texting_office": make_texting_office,
    "office_thread": make_thread,
    "office_text": make_text,
    "offices_referral": make_offices_referral,
    "sent_by_link": make_intake,
    "dismissed_intake": make_dismissed,
}
CARA = ("cara",)
CASES = {
    "offices.index": staff(),
    "offices.new": staff(),
    "offices.create": staff(data={"name": "Hill Clinic"}),
    "offices.page": record(office_id="referring_office", outsiders=CARA),
    "offices.update": record(office_id="referring_office", outsiders=CARA),
    "offices.create_link": record(
        office_id="referring_office", outsiders=CARA, data={"scope": "office"}
    ),
    "offices.delete_links": record(office_id="referring_office", scope="office", outsiders=CARA),
    "offices.renew_code": record(office_id="referring_office", outsiders=CARA),
    "offices.printed_form": record(office_id="referring_office", outsiders=CARA),
    "office_threads.create": record(office_id="texting_office", outsiders=CARA),
    "office_threads.page": record(
        conversation_id="office_thread", kind="messages", item_id="office_text", outsiders=CARA
    ),
    "office_threads.tie": record(
        conversation_id="office_thread",
        kind="messages",
        item_id="office_text",
        outsiders=CARA,
        data={"referral_id": "@offices_referral"},
    ),
    "office_threads.untie": record(
        conversation_id="office_thread",
        kind="messages",
        item_id="office_text",
        referral_id="offices_referral",
        outsiders=CARA,
    ),
    "intakes.index": staff(),
    "intakes.accept": record(intake_id="sent_by_link", data={"patient_id": "@patient"}),
    "intakes.dismiss": record(intake_id="sent_by_link", outsiders=CARA, data={"why": "Sent twice"}),
    "intakes.put_back": record(intake_id="dismissed_intake", outsiders=CARA),
    "referral_notes.create": record(referral_id="referral", data={"note_body": "We met them."}),
    "referral_notes.settle": record(referral_id="referral"),
}
