"""The words behind a ledger row and the commitment to them. A note stands beside its row; a text's words
stand on the message, and the sealer gives them a salt here. When salt and words are deleted, only the
commitment is left."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, insert_into
from app.models.message import Message
from app.models.touchpoint import Touchpoint, TouchpointText
from app.value.commitments import commit

#: The commitment of a row that never had words.
NONE = commit(b"", None)
OF_MESSAGES = ("message", "refiled_message")
#: The first composition that commits to a message's words.
SINCE = 2


def with_salts(practice_id: UUID, rows: Sequence[Touchpoint]) -> dict[UUID, str]:
    """The commitments of these rows' words, by row; messages get their salt now."""
    salts = salts_of(practice_id, rows)
    fresh = {
        row.id: secrets.token_bytes(32) for row in rows if has_message(row) and row.id not in salts
    }
    if fresh:
        made = [{"practice_id": practice_id, "touchpoint_id": id_, "salt": salt}
                for id_, salt in fresh.items()]  # fmt: skip
        db.session.execute(insert_into(TouchpointText), made)
    return commitments_of(practice_id, rows)


def commitments_of(practice_id: UUID, rows: Sequence[Touchpoint]) -> dict[UUID, str]:
    """What the words that are there now commit to; rows whose words are gone, or never were, are absent."""
    return {id_: commit(salt, words) for id_, (salt, words) in words_of(practice_id, rows).items()}


def words_of(practice_id: UUID, rows: Sequence[Touchpoint]) -> dict[UUID, tuple[bytes, str | None]]:
    """Salt and words of each row that has them: its note, or its message's body."""
    notes = salts_of(practice_id, rows)
    of_messages = {row.id: row.message_id for row in rows if row.message_id and has_message(row)}
    bodies = _bodies(practice_id, list(of_messages.values()))
    return {
        id_: (note.salt, bodies.get(of_messages[id_]) if id_ in of_messages else note.summary)
        for id_, note in notes.items()
    }


def has_message(row: Touchpoint) -> bool:
    return (
        row.message_id is not None and row.source_kind in OF_MESSAGES and row.composition >= SINCE
    )


def salts_of(practice_id: UUID, rows: Sequence[Touchpoint]) -> dict[UUID, TouchpointText]:
    found = db.session.scalars(
        select(TouchpointText).where(
            TouchpointText.practice_id == practice_id,
            TouchpointText.touchpoint_id.in_([row.id for row in rows]),
        )
    )
    return {each.touchpoint_id: each for each in found}


def _bodies(practice_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = db.session.execute(
        select(Message.id, Message.body).where(
            Message.practice_id == practice_id, Message.id.in_(message_ids)
        )
    )
    return {id_: body for id_, body in rows}
