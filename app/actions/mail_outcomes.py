"""What follows when an e-mail left or never will: for what it was about, and for all that it carried."""

from datetime import datetime

from app.actions import address_cards, letters, link_renewals, mail, organization_answers
from app.core.db import db
from app.models.community_organization import CommunityOrganization
from app.models.event import SYSTEM
from app.models.mail import Mail, MailKind, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import PartnerLink
from app.models.referral import Referral, Referrer
from app.models.referral_letter import ReferralLetter


def follow_up(row: Mail, *, at: datetime, why: str | None = None) -> None:
    """What a final status means; `why`: how it failed, where known better."""
    _follow_up(row, at=at, why=why)
    for each in mail.carried_by(row):
        if each.status is not MailStatus.CANCELLED:
            mail.end(each, row.status, at=at)
            each.reason = row.reason
            _follow_up(each, at=at, why=why)


def _follow_up(row: Mail, *, at: datetime, why: str | None) -> None:
    is_letter = row.kind is MailKind.REFERRAL_UPDATE
    letter = find_letter(row) if is_letter else None
    if letter is not None and letter.withdrawn_at is None and row.status is MailStatus.SENT:
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
        if about.is_open:
            organization_answers.not_reached(about, at=at)
        else:
            address_cards.organization_not_reached(about.organization, row, at=at, ask=about)
    elif isinstance(about, CommunityOrganization):
        address_cards.organization_not_reached(about, row, at=at)
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
        letter = find_letter(row)
        return letter.referral if letter else None
    if row.kind is MailKind.FRESH_LINK:
        return link_renewals.subject_of(db.session.get_one(PartnerLink, key))
    kept = {
        MailKind.OFFICE_DIGEST: Referrer,
        MailKind.OFFICE_ANSWER: Referral,
        MailKind.ORGANIZATION_ASK: OrganizationAsk,
    }.get(row.kind)
    return db.session.get(kept, key) if kept else None


def find_letter(row: Mail) -> ReferralLetter | None:
    return db.session.get(ReferralLetter, (row.practice_id, row.subject_id))
