"""What of ours waits in the carrier's own queue, line by line: taken by the carrier, and not yet reported to
have left it. It may hold as much as a line sends in ten minutes; the rest waits with us, where a STOP, a
change of mind and an urgent text still reach it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true, update

from app.core.db import db
from app.models.message import Message
from app.models.practice import Line
from messaging.pace import counts_until, fits, room

#: A carrier that reports is noted at most so often: the line's row is everybody's.
NOTED = timedelta(minutes=1)


@dataclass(slots=True)
class CarrierQueue:
    """Segments that wait at the carrier, by line."""

    segments: dict[UUID, int]

    def of(self, line: Line) -> int:
        return self.segments.get(line.id, 0)

    def is_full(self, line: Line) -> bool:
        """Whether not even a text of one segment fits."""
        return not fits(1, self.of(line), line.segments_per_second)

    def fits(self, line: Line, segments: int) -> bool:
        return fits(segments, self.of(line), line.segments_per_second)

    def add(self, line: Line, segments: int) -> None:
        """One more is about to be handed over."""
        self.segments[line.id] = self.of(line) + segments

    def has_room(self, lines: Iterable[Line]) -> ColumnElement[bool]:
        """A condition on messages: those that fit into what is left of their line's queue."""
        busy = [line for line in lines if self.of(line)]
        too_long = [
            and_(
                Message.line_id == line.id,
                Message.segments > room(self.of(line), line.segments_per_second),
            )
            for line in busy
        ]
        return not_(or_(*too_long)) if too_long else true()


def read(practice_id: UUID, *, at: datetime) -> CarrierQueue:
    """All lines of a practice in one statement, over an index of nothing else."""
    rows = _waiting(at).where(Message.practice_id == practice_id)
    return CarrierQueue({id_: int(n) for _, id_, n in db.session.execute(rows) if id_})


def longest(*, at: datetime) -> tuple[int, float]:
    """Over all practices: how many lines have a full queue, and how long the longest takes to leave (s)."""
    waiting = _waiting(at).subquery()
    same = and_(Line.practice_id == waiting.c.practice_id, Line.id == waiting.c.line_id)
    rows = db.session.execute(
        select(waiting.c.segments, Line.segments_per_second).join(Line, same)
    ).all()
    full = sum(not fits(1, int(n), pace) for n, pace in rows)
    return full, max((int(n) / pace for n, pace in rows), default=0.0)


def counts_from(line: Line, *, at: datetime) -> datetime:
    """Until when a text handed over now counts, if nobody reports that it left."""
    return counts_until(line.reported_at, at=at)


def heard_from(message: Message, *, at: datetime) -> None:
    """Note that the carrier of a text's line is one that reports."""
    line = db.session.get(Line, (message.practice_id, message.line_id)) if message.line_id else None
    if line is None or (line.reported_at is not None and line.reported_at > at - NOTED):
        return
    db.session.execute(
        update(Line)
        .where(Line.practice_id == line.practice_id, Line.id == line.id)
        .values(reported_at=at)
        .execution_options(synchronize_session=False)
    )


def _waiting(at: datetime) -> Select[UUID, UUID | None, int]:
    return (
        select(
            Message.practice_id,
            Message.line_id,
            func.sum(func.coalesce(Message.segments, 1)).label("segments"),
        )
        .where(Message.at_carrier_until > at)
        .group_by(Message.practice_id, Message.line_id)
    )
