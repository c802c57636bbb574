"""The weekly digest of an office: one e-mail for all its referrals instead of one for each, with a link to
its own page. It says how many, never who."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, or_, select

from app.actions import mail
from app.models.event import SYSTEM
from app.models.mail import MailKind
from app.models.referral import Referral, Referrer
from app.models.referral_state import OPEN

EVERY = timedelta(days=7)


def due(at: datetime) -> Select[Referrer]:
    """Offices with an address and something under way whose week is over; the first one comes at once."""
    under_way = exists().where(
        Referral.practice_id == Referrer.practice_id,
        Referral.referrer_id == Referrer.id,
        Referral.status.in_(OPEN),
        Referral.received_at <= at - EVERY,
    )
    return (
        select(Referrer)
        .where(
            Referrer.email.is_not(None),
            or_(Referrer.digest_due_at.is_(None), Referrer.digest_due_at <= at),
            under_way,
        )
        .order_by(Referrer.digest_due_at, Referrer.id)
    )


def send(office: Referrer, *, at: datetime) -> None:
    """Queue it and set the next day; however late, there is one and not one per week missed."""
    if not office.email:
        return
    office.digest_due_at = at + EVERY
    mail.queue(
        office.practice_id, MailKind.OFFICE_DIGEST, office.id, office.email, by=SYSTEM, at=at
    )
