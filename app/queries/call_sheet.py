"""What a call is logged against: the patient with their numbers, and every open task a call can serve."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from app.access import patient_for, visible_tasks, visible_touchpoints
from app.core.db import db
from app.models.contact_point import ContactPoint, NumberState, PhoneNumber
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient, RelatedPerson
from app.models.task import OPEN_STATUSES, Task
from app.models.touchpoint import Touchpoint
from app.models.viewer import Viewer
from app.queries.credited import stands
from messaging.calls import CallAnswer

#: So long a call that came in is offered.
LATELY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CallSheet:
    patient: Patient
    #: Each with the caregiver whose it is; None: the patient's own.
    numbers: list[tuple[PhoneNumber, RelatedPerson | None]]
    tasks: list[Task]
    #: Put through to us in the last hours, and written down by nobody yet.
    came_in: list[IncomingCall]


def call_sheet(viewer: Viewer, patient_id: UUID, *, at: datetime) -> CallSheet:
    """Five statements; raises NotFound for a patient not to be seen."""
    patient = patient_for(viewer, patient_id, through="call")
    tasks = visible_tasks(viewer).where(
        Task.patient_id == patient.id, Task.status.in_(OPEN_STATUSES)
    )
    tasks = tasks.options(joinedload(Task.owner)).order_by(Task.due_at, Task.id)
    numbers = (
        select(PhoneNumber, RelatedPerson)
        .join(ContactPoint, and_(
            ContactPoint.practice_id == PhoneNumber.practice_id,
            ContactPoint.phone_number_id == PhoneNumber.id))
        .outerjoin(RelatedPerson, and_(
            RelatedPerson.practice_id == ContactPoint.practice_id,
            RelatedPerson.id == ContactPoint.related_person_id))
        .where(
            ContactPoint.practice_id == viewer.practice_id, ContactPoint.patient_id == patient.id,
            ContactPoint.ended_at.is_(None), PhoneNumber.state != NumberState.BAD)
        .order_by(ContactPoint.rank, ContactPoint.id)
    )  # fmt: skip
    found: list[tuple[PhoneNumber, RelatedPerson | None]] = [
        (number, whose) for number, whose in db.session.execute(numbers)
    ]
    calls = _came_in(viewer, patient, at - LATELY)
    return CallSheet(patient, found, list(db.session.scalars(tasks)), calls)


def _came_in(viewer: Viewer, patient: Patient, since: datetime) -> list[IncomingCall]:
    told = visible_touchpoints(viewer).with_only_columns(Touchpoint.source_id).where(
        Touchpoint.patient_id == patient.id, Touchpoint.started_at >= since,
        Touchpoint.source_kind.in_(("incoming_call", "refiled_call")), stands(),
    )  # fmt: skip
    untaken = {source_id.partition(":")[0] for source_id in db.session.scalars(told)}
    calls = select(IncomingCall).where(
        IncomingCall.practice_id == viewer.practice_id, IncomingCall.patient_id == patient.id,
        IncomingCall.called_at >= since, IncomingCall.answer == CallAnswer.PUT_THROUGH,
    )  # fmt: skip
    newest = db.session.scalars(calls.order_by(IncomingCall.called_at.desc()).limit(5))
    return [each for each in newest if str(each.id) in untaken]
