"""A call that came in and the row of who took it are one contact: the carrier's row gives way to theirs, and
comes back when theirs is taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from app.actions import incoming_calls, touchpoint_corrections, touchpoints
from app.core.db import db
from app.core.errors import Conflict
from app.core.ids import parse_id
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Actor
from app.models.incoming_call import IncomingCall
from app.models.patient import Patient
from app.models.touchpoint import Touchpoint

WHY = "written down by who took the call"


def take_up(call: IncomingCall, *, by: Actor, at: datetime) -> None:
    """Raises Conflict when somebody wrote this call down before."""
    row = standing(call)
    if row is None:
        raise Conflict("Somebody has written this call down already.")
    touchpoint_corrections.void(row, reason=WHY, by=by, at=at)


def named(call: IncomingCall | None) -> dict[str, Any]:
    """What the row of who took it says of the call."""
    return {"incoming_call": str(call.id)} if call is not None else {}


def give_back(row: Touchpoint, *, at: datetime) -> None:
    """The row of who took it is taken back: the call came in all the same."""
    call_id = parse_id(str(row.result.get("incoming_call", "")))
    call = db.session.get(IncomingCall, (row.practice_id, call_id)) if call_id else None
    patient = call.conversation.patient if call is not None else None
    if call is None or patient is None:
        return
    write(call, patient, at=at)


def move(calls: Sequence[IncomingCall], thread: Conversation, patient: Patient, *,
         at: datetime) -> None:  # fmt: skip
    """The caller is this patient: the calls go to their thread, and to the ledger with their times."""
    for call in calls:
        call.conversation_id, call.patient_id = thread.id, patient.id
        write(call, patient, at=at)


def write(call: IncomingCall, patient: Patient, *, at: datetime) -> None:
    """The carrier's row of the call, numbered anew where an earlier one was reversed."""
    row, earlier = incoming_calls.contact_of(call, patient), len(rows_of(call))
    if earlier:
        row = replace(row, source_kind="refiled_call", source_id=f"{call.id}:{earlier}")
    touchpoints.write(row, by=SYSTEM, at=at)


def standing(call: IncomingCall) -> Touchpoint | None:
    """The carrier's row, if it counts."""
    rows = rows_of(call)
    gone = select(Touchpoint.supersedes_id).where(
        Touchpoint.practice_id == call.practice_id,
        Touchpoint.supersedes_id.in_([row.id for row in rows]),
    )
    corrected = set(db.session.scalars(gone))
    return next((row for row in rows if row.id not in corrected), None)


def rows_of(call: IncomingCall) -> list[Touchpoint]:
    """Every row the carrier's word for the call had, whoever it was put down to."""
    rows = select(Touchpoint).where(
        Touchpoint.practice_id == call.practice_id,
        Touchpoint.source_kind.in_(("incoming_call", "refiled_call")),
        or_(
            Touchpoint.source_id == str(call.id), Touchpoint.source_id.startswith(f"{call.id}:")
        ),
    )  # fmt: skip
    return list(db.session.scalars(rows))
