"""An auditor's sample: for each row asked for, what stands behind it: its words with the proof that they
are the sealed ones, delivery, the consent it relied on, who vouched, what took it back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import ledger_words
from app.core.db import db
from app.exports.vouched import moment_of
from app.exports.wanted import Wanted, chosen
from app.models.consent import Consent
from app.models.message import Message, SendAttempt
from app.models.touchpoint import Touchpoint, TouchpointAttestation, TouchpointSeal
from app.models.touchpoint_erasure import TouchpointErasure
from app.models.viewer import Viewer
from app.queries.ledger import plain
from app.value.plain_json import dumps

#: More than a person reads is an export.
MOST = 500


def lines(viewer: Viewer, wanted: Wanted) -> Iterator[bytes]:
    """One object per row, in the rows' order."""
    found = db.session.execute(
        chosen(viewer, wanted).order_by(Touchpoint.started_at, TouchpointSeal.seq)
    ).all()
    rows = [row for row, _ in found]
    words = ledger_words.words_of(viewer.practice_id, rows)
    facts = _Facts(viewer.practice_id, rows, wanted.period.as_of_seq)
    for row, seal in found:
        yield (dumps({
            "touchpoint_id": str(row.id),
            "seal_seq": seal.seq,
            "words": _words(words.get(row.id), seal, facts.erased.get(row.id)),
            "delivery": facts.delivery(row),
            "consent": facts.consent(row),
            "attestations": facts.attested.get(row.id, []),
            "corrected_by": facts.corrected.get(row.id),
        }) + "\n").encode()  # fmt: skip


def _words(
    found: tuple[bytes, str | None] | None, seal: TouchpointSeal, erased: dict[str, Any] | None
) -> dict[str, Any]:
    """SHA-256(salt ‖ JSON of the text) is the commitment that the row's hash covers."""
    salt, text = found or (None, None)
    return {
        "text": text, "salt": salt.hex() if salt else None, "commitment": seal.text_commitment,
        "deleted": erased,
    }  # fmt: skip


class _Facts:
    """What is read beside the sample, in a constant number of statements; what was said and sealed by
    the place in the chain that was asked for."""

    def __init__(self, practice_id: UUID, rows: list[Touchpoint], as_of_seq: int) -> None:
        ids = [row.id for row in rows]
        messages = [row.message_id for row in rows if row.message_id]
        self._messages = {m.id: m for m in _all(Message, Message.id, practice_id, messages)}
        self._tries: dict[UUID, list[SendAttempt]] = {}
        for each in _all(SendAttempt, SendAttempt.message_id, practice_id, messages):
            self._tries.setdefault(each.message_id, []).append(each)
        consents = [row.consent_id for row in rows if row.consent_id]
        self._consents = {c.id: c for c in _all(Consent, Consent.id, practice_id, consents)}
        table = TouchpointAttestation
        self.attested: dict[UUID, list[dict[str, Any]]] = {}
        self.until = moment_of(practice_id, as_of_seq)
        for vouched in _all(table, table.touchpoint_id, practice_id, ids):
            if vouched.at > self.until:
                continue
            said = {name: plain(getattr(vouched, name)) for name in ("kind", "by_id", "at")}
            self.attested.setdefault(vouched.touchpoint_id, []).append(said)
        self.corrected = {
            later.supersedes_id: {
                "touchpoint_id": str(later.id), "reason": later.void_reason,
                "recorded_at": plain(later.recorded_at), "entered_by_id": plain(later.entered_by_id),
            }
            for later in _corrections(practice_id, ids, as_of_seq)
        }  # fmt: skip
        self.erased = {
            gone.touchpoint_id: {"at": plain(gone.at), "reason": gone.reason}
            for gone in _all(TouchpointErasure, TouchpointErasure.touchpoint_id, practice_id, ids)
        }

    def delivery(self, row: Touchpoint) -> dict[str, Any] | None:
        """What had become of its text by then, and every request that had left for it."""
        message = self._messages.get(row.message_id) if row.message_id else None
        if message is None:
            return None
        said = ("created_at", "segments")
        tried = ("epoch", "started_at", "ended_at", "provider_id", "outcome")
        return {name: plain(getattr(message, name)) for name in said} | _status(message, self.until) | {
            "attempts": [
                {name: plain(getattr(each, name)) for name in tried}
                for each in self._tries.get(message.id, [])
                if (each.ended_at or each.started_at) <= self.until
            ]
        }  # fmt: skip

    def consent(self, row: Touchpoint) -> dict[str, Any] | None:
        """The decision it relied on, with the words the person saw or heard."""
        found = self._consents.get(row.consent_id) if row.consent_id else None
        said = ("id", "decision", "purpose", "channel", "how", "wording", "language", "decided_at",
                "recorded_at", "expires_on")  # fmt: skip
        return {name: plain(getattr(found, name)) for name in said} if found else None


def _status(message: Message, until: datetime) -> dict[str, Any]:
    """The text's state at that moment. Its row knows its newest state and when it left: what came later is
    not told, and of what was before it only that it had left, or had not."""
    left = message.sent_at if message.sent_at and message.sent_at <= until else None
    if message.status_at <= until:
        status, at = message.status.value, message.status_at
    else:
        status, at = ("sent", left) if left else ("queued", message.created_at)
    return {
        "status": status, "status_at": plain(at), "sent_at": plain(left),
        "provider_id": message.provider_id if left or message.is_inbound else None,
        "error_code": message.error_code if message.status_at <= until else None,
    }  # fmt: skip


def _corrections(practice_id: UUID, ids: list[UUID], as_of_seq: int) -> list[Touchpoint]:
    rows = (
        select(Touchpoint)
        .join(
            TouchpointSeal,
            (TouchpointSeal.practice_id == Touchpoint.practice_id)
            & (TouchpointSeal.touchpoint_id == Touchpoint.id),
        )
        .where(
            Touchpoint.practice_id == practice_id,
            Touchpoint.supersedes_id.in_(ids),
            TouchpointSeal.seq <= as_of_seq,
        )
    )
    return list(db.session.scalars(rows.order_by(Touchpoint.id)))


def _all(table: Any, column: Any, practice_id: UUID, ids: list[Any]) -> list[Any]:
    """The table's rows of the practice whose column is one of these."""
    rows = select(table).where(table.practice_id == practice_id, column.in_(ids))
    return list(db.session.scalars(rows.order_by(*table.__mapper__.primary_key)))
