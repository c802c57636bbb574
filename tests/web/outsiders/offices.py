"""Offices, what they sent by link, and what they ask: nothing of it for another practice."""

from uuid import UUID

from app.actions import intakes, referrers
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.referral import Referrer
from app.models.referral_intake import ReferralIntake
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


RECORDS = {
    "referring_office": make_office,
    "sent_by_link": make_intake,
    "dismissed_intake": make_dismissed,
}
CARA = ("cara",)
CASES = {
    "offices.index": staff(),
    "offices.page": record(office_id="referring_office", outsiders=CARA),
    "offices.update": record(office_id="referring_office", outsiders=CARA),
    "offices.create_link": record(
        office_id="referring_office", outsiders=CARA, data={"scope": "office"}
    ),
    "offices.delete_links": record(office_id="referring_office", scope="office", outsiders=CARA),
    "offices.printed_form": record(office_id="referring_office", outsiders=CARA),
    "intakes.index": staff(),
    "intakes.accept": record(intake_id="sent_by_link", data={"patient_id": "@patient"}),
    "intakes.dismiss": record(intake_id="sent_by_link", outsiders=CARA, data={"why": "Sent twice"}),
    "intakes.put_back": record(intake_id="dismissed_intake", outsiders=CARA),
    "referral_notes.create": record(referral_id="referral", data={"note_body": "We met them."}),
    "referral_notes.settle": record(referral_id="referral"),
}
