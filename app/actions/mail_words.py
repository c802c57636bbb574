"""What each kind of e-mail says; several for one office are one. No name, no initials, no day,
no reason of anybody's care stands in one: what it is about waits behind its link."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.actions import (
    digests,
    link_renewals,
    mail,
    office_mail,
    partner_links,
    sharing,
    staff_mails,
)
from app.actions.mail import Words
from app.core.db import db
from app.models.event import SYSTEM
from app.models.mail import Mail, MailKind, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope, PartnerLink
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_letter import ReferralLetter
from app.models.referral_state import OPEN
from messaging import phone

#: Longer than the week until the next digest comes.
DIGEST_LIVES = timedelta(days=21)
Writer = Callable[[Mail, Practice, datetime], Words | None]


def write(row: Mail, *, at: datetime) -> Words | None:
    """The words of an e-mail about to leave, with a fresh link in them; None: nothing to say any more."""
    practice = db.session.get_one(Practice, row.practice_id)
    if row.kind not in office_mail.KINDS:
        return WRITERS[row.kind](row, practice, at)
    office_id = office_of(row)
    rows = office_mail.gather(row, lambda other: office_of(other) == office_id)
    live = [each for each in rows if STILL[each.kind](each, at)]
    for each in rows[1:]:
        if each not in live:
            mail.end(each, MailStatus.CANCELLED, at=at)
    if len(live) > 1 and office_id is not None:
        return _collected(live, office_id, practice, at)
    return WRITERS[live[0].kind](live[0], practice, at) if live else None


def find_letter(practice_id: UUID, letter_id: UUID) -> ReferralLetter | None:
    return db.session.get(ReferralLetter, (practice_id, letter_id))


def closing(practice: Practice) -> str:
    call = f" Questions? Call us: {phone.show(practice.phone)}." if practice.phone else ""
    return (
        "The page shows health information: open it only if you work for the office this was sent to, and "
        f"do not pass the link on. It ends by itself after a while.{call}\n\n{practice.name}\n"
    )


def office_of(row: Mail) -> UUID | None:
    """Whom an e-mail of `office_mail.KINDS` is for."""
    if row.kind is MailKind.OFFICE_DIGEST:
        return row.subject_id
    letter = find_letter(row.practice_id, row.subject_id)
    about = letter.referral_id if letter else row.subject_id
    referral = db.session.get(Referral, (row.practice_id, about))
    return referral.referrer_id if referral else None


def _collected(rows: Sequence[Mail], office_id: UUID, practice: Practice, at: datetime) -> Words:
    """One e-mail for all that waited, with the office's own page behind its link."""
    kinds = [each.kind for each in rows]
    said = [
        "1 " + one if many == 1 else f"{many} {more}"
        for kind, one, more in (
            (MailKind.REFERRAL_UPDATE, "new note", "new notes"),
            (MailKind.OFFICE_ANSWER, "answer", "answers"),
        )
        if (many := kinds.count(kind))
    ]
    what = " and ".join(said) or "news"
    _, address = partner_links.make(
        practice.id, LinkScope.OFFICE, office_id, by=SYSTEM, at=at, lives=DIGEST_LIVES
    )
    return Words(
        f"News about your referrals from {practice.name}",
        f"Hello,\n\n{practice.name} has {what} about patients your office referred. The page of your "
        f"office shows all of them:\n\n{address}\n\n{closing(practice)}",
    )


def _letter_waits(row: Mail, at: datetime) -> bool:
    letter = find_letter(row.practice_id, row.subject_id)
    return letter is not None and letter.withdrawn_at is None and not letter.tells


def _is_news(row: Mail, at: datetime) -> bool:
    return bool(under_way(row) or digests.put_aside(row.practice_id, row.subject_id, at=at))


def under_way(row: Mail) -> int:
    """How many referrals of the office a digest is about."""
    rows = select(func.count()).where(
        Referral.practice_id == row.practice_id,
        Referral.referrer_id == row.subject_id,
        Referral.status.in_(OPEN),
    )
    return int(db.session.scalar(rows) or 0)


def _referral_update(row: Mail, practice: Practice, at: datetime) -> Words | None:
    letter = find_letter(row.practice_id, row.subject_id)
    if letter is None:
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
    open_ones = under_way(row)
    aside = digests.put_aside(row.practice_id, row.subject_id, at=at)
    _, address = partner_links.make(
        row.practice_id, LinkScope.OFFICE, row.subject_id, by=SYSTEM, at=at, lives=DIGEST_LIVES
    )
    parts = []
    if open_ones:
        parts.append(
            f"{_are(open_ones, 'of your office', 'is', 'are')} under way at {practice.name}."
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


#: Whether there still is something to say.
STILL: dict[MailKind, Callable[[Mail, datetime], bool]] = {
    MailKind.REFERRAL_UPDATE: _letter_waits,
    MailKind.OFFICE_ANSWER: lambda row, at: True,
    MailKind.OFFICE_DIGEST: _is_news,
}
WRITERS: dict[MailKind, Writer] = {
    MailKind.REFERRAL_UPDATE: _referral_update,
    MailKind.OFFICE_ANSWER: _office_answer,
    MailKind.OFFICE_DIGEST: _office_digest,
    MailKind.ORGANIZATION_ASK: _organization_ask,
    MailKind.FRESH_LINK: _fresh_link,
    MailKind.STAFF_LINK: staff_mails.staff_link,
    MailKind.ON_CALL: staff_mails.on_call,
}
