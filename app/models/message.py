"""Messages, inbound and outbound. The message row is the queue: a queued row is claimed by epoch and
lease, sent with nothing open, and settled; `send_attempt` rows record each try."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.crypto import EncryptedText
from app.models.contact_point import PhoneNumber
from app.models.patient import Patient
from app.models.practice import Line
from messaging.delivery import MessageStatus, may_move
from messaging.gate_facts import Purpose
from messaging.lanes import Lane

_KEYS = re.compile(r"(/(?:portal/in|partner)/)\S+")
#: The carrier may have it in its queue.
_MAY_BE_THERE = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.IN_DOUBT)


#: How the send keys of texts begin that carry a partner's link; the ask it is about follows.
PARTNER_LINK = "partner-link:"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Channel(StrEnum):
    SMS = "sms"
    PORTAL = "portal"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Message(Row):
    """One message. `asked` is the open question it poses (see `app.models.question`)."""

    __tablename__ = "message"
    __table_args__ = (
        of_practice(),
        refers("conversation_id", "conversation"),
        refers("patient_id", "patient"),
        refers("related_person_id", "related_person"),
        refers("line_id", "line"),
        refers("phone_number_id", "phone_number"),
        refers("task_id", "task"),
        refers("author_id", "user_account"),
        refers("retry_of_id", "message"),
        UniqueConstraint("practice_id", "send_key"),
        UniqueConstraint("practice_id", "provider_id"),
        Index(None, "practice_id", "conversation_id", "created_at", "id"),
        Index(None, "practice_id", "patient_id", "created_at"),
        Index(None, "practice_id", "phone_number_id", "created_at"),
        Index("ix_message_due", "practice_id", "lane", "due_at", "id",
              **_where("status = 'queued'")),
        Index("ix_message_leased", "lease_until", "id", **_where("status = 'sending'")),
        # One create in flight per line and number: order is kept, and a doubt is about one text only.
        Index("uq_message_in_flight", "practice_id", "line_id", "phone_number_id", unique=True,
              **_where("status = 'sending'")),
        Index("ix_message_in_doubt", "status_at", "id", **_where("status = 'in_doubt'")),
        # Texts that did not arrive and that nobody has dealt with (see app.models.undelivered).
        Index("ix_message_undelivered", "practice_id", "status_at", "id",
              **_where("dealt_with_at IS NULL AND status IN ('failed', 'expired', 'in_doubt')")),
        # Everything the claim needs to know of the carrier's queue stands in the index.
        Index("ix_message_at_carrier", "practice_id", "at_carrier_until", "line_id", "segments",
              **_where("at_carrier_until IS NOT NULL")),
        Index("ix_message_retry", "practice_id", "retry_of_id",
              **_where("retry_of_id IS NOT NULL")),
        Index("ix_message_held", "practice_id", "created_at", "id",
              **_where("held_reason IS NOT NULL")),
        Index("ix_message_task", "practice_id", "task_id", **_where("task_id IS NOT NULL")),
        Index("ix_message_labelled", "practice_id", "id", **_where("sensitivity IS NOT NULL")),
        Index("ix_message_open_question", "practice_id", "patient_id",
              **_where("asked IS NOT NULL AND answered_at IS NULL")),
    )  # fmt: skip
    change_kind: ClassVar[str | None] = "message"

    conversation_id: Mapped[UUID]
    patient_id: Mapped[UUID | None]
    #: Set when a caregiver wrote it or it went to one.
    related_person_id: Mapped[UUID | None]
    direction: Mapped[Direction]
    channel: Mapped[Channel]
    body: Mapped[str] = mapped_column(EncryptedText)
    #: Keyed digest of the body as sent, to recognise it in the carrier's list.
    body_digest: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    #: Its reader's language, when the wording had no approved words in that one.
    wanted_language: Mapped[str | None]
    line_id: Mapped[UUID | None]
    phone_number_id: Mapped[UUID | None]
    #: Member of staff who wrote it; None = automated or the patient.
    author_id: Mapped[UUID | None]
    #: messaging.gate.Purpose
    purpose: Mapped[str] = mapped_column(default="care_navigation")
    is_automated: Mapped[bool] = mapped_column(default=False)
    #: messaging.lanes.Lane: what leaves first when the line has more than its pace allows.
    lane: Mapped[int] = mapped_column(default=Lane.CARE, server_default="1")
    #: Answers what the person just did: leaves at once, outside quiet hours and caps.
    solicited: Mapped[bool] = mapped_column(default=False)
    #: May be sent a second time if the carrier's answer was lost.
    repeatable: Mapped[bool] = mapped_column(default=False)
    confirms_opt_out: Mapped[bool] = mapped_column(default=False)
    #: `task:step:occurrence`, `list:patient`, or the caller's Idempotency-Key.
    send_key: Mapped[str]
    template_key: Mapped[str | None]
    #: The version of that wording it was written from; 0 = the words that come with Touchline.
    template_version: Mapped[int | None]

    status: Mapped[MessageStatus]
    status_at: Mapped[datetime]
    created_at: Mapped[datetime]
    send_after: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    #: When the outbox looks at it next: send_after, a gate's wait, or a back-off.
    due_at: Mapped[datetime | None]
    claim_epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    #: Counts as waiting in the carrier's own queue until then; None = it is not there, or not any more.
    at_carrier_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[str | None]
    segments: Mapped[int | None]
    error_code: Mapped[int | None]
    #: The gate's last word: rule, facts, local time.
    verdict: Mapped[dict[str, Any] | None]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    #: A person tried a lost text again: this is the new one, that the lost one.
    retry_of_id: Mapped[UUID | None]
    #: It did not arrive, and somebody has seen to that.
    dealt_with_at: Mapped[datetime | None]

    #: A person marked it as handled with care (see app.models.sensitivity), task or no task.
    sensitivity: Mapped[str | None]
    task_id: Mapped[UUID | None]
    asked: Mapped[dict[str, Any] | None]
    answered_at: Mapped[datetime | None]
    #: Inbound: what the rules made of it (kind, key, task), for the thread and the audit.
    understood: Mapped[dict[str, Any] | None]
    #: Inbound: held until the carrier confirms it (odd or unknown webhook keys).
    held_reason: Mapped[str | None]
    #: Not written any more: `app.models.media` has the files. Goes in a later release.
    media: Mapped[list[str]] = mapped_column(default=list)

    patient: Mapped[Patient | None] = belongs_to("Message.patient_id", "Patient")
    line: Mapped[Line | None] = belongs_to("Message.line_id", "Line")
    phone_number: Mapped[PhoneNumber | None] = belongs_to("Message.phone_number_id", "PhoneNumber")

    @property
    def is_for_other(self) -> bool:
        """Whether it goes to somebody else than a known patient: a caregiver, or a number alone."""
        return self.patient_id is None or self.related_person_id is not None

    @property
    def is_inbound(self) -> bool:
        return self.direction is Direction.INBOUND

    def move(self, status: MessageStatus, *, at: datetime) -> bool:
        """Take a legal step of the delivery state machine; False when the move is not allowed."""
        if not may_move(self.status, status):
            return False
        self.status, self.status_at = status, at
        if status is MessageStatus.SENT:
            self.sent_at = self.sent_at or at
        if status is MessageStatus.DELIVERED:
            self.delivered_at = self.delivered_at or at
        if status not in _MAY_BE_THERE:
            self.at_carrier_until = None
        return True

    @property
    def shown_body(self) -> str:
        """The body as anyone but its reader may see it: a sign-in link opens the patient's portal, a
        partner's link what it was made for."""
        is_key = self.purpose == Purpose.SIGN_IN.value or self.is_partner_link
        return _KEYS.sub(r"\1…", self.body) if is_key else self.body

    @property
    def is_partner_link(self) -> bool:
        """Ours, to a community organization, with a link in it."""
        return self.send_key.startswith(PARTNER_LINK) and not self.is_inbound

    @property
    def withheld_reason(self) -> str | None:
        withheld = self.status is MessageStatus.WITHHELD and self.verdict
        return str(self.verdict["reason"]) if withheld and self.verdict else None


