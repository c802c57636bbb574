"""What an office is written, collected: its first e-mail leaves at once, later ones wait for each other, so
that a morning of fifteen letters is two e-mails. A letter never waits past its week."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.actions import mail
from app.core.db import db
from app.models.event import Actor
from app.models.mail import Mail, MailKind, MailStatus

#: What tells an office to look at its page; a link somebody asked for is not held up.
KINDS = (MailKind.REFERRAL_UPDATE, MailKind.OFFICE_ANSWER, MailKind.OFFICE_DIGEST)
#: The second e-mail of a day comes so long after the first; a third only when the day is over.
GAP, DAY = timedelta(hours=6), timedelta(days=1)
#: The week's letter leaves so long before the week ends at the latest.
BEFORE_THE_END = timedelta(hours=4)


def queue(
    practice_id: UUID,
    kind: MailKind,
    subject_id: UUID,
    to: str,
    *,
    by: Actor,
    at: datetime,
    patient_id: UUID | None = None,
    week_ends_at: datetime | None = None,
) -> Mail:
    """As `mail.queue`, to leave when this office's next e-mail does. Raises Invalid for an odd address."""
    row = mail.queue(practice_id, kind, subject_id, to, by=by, at=at, patient_id=patient_id)
    due = _next(row, at=at)
    if week_ends_at is not None:
        due = min(due, week_ends_at - BEFORE_THE_END)
    row.due_at = max(at, due)
    return row


def gather(row: Mail, belongs: Callable[[Mail], bool]) -> list[Mail]:
    """This e-mail and all that it carries from now on: what waits for the same office (`belongs`)."""
    others = _waiting(row.practice_id, row.to_address).where(
        Mail.id != row.id,
        or_(Mail.carried_by_id == row.id, (Mail.carried_by_id.is_(None)) & (Mail.tries == 0)),
    )
    found = db.session.scalars(others.order_by(Mail.created_at, Mail.id).with_for_update()).all()
    carried = [each for each in found if belongs(each)]
    for each in carried:
        each.carried_by_id, each.due_at = row.id, None
    return [row, *carried]


def _next(row: Mail, *, at: datetime) -> datetime:
    """With what waits, else by what left today; the weekly digest holds up nothing."""
    waiting = _waiting(row.practice_id, row.to_address).where(
        Mail.id != row.id, Mail.tries == 0, Mail.due_at.is_not(None)
    )
    other = db.session.scalars(waiting.order_by(Mail.due_at).limit(1)).first()
    if other is not None and other.due_at is not None:
        return other.due_at
    left = db.session.scalars(
        select(Mail.ended_at)
        .where(
            Mail.practice_id == row.practice_id,
            Mail.to_address == row.to_address,
            Mail.created_at > at - 2 * DAY,
            Mail.kind.in_((MailKind.REFERRAL_UPDATE, MailKind.OFFICE_ANSWER)),
            Mail.status == MailStatus.SENT,
            Mail.carried_by_id.is_(None),
            Mail.ended_at > at - DAY,
        )
        .order_by(Mail.ended_at)
    ).all()
    moments = [each for each in left if each is not None]
    if not moments:
        return at
    return moments[0] + (GAP if len(moments) == 1 else DAY)


def _waiting(practice_id: UUID, address: str) -> Select[Mail]:
    return select(Mail).where(
        Mail.practice_id == practice_id,
        Mail.to_address == address,
        Mail.kind.in_(KINDS),
        Mail.status == MailStatus.WAITING,
    )
