"""Files that came with a text. Receiving only writes down where each is; a worker claims a row, fetches with
nothing open, and settles it: kept, refused for a reason, gone, or tried again after a growing pause."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from app.core.db import db
from app.core.errors import Conflict
from app.core.log import logger
from app.models.event import SYSTEM, Actor, record
from app.models.media import Media, MediaStatus
from app.models.message import Message
from messaging.carriers.base import Attached
from messaging.carriers.media_errors import WRONG_TYPE, MediaGone, MediaRefused
from messaging.media_types import sniff

log = logger("media")
#: A claim that nobody settles lapses after this; a fetch takes far less.
LEASE = timedelta(minutes=2)
#: How long each try that came to nothing puts off the next; together most of a day.
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720))
MOST_TRIES = len(PAUSES) + 1
#: A file the carrier doesn't have is asked for so often: it may not be there yet.
TRIES_UNTIL_GONE = 3
#: The text it came with was refused by the carrier's own record.
WITH_ITS_TEXT = "text_refused"
_EVENTS = {
    MediaStatus.FETCHED: "message.media_fetched",
    MediaStatus.REFUSED: "message.media_refused",
    MediaStatus.GONE: "message.media_gone",
    MediaStatus.FAILED: "message.media_failed",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One file that is this worker's to fetch; `tries` counts claims, and with it the claim is told apart."""

    practice_id: UUID
    media_id: UUID
    tries: int


def expect(message: Message, attached: Iterable[Attached], *, at: datetime) -> None:
    """Note the files of a message that came in; those of a held one wait until it is confirmed."""
    due = at if message.held_reason is None else None
    db.session.add_all(
        Media(
            practice_id=message.practice_id,
            message_id=message.id,
            position=position,
            source=each.url,
            declared_type=each.declared_type,
            created_at=at,
            due_at=due,
        )
        for position, each in enumerate(attached)
    )


def expect_instead(message: Message, attached: Iterable[Attached], *, at: datetime) -> None:
    """The carrier's own word on a text that was held: these files came with it, and no others."""
    db.session.execute(delete(Media).where(*_of(message)))
    expect(message, attached, at=at)


def refuse_all(message: Message, *, at: datetime) -> None:
    """The carrier knows no such text: nothing that was named with it is fetched."""
    ending = {"status": MediaStatus.REFUSED, "reason": WITH_ITS_TEXT, "ended_at": at}
    db.session.execute(update(Media).where(*_of(message)).values(**ending, due_at=None))


def due(*, at: datetime, limit: int = 20) -> list[tuple[UUID, UUID, datetime]]:
    """Files to fetch in every practice, as (practice, id, when it was due), the longest due first."""
    waiting = select(Media.practice_id, Media.id, Media.due_at).where(
        Media.status == MediaStatus.WAITING, Media.due_at <= at
    )
    rows = db.session.execute(waiting.order_by(Media.due_at, Media.id).limit(limit))
    return [(practice_id, id_, due_at) for practice_id, id_, due_at in rows if due_at is not None]


def claim(practice_id: UUID, media_id: UUID, seen: datetime, *, at: datetime) -> Claim | None:
    """Take a file that is due; None when another worker was faster, or when it was tried often enough.

    Looks at no encrypted column: a row that cannot be read still ends.
    """
    tries = db.session.scalar(
        update(Media)
        .where(
            Media.practice_id == practice_id,
            Media.id == media_id,
            Media.status == MediaStatus.WAITING,
            Media.due_at == seen,
        )
        .values(due_at=at + LEASE, tries=Media.tries + 1)
        .returning(Media.tries)
        .execution_options(synchronize_session=False)
    )
    if tries is None:
        return None
    claimed = Claim(practice_id, media_id, tries)
    if tries > MOST_TRIES:
        _end(claimed, {"status": MediaStatus.FAILED}, at=at)
        return None
    return claimed


def settle(claimed: Claim, outcome: bytes | Exception, *, at: datetime) -> MediaStatus | None:
    """Record what a fetch came to; None when the claim had lapsed and is another's by now."""
    ending = _ending(outcome, claimed.tries, at=at)
    return _end(claimed, ending, at=at)


def fetch_again(media: Media, *, by: Actor, at: datetime) -> None:
    """Somebody wants it tried anew. Raises Conflict unless all tries had come to nothing."""
    if media.status is not MediaStatus.FAILED:
        raise Conflict("Only a file that could not be fetched is tried again.")
    media.status, media.tries, media.due_at, media.ended_at = MediaStatus.WAITING, 0, at, None
    record(media.message, "message.media_asked_again", by=by, at=at, position=media.position)


def _ending(outcome: bytes | Exception, tries: int, *, at: datetime) -> dict[str, Any]:
    """What changes in the row."""
    if isinstance(outcome, bytes):
        return _kept(outcome)
    if isinstance(outcome, MediaRefused):
        return {"status": MediaStatus.REFUSED, "reason": outcome.reason}
    if isinstance(outcome, MediaGone) and (outcome.detail == "410" or tries >= TRIES_UNTIL_GONE):
        return {"status": MediaStatus.GONE}
    if tries >= MOST_TRIES:
        return {"status": MediaStatus.FAILED}
    return {"status": MediaStatus.WAITING, "due_at": at + PAUSES[tries - 1]}


def _kept(content: bytes) -> dict[str, Any]:
    found = sniff(content)
    if found is None:
        return {"status": MediaStatus.REFUSED, "reason": WRONG_TYPE, "size": len(content)}
    return {
        "status": MediaStatus.FETCHED,
        "found_type": found.mime,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }


def _end(claimed: Claim, ending: dict[str, Any], *, at: datetime) -> MediaStatus | None:
    """Write it where the claim still stands, and tell the thread when it is final."""
    status: MediaStatus = ending["status"]
    final = {} if status is MediaStatus.WAITING else {"due_at": None, "ended_at": at}
    row = db.session.execute(
        update(Media)
        .where(
            Media.practice_id == claimed.practice_id,
            Media.id == claimed.media_id,
            Media.status == MediaStatus.WAITING,
            Media.tries == claimed.tries,
        )
        .values(ending | final)
        .returning(Media.message_id, Media.position)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    if final:
        told = {key: ending[key] for key in ("reason", "found_type", "size") if key in ending}
        subject = _subject(claimed.practice_id, row.message_id)
        record(subject, _EVENTS[status], by=SYSTEM, at=at, position=row.position, **told)
    return status


def _subject(practice_id: UUID, message_id: UUID) -> Message:
    """The message as events name it; its words are not read, and may be unreadable."""
    names = ("conversation_id", "patient_id")
    known = db.session.execute(
        select(*(getattr(Message, name) for name in names)).where(
            Message.practice_id == practice_id, Message.id == message_id
        )
    ).one()
    return Message(practice_id=practice_id, id=message_id, **known._asdict())  # never added


def _of(message: Message) -> tuple[Any, ...]:
    return Media.practice_id == message.practice_id, Media.message_id == message.id
