"""The queue of e-mails: a row now, sent later by a worker with nothing open. A claim is a lease; the words
are written by the kind's own writer at the claim, so that a link lives in memory alone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import or_, select, update

from app.core.db import db
from app.core.errors import Invalid
from app.core.settings import current_settings
from app.models.event import SYSTEM, Actor, record
from app.models.mail import Mail, MailKind, MailStatus
from app.models.practice import Practice
from messaging.mail import MailError

#: What reaches the practice's own people.
TO_STAFF = (MailKind.STAFF_LINK, MailKind.ON_CALL)
LEASE = timedelta(minutes=2)
#: How long each try that came to nothing puts off the next: about a day in all.
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 360, 720))
MOST_TRIES = len(PAUSES) + 1
_ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]+")
_LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Claim:
    """One e-mail that is this worker's to send; `tries` tells the claim apart."""

    practice_id: UUID
    mail_id: UUID
    tries: int


@dataclass(frozen=True, slots=True)
class Words:
    """What an e-mail says."""

    subject: str
    text: str


def is_set_up() -> bool:
    """Whether this installation can send e-mail at all."""
    return bool(current_settings().smtp_url)


def clean_address(text: str) -> str:
    """An e-mail address as stored. Raises Invalid for what is none."""
    address = text.strip()
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise Invalid("Write an e-mail address like office@example.org.", field="email")
    return address


def queue(
    practice_id: UUID,
    kind: MailKind,
    subject_id: UUID,
    to: str,
    *,
    by: Actor,
    at: datetime,
    patient_id: UUID | None = None,
) -> Mail:
    """Write the row; a worker sends it after the commit. Raises Invalid for an odd address."""
    made = Mail(
        practice_id=practice_id,
        kind=kind,
        subject_id=subject_id,
        patient_id=patient_id,
        to_address=clean_address(to),
        status=MailStatus.WAITING,
        created_at=at,
        due_at=at,
        tries=0,
    )
    db.session.add(made)
    record(made, "mail.queued", by=by, at=at, mail_kind=kind.value, about=str(subject_id))
    return made


def cancel_waiting(practice_id: UUID, kind: MailKind, subject_id: UUID, *, at: datetime) -> int:
    """Take back what has not left. Returns how many."""
    rows = db.session.scalars(
        select(Mail).where(
            Mail.practice_id == practice_id,
            Mail.kind == kind,
            Mail.subject_id == subject_id,
            Mail.status == MailStatus.WAITING,
        )
    ).all()
    for row in rows:
        row.status, row.due_at, row.ended_at = MailStatus.CANCELLED, None, at
        for other in carried_by(row):
            other.carried_by_id, other.due_at = None, at
    return len(rows)


def carried_by(row: Mail) -> list[Mail]:
    """What another e-mail says in the place of its own."""
    rows = select(Mail).where(Mail.practice_id == row.practice_id, Mail.carried_by_id == row.id)
    return list(db.session.scalars(rows.order_by(Mail.created_at, Mail.id)))


def due(*, at: datetime, limit: int = 20) -> list[tuple[UUID, UUID, datetime]]:
    """(practice, id, when it was due), the longest due first. A practice whose sending is paused still
    writes to its own staff."""
    rows = db.session.execute(
        select(Mail.practice_id, Mail.id, Mail.due_at)
        .join(Practice, Practice.id == Mail.practice_id)
        .where(
            Mail.status == MailStatus.WAITING,
            Mail.due_at <= at,
            or_(Practice.is_sending.is_(True), Mail.kind.in_(TO_STAFF)),
            Practice.restored_from.is_(None),
        )
        .order_by(Mail.due_at, Mail.id)
        .limit(limit)
    )
    return [(practice_id, id_, due_at) for practice_id, id_, due_at in rows if due_at is not None]


def claim(practice_id: UUID, mail_id: UUID, seen: datetime, *, at: datetime) -> Claim | None:
    """Take one that is due; None when another worker was faster."""
    tries = db.session.scalar(
        update(Mail)
        .where(
            Mail.practice_id == practice_id,
            Mail.id == mail_id,
            Mail.status == MailStatus.WAITING,
            Mail.due_at == seen,
        )
        .values(due_at=at + LEASE, tries=Mail.tries + 1)
        .returning(Mail.tries)
        .execution_options(synchronize_session=False)
    )
    return None if tries is None else Claim(practice_id, mail_id, tries)


def settle(claimed: Claim, error: MailError | None, *, at: datetime) -> Mail | None:
    """Record what a try came to; None when the claim had lapsed. A retry waits a growing while."""
    row = db.session.scalars(
        select(Mail)
        .where(
            Mail.practice_id == claimed.practice_id,
            Mail.id == claimed.mail_id,
            Mail.status == MailStatus.WAITING,
            Mail.tries == claimed.tries,
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    if error is not None and error.retryable and claimed.tries < MOST_TRIES:
        row.due_at, row.reason = at + PAUSES[claimed.tries - 1], error.detail
        return row
    final = MailStatus.FAILED if error is not None and error.retryable else MailStatus.REFUSED
    end(row, MailStatus.SENT if error is None else final, at=at)
    row.reason = error.detail if error else None
    return row


def end(row: Mail, status: MailStatus, *, at: datetime) -> None:
    row.status, row.due_at, row.ended_at = status, None, at
    record(row, f"mail.{status.value}", by=SYSTEM, at=at, mail_kind=row.kind.value)


def message_id(row: Mail) -> str:
    """The same for every try of one row."""
    host = urlsplit(current_settings().public_url).hostname or "localhost"
    return f"{row.id}@{host}"
