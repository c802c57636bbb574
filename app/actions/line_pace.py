"""The pace of a line as its row keeps it: moments given out one after the other by the database's time,
slower when the carrier asks for it, none while it is stopped. Locked while texts are claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from app.actions.carrier_queue import CarrierQueue
from app.core.db import db
from app.core.log import logger
from app.models.event import SYSTEM, Actor, record
from app.models.message import Message, SendAttempt
from app.models.practice import Line
from messaging.delivery_errors import ErrorPolicy
from messaging.pace import ONE_COMPLAINT, free_after, halved, next_slot, share_of

log = logger("outbox")
#: A full queue at the carrier gets this long to drain before another text tries it.
FULL_PAUSE = timedelta(minutes=10)
#: A line that isn't registered is tried again so seldom that hardly a text is spent on it.
UNREGISTERED_PAUSE = timedelta(hours=6)
QUEUE_FULL, NOT_REGISTERED, CARRIER_TROUBLE = "queue_full", "not_registered", "carrier_trouble"
#: The breaker: of the requests that ended in this time, so many, and more than half, got no proper answer.
TROUBLE_WINDOW, TROUBLE_LEAST = timedelta(seconds=30), 5
#: How long it rests the first time; each further time in a row twice as long, up to 16 times.
TROUBLE_PAUSE = timedelta(seconds=30)
#: After a rest one text tries; the next waits until its request must have ended.
PROBE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class OpenLines:
    """The lines of a practice as a claim finds them: those that are closed, and what still fits elsewhere."""

    closed: Sequence[UUID]
    has_room: ColumnElement[bool]

    def may_leave(self, *, at: datetime) -> ColumnElement[bool]:
        """Texts of lines that are not closed and have room, those without a line, and those too old to be
        of use."""
        ready = and_(Message.line_id.not_in(self.closed), self.has_room)
        return or_(Message.line_id.is_(None), ready, Message.not_after <= at)


def lock_lines(practice_id: UUID) -> Sequence[Line]:
    """The practice's lines, locked: their moments are given out one after the other."""
    return db.session.scalars(_LOCKED, {"practice_id": practice_id}).all()


#: Built once: it runs in every claim.
_LOCKED = (
    select(Line)
    .where(Line.practice_id == bindparam("practice_id"))
    .order_by(Line.id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def open_lines(lines: Sequence[Line], there: CarrierQueue, *, at: datetime) -> OpenLines:
    """Which lines may give out a moment now, with what of theirs waits at the carrier."""
    closed = [
        line.id
        for line in lines
        if _rests(line, there, at=at) or there.is_full(line) or not next_slot(line.free_at, at=at)
    ]
    return OpenLines(closed, there.has_room(lines))


def _rests(line: Line, there: CarrierQueue, *, at: datetime) -> bool:
    """Whether it is stopped; a line whose queue the carrier called full, until nothing of ours is in it."""
    return line.is_stopped(at) or (line.stopped_why == QUEUE_FULL and there.of(line) > 0)


def take_slot(line: Line, segments: int, there: CarrierQueue, *, at: datetime) -> datetime | None:
    """Give the line's next free moment to a text; None when it has none to give now, or the text does not
    fit into the carrier's queue."""
    closed = _rests(line, there, at=at) or not there.fits(line, segments)
    slot = None if closed else next_slot(line.free_at, at=at)
    if slot is None:
        return None
    there.add(line, segments)
    if line.stopped_why == QUEUE_FULL:
        line.stopped_until = line.stopped_why = None
        record(line, "line.resumed", by=SYSTEM, at=at)
    if line.stopped_why == CARRIER_TROUBLE:
        line.free_at = slot + PROBE
    else:
        share = share_of(line.share, line.share_at, at=at)
        line.free_at = free_after(slot, segments, line.segments_per_second * share)
    return slot


def slow_down(message: Message, *, at: datetime) -> None:
    """The carrier is too busy for us (429): half the pace, which comes back while nobody complains."""
    line = _line_of(message)
    if line is None or (line.share_at is not None and at - line.share_at < ONE_COMPLAINT):
        return
    line.share, line.share_at = halved(share_of(line.share, line.share_at, at=at)), at
    log.warning("a line slows down", line_id=str(line.id), share=line.share)


def no_answer(message: Message, *, at: datetime) -> None:
    """A request broke off, or was answered 5xx. When most do, the line rests: each would be in doubt."""
    line = _line_of(message)
    if line is None or line.is_stopped(at):
        return
    tries_again = line.stopped_why == CARRIER_TROUBLE
    if not tries_again and not _most_fail(line, at=at):
        return
    share = line.share if tries_again else share_of(line.share, line.share_at, at=at)
    until = at + TROUBLE_PAUSE / share
    line.share, line.share_at = halved(share), until
    _stop(line, until, CARRIER_TROUBLE, at=at)


def answered(message: Message, *, at: datetime) -> None:
    """The carrier answers: a line that rested because it did not goes on, slowly at first."""
    if message.line_id is None:
        return
    known = db.session.get(Line, (message.practice_id, message.line_id))
    if known is None or known.stopped_why != CARRIER_TROUBLE:  # hardly ever: so nothing is locked
        return
    line = _line_of(message)
    if line is not None and line.stopped_why == CARRIER_TROUBLE:
        line.stopped_until = line.stopped_why = None
        line.free_at = at
        record(line, "line.resumed", by=SYSTEM, at=at)


def stop_for(message: Message, policy: ErrorPolicy, *, at: datetime) -> None:
    """Stop the line a text left from, because its carrier said so; its other texts wait."""
    line = _line_of(message)
    if line is None:
        return
    why = NOT_REGISTERED if policy.our_fault else QUEUE_FULL
    until = at + (UNREGISTERED_PAUSE if policy.our_fault else FULL_PAUSE)
    if line.stopped_until is not None and line.stopped_until >= until:
        return
    _stop(line, until, why, at=at, code=policy.code)


def resume(line: Line, *, by: Actor, at: datetime) -> bool:
    """Let a stopped line send again at once; False when it was not stopped."""
    if not line.is_stopped(at):
        return False
    line.stopped_until = line.stopped_why = None
    record(line, "line.resumed", by=by, at=at)
    return True


def _line_of(message: Message) -> Line | None:
    """The line a text left from, locked."""
    if message.line_id is None:
        return None
    return db.session.get_one(
        Line,
        (message.practice_id, message.line_id),
        with_for_update={"key_share": True},
        populate_existing=True,
    )


def _stop(line: Line, until: datetime, why: str, *, at: datetime, code: int | None = None) -> None:
    if not line.is_stopped(at):
        log.error("a line is stopped", line_id=str(line.id), why=why, error_code=code)
        record(line, "line.stopped", by=SYSTEM, at=at, why=why, code=code)
    line.stopped_until, line.stopped_why = until, why


def _most_fail(line: Line, *, at: datetime) -> bool:
    """Whether more than half of the line's latest requests, and not just a few, got no proper answer."""
    failed = or_(
        SendAttempt.outcome == "in_doubt",
        and_(SendAttempt.outcome == "not_accepted", SendAttempt.error_code.is_(None)),
    )
    faults, calls = db.session.execute(
        select(func.count().filter(failed), func.count())
        .select_from(SendAttempt)
        .join(
            Message,
            (Message.practice_id == SendAttempt.practice_id)
            & (Message.id == SendAttempt.message_id),
        )
        .where(
            SendAttempt.practice_id == line.practice_id,
            SendAttempt.ended_at > at - TROUBLE_WINDOW,
            Message.line_id == line.id,
        )
    ).one()
    return faults >= TROUBLE_LEAST and faults * 2 > calls
