"""The cases of reach and reply: attempts to speak with somebody, from the ledger with the context it froze;
and questions by text, by whether the patient wrote back. Each function is one statement."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.access import visible_messages, visible_touchpoints
from app.core.db import db
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.task import Task
from app.models.touchpoint import ActorKind, Touchpoint
from app.models.viewer import Viewer
from app.queries.credited import stands
from app.queries.measure_context import PATIENT, ContextOf, of_patient, zone_of
from app.queries.measure_filter import Span
from app.value.own_measures import OwnMeasure
from app.value.rates import Case, Verdict
from messaging.delivery import MessageStatus

#: Ways in which staff speak with somebody.
SPOKEN = ("phone", "video", "in_person")
ASKED = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.IN_DOUBT)


def reach_cases(viewer: Viewer, span: Span) -> Iterator[Case]:
    """A case per attempt that stands in the ledger. An attempt without an outcome is unknown."""
    rows = db.session.execute(
        visible_touchpoints(viewer)
        .with_only_columns(
            Touchpoint.id, Touchpoint.started_at, Touchpoint.contact_outcome, Touchpoint.care_team,
            Touchpoint.subgroup, Touchpoint.payer,
            func.coalesce(Patient.merged_into_id, Patient.id).label("person"), *PATIENT,
        )
        .join(Patient, of_patient(Touchpoint.patient_id, Touchpoint))
        .where(
            span.holds(Touchpoint.started_at), Touchpoint.actor_kind == ActorKind.HUMAN,
            Touchpoint.channel.in_(SPOKEN), Touchpoint.direction == "outbound",
            Touchpoint.contact_party.in_(("patient", "caregiver")),
            stands(),
        )
        .order_by(Touchpoint.started_at, Touchpoint.id)
    )  # fmt: skip
    for row in rows:
        outcome = row.contact_outcome
        verdict = (
            Verdict.MET if outcome == "reached" else Verdict.NOT_MET if outcome else Verdict.UNKNOWN
        )
        place = {
            "team": row.care_team, "subgroup": row.subgroup, "payer": row.payer,
            "month": span.month_of(row.started_at), "language": row.language,
            "zone": zone_of(row.time_zone, row.postal_code),
        }  # fmt: skip
        yield Case("touchpoint", str(row.id), str(row.person), row.started_at, verdict, place)


def _questions(viewer: Viewer, span: Span) -> Any:
    answer = aliased(Message)
    first = (
        select(func.min(answer.created_at))
        .where(
            answer.practice_id == Message.practice_id, answer.patient_id == Message.patient_id,
            answer.direction == Direction.INBOUND, answer.held_reason.is_(None),
            answer.created_at >= func.coalesce(Message.sent_at, Message.created_at),
        )
        .scalar_subquery()
    )  # fmt: skip
    return db.session.execute(
        visible_messages(viewer)
        .with_only_columns(
            Message.id, Message.status, Message.created_at, Message.sent_at,
            first.label("answered_at"), Task.care_team_id, Patient.id.label("patient_id"),
            func.coalesce(Patient.merged_into_id, Patient.id).label("person"), *PATIENT,
        )
        .join(Patient, of_patient(Message.patient_id, Message))
        .outerjoin(Task, and_(Task.practice_id == Message.practice_id, Task.id == Message.task_id))
        .where(
            span.holds(Message.created_at), Message.direction == Direction.OUTBOUND,
            Message.asked.is_not(None),
        )
        .order_by(Message.created_at, Message.id)
    )  # fmt: skip


def reply_cases(
    viewer: Viewer, span: Span, measure: OwnMeasure, context: ContextOf
) -> Iterator[Case]:
    """A case per question that left: answered when the patient wrote within the days. One that did not
    arrive belongs in no rate; one in doubt, or whose days are not over, is unknown."""
    for row in _questions(viewer, span):
        asked_at = row.sent_at or row.created_at
        last = asked_at + timedelta(days=measure.days)
        if row.status not in ASKED:
            verdict = Verdict.EXCLUDED
        elif row.answered_at is not None and row.answered_at <= min(last, span.at):
            verdict = Verdict.MET
        elif span.at <= last or row.status is MessageStatus.IN_DOUBT:
            verdict = Verdict.UNKNOWN
        else:
            verdict = Verdict.NOT_MET
        yield Case(
            "message", str(row.id), str(row.person), asked_at, verdict,
            context(row.patient_id, asked_at, tuple(row[-3:]), row.care_team_id),
        )  # fmt: skip
