"""How links reach a community organization: by e-mail, or texts to a mobile number after somebody there
agreed to them. What comes from that number is the organization's, never a patient's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actions import carrier_blocks, message_route, office_numbers
from app.actions.patient_contacts import NumberBook
from app.core.db import db
from app.core.errors import Invalid
from app.models.community_organization import CommunityOrganization, LinksBy
from app.models.contact_point import NumberState, PhoneNumber
from app.models.event import Actor, record
from app.models.practice import Practice
from messaging import phone as phones
from messaging.errors import BadNumber

LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Texts:
    """As typed. `agreed`: "yes" when somebody there, `agreed_name`, heard the words and agreed."""

    links_by: str = LinksBy.EMAIL
    mobile: str = ""
    agreed: str = ""
    agreed_name: str = ""


def wording(practice: Practice) -> str:
    """What staff read to them before any text."""
    return (
        f"May {practice.name} text links about referrals to your organization's mobile number? A text "
        "says only that a referral waits, never whose. Reply STOP at any time to end the texts, HELP for "
        "help. Message and data rates may apply."
    )


def choose(one: CommunityOrganization, texts: Texts, *, by: Actor, at: datetime) -> bool:
    """Note how links leave; False when nothing differs. Raises Invalid with the field."""
    if texts.links_by not in set(LinksBy):
        raise Invalid("Choose how links leave.", field="links_by")
    mobile, by_text = _mobile(texts.mobile), texts.links_by == LinksBy.SMS
    if by_text and mobile is None:
        raise Invalid("Write the mobile number that is texted.", field="mobile")
    needs_yes = by_text and (one.texts_agreed_at is None or mobile != one.mobile)
    name = " ".join(texts.agreed_name.split())[:LONGEST_NAME]
    if needs_yes:
        _check_agreed(texts, name)
    was = (one.mobile, one.links_by)
    _keep_number(one, mobile, at=at)
    one.mobile, one.links_by = mobile, LinksBy(texts.links_by)
    if needs_yes:
        _agree(one, name, by=by, at=at)
    elif not by_text and one.texts_agreed_at is not None:
        _end(one, by=by, at=at)
    return was != (one.mobile, one.links_by) or needs_yes


def number_of(one: CommunityOrganization) -> PhoneNumber | None:
    """The number its links are texted to; of two records merged, each brought one."""
    return db.session.scalars(
        select(PhoneNumber).where(
            PhoneNumber.practice_id == one.practice_id,
            PhoneNumber.organization_id == one.id,
            PhoneNumber.e164 == one.mobile,
        )
    ).one_or_none()


def can_text(one: CommunityOrganization) -> bool:
    """Whether a link may leave by text: they agreed, have not said STOP, and we have a line."""
    if not one.agreed_to_texts:
        return False
    number = number_of(one)
    if number is None or number.state is not NumberState.OK:
        return False
    lines = message_route.active_lines(one.practice_id)
    if number.opted_out_at is not None or not lines:
        return False
    return not carrier_blocks.is_blocked(number, lines[0].id)


def _mobile(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return phones.parse(text)
    except BadNumber as error:
        raise Invalid(error.person_text, field="mobile") from None


def _check_agreed(texts: Texts, name: str) -> None:
    if texts.agreed != "yes":
        raise Invalid("Nothing is texted before they agreed. Read them the words.", field="agreed")
    if not name:
        raise Invalid("Write who there agreed.", field="agreed_name")


def _keep_number(one: CommunityOrganization, mobile: str | None, *, at: datetime) -> None:
    """This number and no other is theirs."""
    number = NumberBook(one.practice_id).number(mobile, at=at) if mobile else None
    if number is not None:
        _check_free(number, one)
    before = number_of(one)
    if before is not None and before is not number:
        before.organization_id = None
        db.session.flush()
    if number is not None:
        number.organization_id = one.id


def _check_free(number: PhoneNumber, one: CommunityOrganization) -> None:
    shown = phones.show(number.e164)
    if number.partner_id not in (None, one.id):
        raise Invalid(
            f"Another office or organization has {shown}. Take it away there first.", field="mobile"
        )
    if number.partner_id is None and office_numbers.is_patients(number):
        raise Invalid(
            f"A patient’s record has {shown}, so what comes from it is theirs. End it there first.",
            field="mobile",
        )


def _agree(one: CommunityOrganization, name: str, *, by: Actor, at: datetime) -> None:
    words = wording(db.session.get_one(Practice, one.practice_id))
    one.texts_agreed_name, one.texts_agreed_wording, one.texts_agreed_at = name, words, at
    one.texts_agreed_by_id = by.id if by.kind == "user" else None
    record(
        one, "organization.texts_agreed", by=by, at=at, name=name, mobile=one.mobile, wording=words
    )


def _end(one: CommunityOrganization, *, by: Actor, at: datetime) -> None:
    one.texts_agreed_name = one.texts_agreed_wording = None
    one.texts_agreed_at = one.texts_agreed_by_id = None
    record(one, "organization.texts_ended", by=by, at=at)
