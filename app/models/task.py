"""Tasks: the board's cards. Status words are FHIR's; overdue is a time, not a status; a completed task
has an outcome and the grade of its evidence. Rules about one task live here, stories in actions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, belongs_to, of_practice, refers
from app.core.errors import Conflict
from app.models.care_team import CareTeam
from app.models.patient import Patient
from app.models.user import User


class TaskType(StrEnum):
    MEDICATION_RECEIVED = "medication_received"
    APPOINTMENT_KEPT = "appointment_kept"
    REFERRAL_FOLLOW_UP = "referral_follow_up"
    HOSPITAL_DISCHARGE = "hospital_discharge"
    NO_SHOW = "no_show"


class TaskStatus(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered_in_error"


class Evidence(StrEnum):
    PARTNER_CONFIRMED = "partner_confirmed"
    PATIENT_CONFIRMED = "patient_confirmed"
    CAREGIVER_CONFIRMED = "caregiver_confirmed"
    DOCUMENT = "document"
    STAFF_ATTESTED = "staff_attested"
    NOT_VERIFIED = "not_verified"


class Needs(StrEnum):
    """What a person must do next; None while the ladder climbs by itself."""

    CALL = "call"
    CALL_CAREGIVER = "call_caregiver"
    ASK_PARTNER = "ask_partner"
    REVIEW_REPLY = "review_reply"
    SOLVE_BARRIER = "solve_barrier"
    OTHER_CHANNEL = "other_channel"
    UPDATE_PCP = "update_pcp"
    SETTLE = "settle"
    FIX_ADDRESS = "fix_address"
    NEXT_STEP = "next_step"
    LEAD_DECISION = "lead_decision"


OPEN_STATUSES = (
    TaskStatus.REQUESTED,
    TaskStatus.ACCEPTED,
    TaskStatus.IN_PROGRESS,
    TaskStatus.ON_HOLD,
)
#: As SQL, for partial indexes (the literal list keeps the planner's match exact).
OPEN_SQL = "status IN ('requested', 'accepted', 'in_progress', 'on_hold')"
#: The open columns of the board: each has an index of its own, and a task is in one of them.
COLUMN_SQL = {
    "todo": "status IN ('requested', 'accepted')",
    "doing": "status = 'in_progress'",
    "hold": "status = 'on_hold'",
}
#: A person has to do something about it.
NEEDS_SQL = f"(needs IS NOT NULL OR stuck_reason IS NOT NULL) AND {OPEN_SQL}"
WAKES_SQL = "wakes_at IS NOT NULL AND status = 'on_hold'"
URGENT_SQL = f"priority = 'urgent' AND {OPEN_SQL}"


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class TaskClosed(Conflict):
    """This task is already closed. Take the completion back first."""


class Task(Row):
    __tablename__ = "task"
    __table_args__ = (
        of_practice(),
        refers("patient_id", "patient"),
        refers("owner_id", "user_account"),
        refers("covering_for_id", "user_account"),
        refers("follows_id", "task"),
        refers("care_team_id", "care_team"),
        refers("protocol_id", "protocol"),
        refers("referral_id", "referral"),
        refers("appointment_id", "appointment"),
        refers("medication_order_id", "medication_order"),
        UniqueConstraint("practice_id", "source_key"),
        Index("ix_task_board", "practice_id", "owner_id", "due_at", "id", **_where(OPEN_SQL)),
        Index("ix_task_team", "practice_id", "care_team_id", "due_at", "id", **_where(OPEN_SQL)),
        Index("ix_task_open_patient", "practice_id", "patient_id", **_where(OPEN_SQL)),
        Index("ix_task_step_due", "next_step_at", "id", **_where(f"next_step_at IS NOT NULL AND {OPEN_SQL}")),
        Index("ix_task_overdue_due", "due_at", "id", **_where(f"overdue_since IS NULL AND {OPEN_SQL}")),
        Index("ix_task_covered", "practice_id", "covering_for_id", **_where("covering_for_id IS NOT NULL")),
        Index("ix_task_waits", "practice_id", "waits_for", **_where("waits_for IS NOT NULL")),
        Index("ix_task_lane", "practice_id", "due_at", "id", **_where(OPEN_SQL)),
        *(Index(f"ix_task_{name}", "practice_id", "due_at", "id", **_where(sql))
          for name, sql in COLUMN_SQL.items()),
        Index("ix_task_urgent", "practice_id", "due_at", "id", **_where(URGENT_SQL)),
        Index("ix_task_needs", "practice_id", "due_at", **_where(NEEDS_SQL)),
        Index("ix_task_referral", "practice_id", "referral_id", **_where(OPEN_SQL)),
        Index("ix_task_wakes", "wakes_at", "id", **_where(WAKES_SQL)),
        Index("ix_task_done", "practice_id", "status", "completed_at"),
        Index(None, "practice_id", "patient_id", "created_at"),
    )  # fmt: skip
    change_kind: ClassVar[str | None] = "task"

    type: Mapped[TaskType]
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.REQUESTED)
    priority: Mapped[str] = mapped_column(default="routine")
    patient_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    #: Whose it is while they are away; then since when it lies with the owner, or with the pool.
    covering_for_id: Mapped[UUID | None]
    covered_since: Mapped[datetime | None]
    care_team_id: Mapped[UUID | None]
    #: What it is about, for people and placeholders: medication_label, appointment_place, …
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source_key: Mapped[str | None]
    #: A label of what must be handled with care, and the goal of the care plan it serves.
    sensitivity: Mapped[str | None]
    goal: Mapped[str | None]
    #: The closed task it goes on from: somebody said later that it ended otherwise.
    follows_id: Mapped[UUID | None]
    referral_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    medication_order_id: Mapped[UUID | None]

    #: When what it is about reached the practice: its days count from here. None on rows older than this.
    received_at: Mapped[datetime | None]
    #: Intent: the local day; `due_at` is derived from it in `due_zone`.
    due_on: Mapped[date]
    due_zone: Mapped[str]
    due_rule: Mapped[str] = mapped_column(default="end_of_day")
    due_at: Mapped[datetime]
    overdue_since: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]

    protocol_id: Mapped[UUID]
    #: Index of the next step of the protocol; how often the ladder was restarted: part of send keys.
    step: Mapped[int] = mapped_column(default=0)
    occurrence: Mapped[int] = mapped_column(default=0)
    next_step_at: Mapped[datetime | None]
    #: On hold: when it goes on by itself; None: somebody lets it.
    wakes_at: Mapped[datetime | None]
    #: Another task of the patient whose open question this one waits for; a hint, never a link.
    waits_for: Mapped[UUID | None]
    #: When the first ask was written, so that a reminder picks another time of day.
    asked_at: Mapped[datetime | None]
    #: A sweep could not step it.
    stuck_reason: Mapped[str | None]

    needs: Mapped[Needs | None]
    needs_since: Mapped[datetime | None]
    barrier: Mapped[str | None]
    #: Referral: when the patient and the team were in touch.
    connected_at: Mapped[datetime | None]

    outcome: Mapped[str | None]
    evidence: Mapped[Evidence | None]
    from_shared_phone: Mapped[bool] = mapped_column(default=False)
    status_reason: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    completed_by_kind: Mapped[str | None]
    completed_by_id: Mapped[UUID | None]
    was_late: Mapped[bool] = mapped_column(default=False)
    #: How long after its time it was done; None while open and when it was in time.
    late_seconds: Mapped[int | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    patient: Mapped[Patient] = belongs_to("Task.patient_id", "Patient")
    owner: Mapped[User | None] = belongs_to("Task.owner_id", "User")
    covering_for: Mapped[User | None] = belongs_to("Task.covering_for_id", "User")
    care_team: Mapped[CareTeam | None] = belongs_to("Task.care_team_id", "CareTeam")

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.overdue_since is not None

    def check_open(self) -> None:
        if not self.is_open:
            raise TaskClosed

    def need(self, what: Needs | None, *, at: datetime) -> None:
        """Ask a person to act next (or nobody: None); the wait starts when the need changes."""
        if what is not self.needs:
            self.needs, self.needs_since = what, at if what else None
        self.updated_at = at

    def stop_ladder(self) -> None:
        """No further automated step."""
        self.next_step_at = self.waits_for = None

    def close(self, status: TaskStatus, *, outcome: str, at: datetime) -> None:
        """Leave the board in a final status. The caller sets evidence and who."""
        self.check_open()
        self.status, self.outcome = status, outcome
        self.completed_at = self.updated_at = at
        self.judge(at)
        self.needs = self.needs_since = None
        self.stop_ladder()

    def judge(self, done_at: datetime) -> None:
        """In time or late, and by how much. A deadline is over from its first late instant on."""
        self.was_late = done_at >= self.due_at
        late_by = int((done_at - self.due_at).total_seconds())
        self.late_seconds = late_by if self.was_late else None

    def reopen(self, *, at: datetime) -> None:
        """Take a closing back: the card returns, the ladder stays where it was."""
        if self.is_open:
            raise Conflict("This task is open already.")
        self.status = TaskStatus.IN_PROGRESS
        self.outcome = self.evidence = self.status_reason = None
        self.completed_at = self.completed_by_kind = self.completed_by_id = None
        self.from_shared_phone = self.was_late = False
        self.late_seconds = None
        self.updated_at = at
