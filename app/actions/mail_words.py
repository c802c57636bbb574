"""What each kind of e-mail says, and what follows when it left or never will. No name, no initials, no day,
no reason of anybody's care stands in one: what it is about waits behind its link."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.actions import (
    address_cards,
    digests,
    letters,
    link_renewals,
    organization_answers,
    partner_links,
    sharing,
    staff_links,
)
from app.core.db import db
from app.models.event import SYSTEM
from app.models.mail import Mail, MailKind, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope, PartnerLink
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_letter import ReferralLetter
from app.models.referral_state import OPEN
from app.models.staff_link import LinkPurpose, StaffLink
from messaging import phone

#: Longer than the week until the next digest comes.
DIGEST_LIVES = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Words:
    subject: str
    text: str


Writer = Callable[[Mail, Practice, datetime], Words | None]


def write(row: Mail, *, at: datetime) -> Words | None:
    """The words of an e-mail about to leave, with a fresh link in them; None: nothing to say any more."""
    practice = db.session.get_one(Practice, row.practice_id)
    return WRITERS[row.kind](row, practice, at)


def follow_up(row: Mail, *, at: datetime, why: str | None = None) -> None:
    """What a final status means for what the e-mail was about; `why`: how it failed, where known better."""
    is_letter = row.kind is MailKind.REFERRAL_UPDATE
    letter = find_letter(row.practice_id, row.subject_id) if is_letter else None
    if letter is not None and row.status is MailStatus.SENT:
        letters.note_sent(letter, at=at)
    if row.status not in (MailStatus.REFUSED, MailStatus.FAILED):
        return
    if letter is not None:
        letters.fail(letter, why or row.status.value, by=SYSTEM, at=at)
    _have_somebody_ask(row, at=at)


def _have_somebody_ask(row: Mail, *, at: datetime) -> None:
    """A card for a person: an office's own, or the one of the ask; an office that was never told has the
    card of its follow-up."""
    about = subject_of(row)
    if isinstance(about, OrganizationAsk):
        organization_answers.not_reached(about, at=at)
    elif isinstance(about, Referrer):
        address_cards.not_reached(about, row, at=at)
    elif isinstance(about, Referral):
        is_letter = row.kind is MailKind.REFERRAL_UPDATE
        if not is_letter or about.pcp_told_at is not None:
            address_cards.not_reached(about.referrer, row, at=at, referral=about)


def subject_of(row: Mail) -> object:
    """What an e-mail to a partner is about: an office, a referral, an organization or its ask."""
    key = (row.practice_id, row.subject_id)
    if row.kind is MailKind.REFERRAL_UPDATE:
        letter = find_letter(*key)
        return letter.referral if letter else None
    if row.kind is MailKind.FRESH_LINK:
        return link_renewals.subject_of(db.session.get_one(PartnerLink, key))
    kept = {
        MailKind.OFFICE_DIGEST: Referrer,
        MailKind.OFFICE_ANSWER: Referral,
        MailKind.ORGANIZATION_ASK: OrganizationAsk,
    }.get(row.kind)
    return db.session.get(kept, key) if kept else None


def find_letter(practice_id: UUID, letter_id: UUID) -> ReferralLetter | None:
    return db.session.get(ReferralLetter, (practice_id, letter_id))


def closing(practice: Practice) -> str:
    call = f" Questions? Call us: {phone.show(practice.phone)}." if practice.phone else ""
    return (
        "The page shows health information: open it only if you work for the office this was sent to, and "
        f"do not pass the link on. It ends by itself after a while.{call}\n\n{practice.name}\n"
    )


def _referral_update(row: Mail, practice: Practice, at: datetime) -> Words | None:
    letter = find_letter(row.practice_id, row.subject_id)
    if letter is None or letter.withdrawn_at is not None or letter.tells:
        return None
    _, address = partner_links.make(
        row.practice_id, LinkScope.REFERRAL, letter.referral_id, by=SYSTEM, at=at,
        patient_id=row.patient_id,
    )  # fmt: skip
    return Words(
        f"A note from {practice.name}",
        f"Hello,\n\n{practice.name} wrote a note about a patient your office referred. Read it here:\n\n"
        f"{address}\n\n{closing(practice)}",
    )


def _office_answer(row: Mail, practice: Practice, at: datetime) -> Words | None:
    _, address = partner_links.make(
        row.practice_id, LinkScope.REFERRAL, row.subject_id, by=SYSTEM, at=at,
        patient_id=row.patient_id,
    )  # fmt: skip
    return Words(
        f"An answer from {practice.name}",
        f"Hello,\n\n{practice.name} answered about one of your referrals. Read it here:\n\n"
        f"{address}\n\n{closing(practice)}",
    )


def _office_digest(row: Mail, practice: Practice, at: datetime) -> Words | None:
    """How many are under way or were put aside lately; None when there is nothing to see any more."""
    under_way = db.session.scalar(
        select(func.count()).where(
            Referral.practice_id == row.practice_id,
            Referral.referrer_id == row.subject_id,
            Referral.status.in_(OPEN),
        )
    )
    aside = digests.put_aside(row.practice_id, row.subject_id, at=at)
    if not under_way and not aside:
        return None
    _, address = partner_links.make(
        row.practice_id, LinkScope.OFFICE, row.subject_id, by=SYSTEM, at=at, lives=DIGEST_LIVES
    )
    parts = []
    if under_way:
        parts.append(
            f"{_are(under_way, 'of your office', 'is', 'are')} under way at {practice.name}."
        )
    if aside:
        parts.append(
            f"{_are(aside, 'you sent by your link', 'was', 'were')} not taken on: see why."
        )
    return Words(
        f"Your referrals to {practice.name}",
        f"Hello,\n\n{' '.join(parts)} See how far each is:\n\n{address}\n\n{closing(practice)}",
    )


def _are(many: int, whose: str, one: str, more: str) -> str:
    return f"1 referral {whose} {one}" if many == 1 else f"{many} referrals {whose} {more}"


def _ask(row: Mail) -> OrganizationAsk:
    return db.session.get_one(OrganizationAsk, (row.practice_id, row.subject_id))


def _organization_ask(row: Mail, practice: Practice, at: datetime) -> Words | None:
    ask = _ask(row)
    if not ask.is_open or not ask.referral.is_open or not sharing.stands(ask):
        return None
    _, address = partner_links.make(
        row.practice_id, LinkScope.ASK, ask.id, by=SYSTEM, at=at, patient_id=row.patient_id
    )
    return Words(
        f"{practice.name} asks for your help",
        f"Hello,\n\n{practice.name} asks your organization to help somebody. See what is needed and answer "
        f"here, without an account:\n\n{address}\n\n{closing(practice)}",
    )


def _fresh_link(row: Mail, practice: Practice, at: datetime) -> Words | None:
    """In place of one that ran out; None when there is nothing behind it any more."""
    old = db.session.get_one(PartnerLink, (row.practice_id, row.subject_id))
    if link_renewals.standing(old, at=at) is not link_renewals.Standing.RENEWABLE:
        return None
    _, address = partner_links.make(
        row.practice_id, old.scope, old.subject_id, by=SYSTEM, at=at, patient_id=row.patient_id
    )
    return Words(
        f"Your new link from {practice.name}",
        f"Hello,\n\nyour link from {practice.name} had run out, and somebody asked for a new one. Here it "
        f"is:\n\n{address}\n\n{closing(practice)}",
    )


def _staff_link(row: Mail, practice: Practice, at: datetime) -> Words | None:
    link = db.session.get(StaffLink, (row.practice_id, row.subject_id))
    if link is None or not link.is_live(at=at):
        return None
    address, ends = staff_links.write_address(link), on_day(link.expires_at, practice)
    if link.purpose is LinkPurpose.INVITE:
        return Words(
            f"Join {practice.name} on Touchline",
            f"Hello,\n\n{practice.name} invites you to its staff on Touchline. Choose your name and your "
            f"password here:\n\n{address}\n\nThe link works once, until {ends}. If you do not expect this, "
            f"leave it: nothing happens.\n\n{practice.name}\n",
        )
    return Words(
        "Your new password for Touchline",
        f"Hello,\n\nan admin of {practice.name} sends you this link to choose a new password:\n\n"
        f"{address}\n\nThe link works once, until {ends}, and signs you out everywhere. If you did not ask "
        f"for it, tell them: your password stays as it is.\n\n{practice.name}\n",
    )


def on_day(moment: datetime, practice: Practice) -> str:
    """Like "Tuesday, March 10"; where the practice is."""
    local = moment.astimezone(ZoneInfo(practice.time_zone))
    return f"{local:%A, %B} {local.day}"


WRITERS: dict[MailKind, Writer] = {
    MailKind.REFERRAL_UPDATE: _referral_update,
    MailKind.OFFICE_ANSWER: _office_answer,
    MailKind.OFFICE_DIGEST: _office_digest,
    MailKind.ORGANIZATION_ASK: _organization_ask,
    MailKind.FRESH_LINK: _fresh_link,
    MailKind.STAFF_LINK: _staff_link,
}
