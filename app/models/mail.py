"""E-mails, one row each: whom for, what about, how far. A worker writes and sends them;
what they say is made at that moment, so that no link is ever stored. They hold no health information."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers

_WAITING = text("status = 'waiting'")
_CARRIED = text("carried_by_id IS NOT NULL")


class MailKind(StrEnum):
    """What it is about; `actions.mail_words` writes each."""

    #: A letter about one referral waits behind a link; `subject_id` is the letter.
    REFERRAL_UPDATE = "referral_update"
    #: The week's digest of one office; `subject_id` is the referrer.
    OFFICE_DIGEST = "office_digest"
    #: Somebody answered the office's question; `subject_id` is the referral.
    OFFICE_ANSWER = "office_answer"
    #: A community organization is asked to help; `subject_id` is the ask.
    ORGANIZATION_ASK = "organization_ask"
    #: A link ran out while what it opened goes on; `subject_id` is the link that ran out.
    FRESH_LINK = "fresh_link"
    #: Somebody joins the staff, or chooses a new password; `subject_id` is the staff link.
    STAFF_LINK = "staff_link"
    #: Urgent words came in and wait; `subject_id` is the thread.
    ON_CALL = "on_call"


class MailStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    #: The other side will never take it, now or in a bounce that came back later.
    REFUSED = "refused"
    #: It could not be handed over in all the tries there are.
    FAILED = "failed"
    #: Taken back, or nothing to say any more.
    CANCELLED = "cancelled"


class Mail(Row):
    """`status` other than waiting is final, but for a bounce after sent."""

    __tablename__ = "mail"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        Index("ix_mail_due", "due_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index(None, "practice_id", "kind", "subject_id"),
        Index("ix_mail_address", "practice_id", "to_address", "created_at"),
        Index("ix_mail_carried", "practice_id", "carried_by_id",
              sqlite_where=_CARRIED, postgresql_where=_CARRIED),
    )  # fmt: skip

    kind: Mapped[MailKind]
    subject_id: Mapped[UUID]
    #: Whose record it is about, for the trail; nothing of it stands in the e-mail.
    patient_id: Mapped[UUID | None]
    to_address: Mapped[str]
    status: Mapped[MailStatus] = mapped_column(default=MailStatus.WAITING)
    created_at: Mapped[datetime]
    #: The e-mail to the same office that says this too; it has then no moment of its own.
    carried_by_id: Mapped[UUID | None]
    #: When it is tried next, or when a try that nobody ended has lapsed.
    due_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    #: The server's code, or the kind of trouble.
    reason: Mapped[str | None]
