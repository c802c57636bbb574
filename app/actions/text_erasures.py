"""Deleting a patient's words on lawful request: their texts, the notes of their contacts, the files they
sent. The ledger keeps its rows and their commitments, so chain and old exports still verify."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from app.core.db import db, insert_into
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.media import Media, MediaStatus
from app.models.message import Message
from app.models.patient import Patient, same_person
from app.models.retention import holds_on
from app.models.touchpoint import Touchpoint, TouchpointText
from app.models.touchpoint_erasure import TouchpointErasure
from messaging.delivery import MessageStatus

#: What stands where words stood.
DELETED = "(deleted on request)"
_WAITS = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.IN_DOUBT)


def erase(patient: Patient, *, reason: str, by: Actor, at: datetime) -> int:
    """Delete the patient's words, under every record of theirs; how many ledger rows lost theirs. What still
    waits to leave stays.

    Raises Invalid without a reason, Conflict while a legal hold stands.
    """
    if not reason.strip():
        raise Invalid("Say on whose request and why the words are deleted.", field="reason")
    if db.session.scalar(holds_on(patient.practice_id, patient.id).limit(1)) is not None:
        raise Conflict("A legal hold stands: nothing of theirs may be deleted before it ends.")
    person = same_person(patient.practice_id, patient.id)
    texts = select(TouchpointText.touchpoint_id).join(
        Touchpoint,
        (Touchpoint.id == TouchpointText.touchpoint_id)
        & (Touchpoint.practice_id == TouchpointText.practice_id),
    )
    ids = list(
        db.session.scalars(
            texts.where(
                Touchpoint.practice_id == patient.practice_id, Touchpoint.patient_id.in_(person)
            )
        )
    )
    _erase_ledger(patient, ids, reason=reason.strip(), by=by, at=at)
    messages = _erase_messages(patient)
    record(patient, "patient.words_deleted", by=by, at=at, rows=len(ids), messages=messages)
    return len(ids)


def _erase_ledger(
    patient: Patient, ids: list[UUID], *, reason: str, by: Actor, at: datetime
) -> None:
    if not ids:
        return
    by_id = by.id if by.kind == "user" else None
    rows = [
        {"practice_id": patient.practice_id, "touchpoint_id": id_, "reason": reason,
         "by_id": by_id, "at": at}
        for id_ in ids
    ]  # fmt: skip
    db.session.execute(insert_into(TouchpointErasure), rows)
    for start in range(0, len(ids), 500):
        db.session.execute(
            delete(TouchpointText)
            .where(
                TouchpointText.practice_id == patient.practice_id,
                TouchpointText.touchpoint_id.in_(ids[start : start + 500]),
            )
            .execution_options(synchronize_session=False)
        )


def _erase_messages(patient: Patient) -> int:
    mine = select(Message.id).where(
        Message.practice_id == patient.practice_id,
        Message.patient_id.in_(same_person(patient.practice_id, patient.id)),
        Message.status.not_in(_WAITS),
    )
    ids = list(db.session.scalars(mine))
    for start in range(0, len(ids), 500):
        forget_messages(patient.practice_id, ids[start : start + 500])
    return len(ids)


def forget_messages(practice_id: UUID, ids: Sequence[UUID], *, words: str = DELETED) -> None:
    """Delete bodies and files of these messages; `words` stand where words stood."""
    of_these = (Media.practice_id == practice_id, Media.message_id.in_(ids))
    db.session.execute(
        update(Media)
        .where(*of_these)
        .values(content=None, sha256=None, status=MediaStatus.GONE, due_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Message)
        .where(Message.practice_id == practice_id, Message.id.in_(ids))
        .values(body=words, body_digest="")
        .execution_options(synchronize_session=False)
    )
