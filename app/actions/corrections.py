"""Correcting a row of the ledger that was written down wrong: a reversing row with the reason, and beside it
the right row, made anew from what is right and with the context of its own moment. Both name who corrected;
a month that was closed before marks them late. Who did the work is never in question, so it stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import (
    answers,
    call_backs,
    call_undo,
    referral_updates,
    touchpoint_corrections,
    touchpoints,
    update_undo,
)
from app.actions.calls import OUTCOMES, PARTIES
from app.actions.time_entries import ACTIVITIES
from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid
from app.models.month_close import AFTER_CLOSE, came_after_close
from app.models.patient import Patient
from app.models.touchpoint import MinutesSource, Touchpoint, TouchpointText
from app.models.viewer import PRACTICE_ROLES, Viewer

#: What people write down of their own work. What a text or a carrier says goes elsewhere by re-filing.
BY_HAND = frozenset({"call", "time_entry", "timer", "referral_update", "correction"})


@dataclass(frozen=True, slots=True)
class Right:
    """What is right, whole. `outcome` and `said` (per task) are a call's alone."""

    patient: Patient
    started_at: datetime
    seconds: int
    activity: str
    outcome: str | None
    said: Mapping[UUID, str]


def may_correct(row: Touchpoint, viewer: Viewer, *, at: datetime) -> bool:
    """Whether the row's page offers it; whether it stands is the page's to know."""
    try:
        check_may(row, viewer, worked_at=row.started_at, at=at)
    except (Conflict, Forbidden):
        return False
    return True


def check_may(row: Touchpoint, viewer: Viewer, *, worked_at: datetime, at: datetime) -> None:
    """Raises Conflict for a row nobody wrote down, Forbidden for somebody else's and for a closed month."""
    if row.source_kind not in BY_HAND or row.actor_kind != "human":
        raise Conflict(
            "Texts and calls that came in are moved to the right person in their thread."
        )
    if viewer.kind == "user" and viewer.role in PRACTICE_ROLES:
        return
    if viewer.kind != "user" or row.actor_id != viewer.id:
        raise Forbidden("Only who did this, or a lead, can correct it.")
    if came_after_close(row.practice_id, row.time_zone, worked_at=worked_at, at=at):
        raise Forbidden("That month is closed. A lead can still correct it.")


def correct(row: Touchpoint, right: Right, *, reason: str, by: Viewer, at: datetime) -> Touchpoint:
    """Take the row back and write the right one, which is returned.

    Raises Invalid without a reason, without a difference and for what cannot be true, Conflict for a row
    that was corrected already, Forbidden as `check_may`.
    """
    for moment in (row.started_at, right.started_at):
        check_may(row, by, worked_at=moment, at=at)
    _check(row, right)
    _take_turn(row)
    touchpoint_corrections.void(row, reason=reason, by=by.actor, at=at)
    written = touchpoints.write(_contact(row, right), by=by.actor, at=at)
    if written is None:
        raise Conflict("This entry was corrected already.")
    if is_call(row):
        _follow_call(row, right, by=by, at=at)
    if row.activity_type == "pcp_update" and written.ended_at != row.ended_at:
        update_id = UUID(call_undo.first_of(row).source_id)
        referral_updates.restate(row.practice_id, update_id, told_at=written.ended_at, by=by, at=at)
    return written


def take_back(row: Touchpoint, *, reason: str, by: Viewer, at: datetime) -> None:
    """It did not happen at all: nothing is written instead. A call's tasks return to where they were, and an
    office that was not told is to be told."""
    check_may(row, by, worked_at=row.started_at, at=at)
    _take_turn(row)
    touchpoint_corrections.void(row, reason=reason, by=by.actor, at=at)
    if is_call(row):
        call_undo.undo_effects(row, by=by, at=at)
    if row.activity_type == "pcp_update":
        update_id = UUID(call_undo.first_of(row).source_id)
        update_undo.take_back(row.practice_id, update_id, by=by, at=at)


def is_call(row: Touchpoint) -> bool:
    return row.channel == "phone" and row.attempt_number is not None


def said_in(row: Touchpoint) -> dict[UUID, str]:
    """What a call learnt, by task."""
    return {UUID(each["task_id"]): each["answer"] for each in row.result.get("answers", [])}


def may_move(row: Touchpoint) -> bool:
    """Whether it may be somebody else's: work that served a task or an office is that patient's."""
    return row.activity_type != "pcp_update" and not call_undo.served(row)


