"""The touchpoint ledger: insert-only rows, one per dated act for a patient (triggers refuse anything
else). What comes later — seal, attestation, free text, served tasks — lives in tables of its own."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice, refers
from app.core.crypto import EncryptedText
from app.value.compositions import CURRENT


class ActorKind(StrEnum):
    HUMAN = "human"
    SYSTEM = "system"
    PATIENT = "patient"
    CAREGIVER = "caregiver"
    PARTNER = "partner"


class MinutesSource(StrEnum):
    NONE = "none"
    TIMER = "timer"
    MANUAL = "manual"
    IMPORTED = "imported"


class Touchpoint(Row):
    """One dated act by one person (or the system) for one patient, with the context of that moment."""

    __tablename__ = "touchpoint"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("message_id", "message"),
        refers("conversation_id", "conversation"),
        refers("supersedes_id", "touchpoint"),
        refers("consent_id", "consent"),
        UniqueConstraint("practice_id", "source_kind", "source_id"),
        UniqueConstraint("practice_id", "supersedes_id"),
        CheckConstraint("ended_at >= started_at", "time_runs_forward"),
        CheckConstraint("seconds >= 0 AND seconds <= 86400", "plausible_time"),
        CheckConstraint("actor_kind = 'human' OR seconds = 0", "only_people_have_minutes"),
        Index(None, "practice_id", "started_at", "id"),
        Index(None, "practice_id", "patient_id", "started_at"),
    )
    change_kind: ClassVar[str | None] = "touchpoint"
    is_written_once: ClassVar[bool] = True

    #: Which rules made the row and which fields its seal commits to (app/value/compositions).
    composition: Mapped[int] = mapped_column(default=CURRENT, server_default="1")
    patient_id: Mapped[UUID]
    #: Unique by source: one text, one call, one update can never count twice.
    source_kind: Mapped[str]
    source_id: Mapped[str]
    message_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    time_zone: Mapped[str]
    #: Creditable seconds; always 0 for automated rows.
    seconds: Mapped[int] = mapped_column(default=0)
    minutes_source: Mapped[MinutesSource] = mapped_column(default=MinutesSource.NONE)
    recorded_at: Mapped[datetime]
    late_entry_reason: Mapped[str | None]

    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    actor_npi: Mapped[str | None]
    actor_role: Mapped[str | None]
    actor_credential: Mapped[str | None]
    #: own or contracted
    employer: Mapped[str] = mapped_column(default="own")
    supervisor_id: Mapped[UUID | None]

    contact_party: Mapped[str] = mapped_column(default="patient")
    relationship: Mapped[str | None]
    channel: Mapped[str]
    direction: Mapped[str]
    is_synchronous: Mapped[bool] = mapped_column(default=False)
    is_interactive: Mapped[bool] = mapped_column(default=False)
    attempt_number: Mapped[int | None]
    #: reached, left_message, no_answer, wrong_number, declined, …
    contact_outcome: Mapped[str | None]
    activity_type: Mapped[str]
    programs: Mapped[list[str]] = mapped_column(default=list)
    goal: Mapped[str | None]
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)

    payer: Mapped[str | None]
    member_id: Mapped[str | None]
    program: Mapped[str | None]
    subgroup: Mapped[str | None]
    care_team: Mapped[str | None]
    setting: Mapped[str]
    is_hospice: Mapped[bool] = mapped_column(default=False)
    sensitivity: Mapped[str | None]
    consent_id: Mapped[UUID | None]
    segments: Mapped[int | None]
    entered_by_id: Mapped[UUID | None]
    #: The row this one corrects; with `void_reason` it only takes it back.
    supersedes_id: Mapped[UUID | None]
    void_reason: Mapped[str | None]
    #: Salts of the fields' commitments are derived from it (app.value.commitments).
    salt: Mapped[bytes] = mapped_column(LargeBinary, default=lambda: secrets.token_bytes(32))


#: Work within the practice (a timer, time by hand) has this channel: it has minutes and is no contact.
INTERNAL = "internal"


class TouchpointTask(Base):
    """The tasks one touchpoint served; its minutes still count once."""

    __tablename__ = "touchpoint_task"
    __table_args__ = (
        refers("touchpoint_id", "touchpoint"),
        refers("task_id", "task"),
        Index(None, "practice_id", "task_id"),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    touchpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)


class TouchpointText(Base):
    """Free text with a salt of its own: outside the chain, so that both can be deleted lawfully."""

    __tablename__ = "touchpoint_text"
    __table_args__ = (refers("touchpoint_id", "touchpoint"),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    touchpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    summary: Mapped[str | None] = mapped_column(EncryptedText)


class TouchpointSeal(Base):
    """The row's place in the practice's hash chain: gapless `seq`, hash of its commitments and the
    hash before it."""

    __tablename__ = "touchpoint_seal"
    __table_args__ = (UniqueConstraint("practice_id", "touchpoint_id"),)

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: No key of its own: the seal outlives a row whose time was over (app.models.retention).
    touchpoint_id: Mapped[UUID]
    previous_hash: Mapped[str]
    row_hash: Mapped[str]
    #: Commitment of the free text as it was when sealed; the text itself may be gone.
    text_commitment: Mapped[str]
    #: The row's place in the change feed: where the sealer goes on.
    change_seq: Mapped[int]
    sealed_at: Mapped[datetime]


#: Which word takes back which; the nth of one takes back the nth of the other.
TAKES_BACK = {"attested": "attestation_withdrawn", "approved": "approval_withdrawn"}


class TouchpointAttestation(Row):
    """A person vouches for a row (attested), a lead approves it (approved), or either word is taken back."""

    __tablename__ = "touchpoint_attestation"
    __table_args__ = (
        of_practice(),
        refers("touchpoint_id", "touchpoint"),
        refers("by_id", "user_account"),
        UniqueConstraint("practice_id", "touchpoint_id", "kind", "nth"),
    )

    touchpoint_id: Mapped[UUID]
    #: attested, approved, and attestation_withdrawn, approval_withdrawn: the nth of one takes the nth back.
    kind: Mapped[str]
    nth: Mapped[int] = mapped_column(default=1, server_default="1")
    by_id: Mapped[UUID]
    at: Mapped[datetime]
