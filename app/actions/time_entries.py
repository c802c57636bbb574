"""Work for a patient written down by hand: when it was, how long, why no timer ran, and why it is late if it
is."""

from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack
from uuid import UUID

from app.actions import touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.ids import new_id
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.programs import PROGRAMS
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from app.models.viewer import Viewer

#: What may be entered by hand; texts and calls have rows of their own.
ACTIVITIES = (
    "care_coordination", "medication_follow_up", "appointment_follow_up", "referral_follow_up",
    "discharge_follow_up", "no_show_follow_up",
)  # fmt: skip


NO_PROGRAM = "none"


class Entry(TypedDict, total=False):
    """`entry_id` makes a form safe to send twice."""

    started_at: Required[datetime]
    seconds: Required[int]
    activity: Required[str]
    reason: Required[str]
    late_reason: str
    note: str
    #: One programme's tag, "none", or "" for those the patient is in.
    program: str
    entry_id: UUID | None


def add(patient: Patient, *, by: Viewer, at: datetime, **entry: Unpack[Entry]) -> Touchpoint:
    """Write the row. Raises Invalid without a reason, for a late one without why, and for what cannot be
    true (T0.2); Conflict when it was written before."""
    if by.kind != "user":
        raise Forbidden("Only a person's work has minutes.")
    if entry["activity"] not in ACTIVITIES:
        raise Invalid("Choose what was done.", field="activity")
    if entry["seconds"] < 1:
        raise Invalid("Minutes are a whole number from 1 on.", field="minutes")
    reason = entry["reason"].strip()[:200]
    if not reason:
        raise Invalid("Say why the time is entered by hand.", field="reason")
    if entry.get("program", "") not in ("", NO_PROGRAM, *PROGRAMS):
        raise Invalid("Choose a programme.", field="program")
    row = touchpoints.write(_contact(patient, entry, reason, by=by, at=at), by=by.actor, at=at)
    if row is None:
        raise Conflict("This entry was saved already.")
    return row


def _contact(patient: Patient, entry: Entry, reason: str, *, by: Viewer, at: datetime) -> Contact:
    ends = entry["started_at"] + timedelta(seconds=entry["seconds"])
    note = entry.get("note", "").strip()
    return Contact(
        patient=patient,
        source_kind="time_entry",
        source_id=str(entry.get("entry_id") or new_id()),
        activity_type=entry["activity"],
        channel="internal",
        direction="internal",
        actor_kind=ActorKind.HUMAN,
        actor_id=by.id,
        started_at=entry["started_at"],
        ended_at=ends,
        seconds=entry["seconds"],
        minutes_source=MinutesSource.MANUAL,
        late_entry_reason=_why_late(patient, entry, ends, at=at),
        programs=_programs(entry.get("program", "")),
        summary=f"{note}\n(Entered by hand: {reason})".strip(),
    )


def _programs(chosen: str) -> tuple[str, ...] | None:
    if not chosen:
        return None
    return () if chosen == NO_PROGRAM else (chosen,)


def _why_late(patient: Patient, entry: Entry, ends: datetime, *, at: datetime) -> str | None:
    days = db.session.get_one(Practice, patient.practice_id).late_entry_days
    if at - ends <= timedelta(days=days):
        return None
    why = entry.get("late_reason", "").strip()[:200]
    if not why:
        raise Invalid(f"That is more than {days} days ago: say why it is entered late.",
                      field="late_reason")  # fmt: skip
    return why
