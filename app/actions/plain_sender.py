"""Who sent a plain text, and all that is frozen with it: one lean read that also locks the number. Most texts
come from the phone of one patient and answer nothing; for those no record has to be loaded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from app.actions import questions
from app.actions.inbound_people import WAS_ASKED, Person, from_number
from app.actions.touchpoint_context import Context, context_bounds, context_from, with_context
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Channel
from app.models.patient import Patient
from app.models.practice import Practice

#: What the rules about hours, late entries and days ask a practice.
_OF_PRACTICE = ("time_zone", "hours", "closed_on", "open_on", "country", "subdivision",
                "late_entry_days", "longest_entry_minutes")  # fmt: skip
#: Built once: it runs for every text that may be plain.
_LOOK = with_context(
    from_number(
        select(
            PhoneNumber.id.label("number_id"),
            PhoneNumber.referrer_id,
            PhoneNumber.organization_id,
            ContactPoint.related_person_id,
            Patient.id.label("patient_id"),
            Patient.language,
            Patient.merged_into_id,
            Conversation.id.label("thread_id"),
            WAS_ASKED.label("was_asked"),
            *(getattr(Practice, name) for name in _OF_PRACTICE),
        )
    )
)
#: The zone each practice was last seen in: the ledger's day is asked for in it. A practice that has moved
#: since is seen by the very read that used the old one, which is then made again.
_zones: dict[UUID, str] = {}


@dataclass(frozen=True, slots=True)
class PlainSender:
    """The one person who may have written; their records hold only what rules ask them."""

    number_id: UUID
    thread_id: UUID
    person: Person
    practice: Practice
    context: Context


def find(
    connection: Connection, practice_id: UUID, e164: str, *, at: datetime, heard_at: datetime
) -> PlainSender | None:
    """The one person who may have written; None when it could be somebody else.

    `heard_at`: the moment whose context the ledger keeps.
    """
    bound = {"practice_id": practice_id, "e164": e164, "since": at - questions.MEMORY}
    zone = _zones.get(practice_id, "UTC")
    rows = connection.execute(_LOOK, bound | context_bounds(zone, at=heard_at)).all()
    if rows and rows[0].time_zone != zone:
        zone = _zones[practice_id] = rows[0].time_zone
        rows = connection.execute(_LOOK, bound | context_bounds(zone, at=heard_at)).all()
    return _plain(practice_id, rows[0]) if len(rows) == 1 and _is_plain(rows[0]) else None


def _is_plain(row: Row[Any]) -> bool:
    """A patient of ours with a thread of their own, and no office."""
    is_theirs = row.referrer_id is None and row.organization_id is None
    is_here = row.patient_id is not None and row.merged_into_id is None
    return is_theirs and is_here and row.thread_id is not None


def _plain(practice_id: UUID, row: Row[Any]) -> PlainSender:
    of_practice = {name: getattr(row, name) for name in _OF_PRACTICE}
    patient = Patient(practice_id=practice_id, id=row.patient_id, language=row.language)
    return PlainSender(
        number_id=row.number_id,
        thread_id=row.thread_id,
        person=Person(patient, row.related_person_id, was_asked=row.was_asked),
        practice=Practice(id=practice_id, **of_practice),
        context=context_from(row, channel=Channel.SMS),
    )
