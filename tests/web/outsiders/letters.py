"""Letters to referring offices: Rosa's are invisible to another team and another practice."""

from uuid import UUID

from app.actions import letters
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.referral import Referral
from app.models.referral_letter import LetterWay, ReferralLetter
from tests.web.outsider_cases import Maker, record
from tests.web.outsiders.records import make_referral
from tests.world import World

BODY = "Dear colleagues,\nWe met Rosa.\nWhat we do next: a visit."
TOLD = {"how": "fax", "told_to": "The front desk"}


def make_letter(world: World) -> UUID:
    referral_id = make_referral(world)
    with transaction():
        referral = db.session.get_one(Referral, (world.practice.id, referral_id))
        return letters.approve(referral, LetterWay.FAX, BODY, by=world.system, at=db_now()).id


def sent(make: Maker) -> Maker:
    def made(world: World) -> UUID:
        letter_id = make(world)
        with transaction():
            letter = db.session.get_one(ReferralLetter, (world.practice.id, letter_id))
            letters.note_sent(letter, at=db_now())
        return letter_id

    return made


RECORDS = {"letter": make_letter, "sent_letter": sent(make_letter)}
CASES = {
    "letters.create": record(referral_id="referral", data={"way": "fax", "body": BODY}),
    "letters.withdraw": record(letter_id="letter"),
    "letters.printed": record(letter_id="letter"),
    "letters.attest": record(letter_id="letter", data=TOLD),
    "letters.create_bounce": record(letter_id="sent_letter"),
}
