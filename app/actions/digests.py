"""The weekly digest of an office: one e-mail for all its referrals instead of one for each, with a link to
its own page. It says how many, never who."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from app.actions import mail, office_mail
from app.core.db import db
from app.models.event import SYSTEM, Actor
from app.models.mail import MailKind
from app.models.referral import Referral, Referrer
from app.models.referral_intake import IntakeStatus, ReferralIntake
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


def send_news(office: Referrer, *, by: Actor, at: datetime) -> None:
    """Something on its page that no letter says; one that waits to leave says it too."""
    if not office.email or not mail.is_set_up():
        return
    mail.cancel_waiting(office.practice_id, MailKind.OFFICE_DIGEST, office.id, at=at)
    office_mail.queue(
        office.practice_id, MailKind.OFFICE_DIGEST, office.id, office.email, by=by, at=at
    )


def put_aside(practice_id: UUID, office_id: UUID, *, at: datetime) -> int:
    """How many of what it sent by its link were put aside within the week."""
    rows = select(func.count()).where(
        ReferralIntake.practice_id == practice_id,
        ReferralIntake.referrer_id == office_id,
        ReferralIntake.status == IntakeStatus.DISMISSED,
        ReferralIntake.settled_at > at - EVERY,
    )
    return int(db.session.scalar(rows) or 0)


def send(office: Referrer, *, at: datetime) -> None:
    """Queue it and set the next day; however late, there is one and not one per week missed."""
    if not office.email:
        return
    office.digest_due_at = at + EVERY
    office_mail.queue(
        office.practice_id, MailKind.OFFICE_DIGEST, office.id, office.email, by=SYSTEM, at=at
    )