def _check(row: Touchpoint, right: Right) -> None:
    if right.patient.id != row.patient_id and not may_move(row):
        raise Invalid("It served a task of this patient. Take it back and write it down anew.",
                      field="mrn")  # fmt: skip
    if right.activity != row.activity_type and (
        row.channel != "internal" or right.activity not in ACTIVITIES
    ):
        raise Invalid("Choose what was done.", field="activity")
    if right.outcome != row.contact_outcome and (not is_call(row) or right.outcome not in OUTCOMES):
        raise Invalid("Choose how the call ended.", field="outcome")
    if right.said and right.outcome != "reached":
        raise Invalid("Only a call that reached somebody has answers.", field="outcome")
    if right == _as_it_is(row, right.patient):
        raise Invalid("Nothing is different. Change what is wrong.")


def _as_it_is(row: Touchpoint, patient: Patient) -> Right | None:
    if patient.id != row.patient_id:
        return None
    return Right(
        patient, row.started_at, row.seconds, row.activity_type, row.contact_outcome, said_in(row)
    )


def _take_turn(row: Touchpoint) -> None:
    """Two who correct at once: the second waits here, and finds the first one's row."""
    turn = select(Patient.id).where(
        Patient.practice_id == row.practice_id, Patient.id == row.patient_id
    )
    db.session.scalars(turn.with_for_update(key_share=True)).all()


#: What of the contact nobody can have got wrong, or what a new entry would be for.
_KEPT = (
    "channel", "direction", "actor_kind", "actor_id", "contact_party", "relationship",
    "is_synchronous", "attempt_number", "sensitivity", "goal",
)  # fmt: skip


def _contact(row: Touchpoint, right: Right) -> Contact:
    text = db.session.get(TouchpointText, (row.practice_id, row.id))
    same = right.seconds == row.seconds
    source = MinutesSource(row.minutes_source) if same else MinutesSource.MANUAL
    kept: dict[str, Any] = {name: getattr(row, name) for name in _KEPT}
    return Contact(
        **kept,
        patient=right.patient,
        programs=tuple(row.programs) if right.patient.id == row.patient_id else None,
        source_kind="correction",
        source_id=str(row.id),
        activity_type=right.activity,
        started_at=right.started_at,
        ended_at=right.started_at + timedelta(seconds=right.seconds),
        seconds=right.seconds,
        minutes_source=source if right.seconds else MinutesSource.NONE,
        late_entry_reason=_own_lateness(row),
        is_interactive=right.outcome == "reached" if is_call(row) else row.is_interactive,
        contact_outcome=right.outcome,
        is_attempt=row.attempt_number is not None,
        task_ids=tuple(task.id for task in call_undo.served(row)),
        summary=text.summary if text else None,
        result=_result(row, right),
    )


def _own_lateness(row: Touchpoint) -> str | None:
    """Why it was late when it was first written; that its month is closed now is said anew."""
    return (row.late_entry_reason or "").removesuffix(AFTER_CLOSE).removesuffix("; ") or None


def _result(row: Touchpoint, right: Right) -> dict[str, Any]:
    kept = {name: value for name, value in row.result.items() if name != "answers"}
    kinds = {task.id: task.type.value for task in call_undo.served(row)}
    said = [
        {"task_id": str(task_id), "type": kinds[task_id], "answer": key}
        for task_id, key in right.said.items()
    ]
    return kept | ({"answers": said} if said else {})


def _follow_call(row: Touchpoint, right: Right, *, by: Viewer, at: datetime) -> None:
    """What was said otherwise, or not at all, is undone on its task, and what was said takes effect."""
    was = said_in(row)
    for task in call_undo.served(row):
        before, now = was.get(task.id), right.said.get(task.id)
        if before == now:
            continue
        if before is not None:
            call_undo.put_back(task, row, by=by, at=at)
        if now is not None:
            task.check_open()
            answers.apply(task, key=now, inbound=None, by=by.actor, at=at,
                          evidence=PARTIES[row.contact_party])  # fmt: skip
    moved = right.patient.id != row.patient_id
    if row.contact_outcome == "reached" and (moved or right.outcome != "reached"):
        call_backs.take_back(row, by=by.actor, at=at)
    if right.outcome == "reached" and (moved or row.contact_outcome != "reached"):
        call_backs.called_back(right.patient, by=by.actor, at=at)
