"""Logging a call: one row of the ledger for all the tasks it served, with the minutes counted once, and
each task stepped by what was said about it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import answers, call_backs, ladder, message_route, taken_calls, touchpoints
from app.actions.touchpoint_contact import ACTIVITY_OF_TASK, Contact
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.models.contact_point import NumberState, PhoneNumber
from app.models.event import record
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient
from app.models.task import Evidence, Needs, Task
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from app.models.viewer import Viewer

OUTCOMES = ("reached", "left_message", "no_answer", "wrong_number", "declined")
#: Who was spoken to, and how sure that makes a yes.
PARTIES = {
    "patient": Evidence.PATIENT_CONFIRMED,
    "caregiver": Evidence.CAREGIVER_CONFIRMED,
    "pharmacy": Evidence.PARTNER_CONFIRMED,
    "community_organization": Evidence.PARTNER_CONFIRMED,
    "specialist": Evidence.PARTNER_CONFIRMED,
    "hospital": Evidence.PARTNER_CONFIRMED,
}


class Call(TypedDict, total=False):
    """A call as it is written down.

    `seconds` is the time to credit, by timer or typed in. `results` gives yes, no, not_yet or a
    barrier's key per task of a call that reached somebody; a task without one was only served.
    `number` is what was dialled (default: the patient's best). `call_id` makes a form safe to send twice.
    """

    task_ids: Required[Iterable[UUID]]
    outcome: Required[str]
    started_at: Required[datetime]
    seconds: Required[int]
    minutes_source: Required[MinutesSource]
    note: str | None
    results: Mapping[UUID, str] | None
    contact_party: str
    direction: str
    #: They called: the call that came in on a line, which is one contact with this one.
    incoming: IncomingCall | None
    number: PhoneNumber | None
    call_id: UUID | None
    #: Who interpreted: a name, or the service that was called.
    interpreter: str | None


def log_call(
    patient: Patient, *, by: Viewer, at: datetime, **call: Unpack[Call]
) -> Touchpoint | None:
    """Record one call with or for a patient and step every task it served.

    A `call_id` known already returns None and changes nothing. Raises Invalid for what cannot be true,
    NotFound for a task of somebody else, TaskClosed for a result on a closed task.
    """
    results = dict(call.get("results") or {})
    served = _served(patient, [*call["task_ids"], *results])
    _check(call, results, served)
    row = touchpoints.write(_contact(patient, call, results, served, by=by), by=by.actor, at=at)
    if row is None:
        return None
    if (came_in := call.get("incoming")) is not None:
        taken_calls.take_up(came_in, by=by.actor, at=at)
    record(row, "call.logged", by=by.actor, at=at, outcome=call["outcome"],
           attempt=row.attempt_number, task_ids=[str(task.id) for task in served])  # fmt: skip
    for task in served:
        _step(task, call, results.get(task.id), by=by, at=at)
    if call["outcome"] == "reached":
        call_backs.called_back(patient, by=by.actor, at=at)
    if call["outcome"] == "wrong_number":
        _mark_wrong(patient, call.get("number"), by=by, at=at)
    return row


def _served(patient: Patient, wanted: Sequence[UUID]) -> list[Task]:
    ids = set(wanted)
    found = db.session.scalars(
        select(Task)
        .where(
            Task.practice_id == patient.practice_id,
            Task.patient_id == patient.id,
            Task.id.in_(ids),
        )
        .order_by(Task.created_at, Task.id)
    ).all()
    if len(found) < len(ids):
        raise NotFound
    return list(found)


def _check(call: Call, results: Mapping[UUID, str], served: Sequence[Task]) -> None:
    if call["outcome"] not in OUTCOMES:
        raise Invalid("Choose how the call ended.", field="outcome")
    if call.get("contact_party", "patient") not in PARTIES:
        raise Invalid("Choose who you spoke with.", field="contact_party")
    if results and call["outcome"] != "reached":
        raise Invalid("Only a call that reached somebody has answers.", field="results")
    if call["minutes_source"] not in (
        MinutesSource.TIMER,
        MinutesSource.MANUAL,
        MinutesSource.NONE,
    ):
        raise Invalid("Minutes come from the timer or are typed in.", field="minutes")
    for task in served:
        if task.id in results:
            task.check_open()
            if results[task.id] not in answers.keys_of(task):
                raise Invalid("Choose what was said about each task.", field="results")


def _contact(
    patient: Patient, call: Call, results: Mapping[UUID, str], served: Sequence[Task], *, by: Viewer
) -> Contact:
    note = (call.get("note") or "").strip()
    ended_at = call["started_at"] + timedelta(seconds=max(call["seconds"], 0))
    human = by.kind == "user"
    return Contact(
        patient=patient,
        source_kind="call",
        source_id=str(call.get("call_id") or new_id()),
        activity_type=_activity(served),
        channel="phone",
        direction="inbound" if call.get("incoming") else call.get("direction", "outbound"),
        actor_kind=ActorKind.HUMAN if human else ActorKind.SYSTEM,
        actor_id=by.id if human else None,
        started_at=call["started_at"],
        ended_at=ended_at,
        seconds=call["seconds"],
        minutes_source=call["minutes_source"] if call["seconds"] else MinutesSource.NONE,
        contact_party=call.get("contact_party", "patient"),
        is_synchronous=True,
        is_interactive=call["outcome"] == "reached",
        contact_outcome=call["outcome"],
        is_attempt=True,
        task_ids=tuple(task.id for task in served),
        summary=note or None,
        result=_result(served, results)
        | _interpreted(call)
        | taken_calls.named(call.get("incoming")),
    )


def _activity(served: Sequence[Task]) -> str:
    kinds = {ACTIVITY_OF_TASK[task.type] for task in served}
    if len(kinds) == 1:
        return kinds.pop()
    return "care_coordination" if kinds else "call"


def _result(served: Sequence[Task], results: Mapping[UUID, str]) -> dict[str, Any]:
    """What was learnt per task, as the ledger keeps it."""
    said = [
        {"task_id": str(task.id), "type": task.type.value, "answer": results[task.id]}
        for task in served
        if task.id in results
    ]
    return {"answers": said} if said else {}


def _interpreted(call: Call) -> dict[str, Any]:
    """That somebody interpreted, and who; kept with the call in the ledger."""
    who = (call.get("interpreter") or "").strip()[:120]
    return {"interpreter": who} if who else {}


def _step(task: Task, call: Call, key: str | None, *, by: Viewer, at: datetime) -> None:
    """What the call means for one task."""
    if not task.is_open:
        return
    if key is not None:
        evidence = PARTIES[call.get("contact_party", "patient")]
        answers.apply(task, key=key, inbound=None, by=by.actor, at=at, evidence=evidence)
        return
    record(task, "task.called", by=by.actor, at=at, outcome=call["outcome"])
    if call["outcome"] == "declined":
        ladder.stop(task, by=by.actor, at=at)
        task.need(Needs.LEAD_DECISION, at=at)
    elif call["outcome"] == "wrong_number":
        ladder.stop(task, by=by.actor, at=at)
        task.need(Needs.OTHER_CHANNEL, at=at)


def _mark_wrong(patient: Patient, dialled: PhoneNumber | None, *, by: Viewer, at: datetime) -> None:
    """The number is not the patient's: nothing more is texted to it."""
    number = dialled or message_route.best_number(patient)
    if number is not None and number.state is not NumberState.BAD:
        number.state = NumberState.BAD
        record(number, "number.marked", by=by.actor, at=at, patient_id=patient.id, state="bad")
