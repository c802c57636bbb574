"""Work that another system sends over the API: whose it is, and one door for all its kinds."""

from datetime import datetime
from typing import Any

from app import access
from app.actions import work
from app.api.v1.exchange import check_named
from app.api.v1.schemas_work import OfPatient
from app.models.patient import Patient
from app.models.sent_work import Outcome, SentWork
from app.models.task import TaskType
from app.models.viewer import Viewer
from app.queries.named_patients import find_one


def patient_of(by: Viewer, body: OfPatient) -> Patient:
    """The patient a body names. Raises NotFound, or Invalid for a label that fits nobody."""
    if body.patient_id is not None:
        return access.patient_for(by, body.patient_id, through="api")
    found = find_one(by, body.patient or "")
    access.seen(by, [found.id], through="api")
    return found


def take_in(
    by: Viewer,
    body: OfPatient,
    source_id: str,
    kind: TaskType,
    said: dict[str, Any],
    *,
    at: datetime,
    as_task: bool = False,
) -> Outcome:
    """Make, change or leave alone. Raises Invalid with its field, Conflict for another patient's id."""
    check_named(by, user_id=said.get("owner_id"))
    sent = SentWork(source_id, patient_of(by, body), kind, **said)
    known = work.Known(by.practice_id)
    if as_task:
        known.load_tasks([source_id])
    else:
        known.load([(kind, source_id)])
    return work.take_in(sent, known, by=by.actor, at=at, as_task=as_task)
