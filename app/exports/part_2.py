"""Which records under 42 CFR Part 2 may leave: those of patients whose consent to hand them on holds today
(§2.31, §2.33). A record is under Part 2 when its own label says so, or what it belongs to is labelled now.
What is labelled is read once per statement, beside it: inside, it would be asked row by row."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, and_, exists, or_, select, union_all
from sqlalchemy.orm import aliased

from app.models.consent import PART_2_SHARING, Consent, ConsentDecision
from app.models.message import Message
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.sensitivity import Sensitivity
from app.models.task import Task
from app.models.touchpoint import Touchpoint, TouchpointTask


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is labelled in a practice, and who agreed."""

    patients: CTE
    tasks: CTE
    contacts: CTE
    messages: CTE
    referrals: CTE
    agreed: CTE

    def rows(self) -> ColumnElement[bool]:
        """The ledger's rows that may leave."""
        free = and_(
            or_(Touchpoint.sensitivity.is_(None), Touchpoint.sensitivity != Sensitivity.PART_2),
            Touchpoint.id.not_in(select(self.contacts.c.id)),
            or_(
                Touchpoint.message_id.is_(None),
                Touchpoint.message_id.not_in(select(self.messages.c.id)),
            ),
        )
        return self._may(free, Touchpoint.patient_id)

    def of_tasks(self) -> ColumnElement[bool]:
        return self._may(Task.id.not_in(select(self.tasks.c.id)), Task.patient_id)

    def of_referrals(self) -> ColumnElement[bool]:
        """A referral is under Part 2 with any of its tasks."""
        return self._may(Referral.id.not_in(select(self.referrals.c.id)), Referral.patient_id)

    def _may(self, free: ColumnElement[bool], patient_id: Any) -> ColumnElement[bool]:
        unlabelled = patient_id.not_in(select(self.patients.c.id))
        return or_(and_(free, unlabelled), patient_id.in_(select(self.agreed.c.id)))


@lru_cache(maxsize=64)
def leaving(practice_id: UUID, today: date) -> Leaving:
    """The conditions for one practice and day; the same object each time, so that one statement may use
    them in several places."""
    labelled = (Task.practice_id == practice_id, Task.sensitivity == Sensitivity.PART_2)
    tasks = select(Task.id.label("id")).where(*labelled).cte("part_2_tasks")
    serving = select(TouchpointTask.touchpoint_id.label("id")).where(
        TouchpointTask.practice_id == practice_id,
        TouchpointTask.task_id.in_(select(tasks.c.id)),
    )
    # A row that takes another back serves no task itself: it is under Part 2 with the one it takes back.
    reversing = select(Touchpoint.id.label("id")).where(
        Touchpoint.practice_id == practice_id, Touchpoint.supersedes_id.in_(serving)
    )
    contacts = union_all(serving, reversing)
    messages = select(Message.id.label("id")).where(
        Message.practice_id == practice_id, Message.sensitivity == Sensitivity.PART_2,
        Message.sensitivity.is_not(None),  # along the small index of those
    )  # fmt: skip
    referrals = select(Task.referral_id.label("id")).where(*labelled, Task.referral_id.is_not(None))
    patients = select(Patient.id.label("id")).where(
        Patient.practice_id == practice_id, Patient.sensitivity == Sensitivity.PART_2
    )
    return Leaving(
        patients.cte("part_2_patients"), tasks, contacts.cte("part_2_contacts"),
        messages.cte("part_2_messages"), referrals.cte("part_2_referrals"), _agreed(practice_id, today),
    )  # fmt: skip


def _agreed(practice_id: UUID, today: date) -> CTE:
    """Patients whose newest word is a yes that has not run out."""
    newer = aliased(Consent)
    later = or_(
        newer.recorded_at > Consent.recorded_at,
        and_(newer.recorded_at == Consent.recorded_at, newer.id > Consent.id),
    )
    rows = select(Consent.patient_id.label("id")).where(
        Consent.practice_id == practice_id, Consent.patient_id.is_not(None),
        Consent.purpose == PART_2_SHARING, Consent.decision == ConsentDecision.GIVEN,
        or_(Consent.expires_on.is_(None), Consent.expires_on >= today),
        ~exists().where(
            newer.practice_id == Consent.practice_id, newer.patient_id == Consent.patient_id,
            newer.purpose == PART_2_SHARING, later,
        ),
    )  # fmt: skip
    return rows.cte("part_2_agreed")