class SendAttempt(Row):
    """One request that was about to leave: committed before the first byte, closed with its outcome."""

    __tablename__ = "send_attempt"
    __table_args__ = (
        of_practice(),
        refers("message_id", "message"),
        UniqueConstraint("practice_id", "message_id", "epoch"),
        Index("ix_send_attempt_ended", "practice_id", "ended_at"),
        Index("ix_send_attempt_provider", "practice_id", "provider_id",
              **_where("provider_id IS NOT NULL")),
    )  # fmt: skip
    is_written_once: ClassVar[bool] = True

    message_id: Mapped[UUID]
    epoch: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: The carrier's id for this very request; the message itself keeps the first it heard of.
    provider_id: Mapped[str | None]
    #: How many of the carrier's lists were read in vain for it, while in doubt.
    listings: Mapped[int] = mapped_column(default=0, server_default="0")
    #: accepted · not_accepted · refused · in_doubt
    outcome: Mapped[str | None]
    error_code: Mapped[int | None]


class MessageTemplate(Row):
    """A practice's own words in force by key and language: a copy of an approved `WordingVersion`."""

    __tablename__ = "message_template"
    __table_args__ = (of_practice(), UniqueConstraint("practice_id", "key", "language"))

    key: Mapped[str]
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    #: Offered to staff in the reply box.
    is_reply: Mapped[bool] = mapped_column(default=False)
    #: The number of the version these words are.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    updated_at: Mapped[datetime]
