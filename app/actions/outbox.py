"""The outbox: claim by epoch and lease, with the gate asked again inside the claim. A claim only leases; an
attempt is written just before a request leaves (`outbox_attempt`), in the claim's own commit when that is
now. What came of it is recorded in `outbox_settle`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions import carrier_queue, line_pace, send_facts, verdicts
from app.actions.carrier_queue import CarrierQueue
from app.actions.outbox_cards import move_aside
from app.actions.outbox_queue import claimable, has_status
from app.actions.outbox_ready import Ready, prepare
from app.core.db import db, savepoint
from app.core.log import logger
from app.models.message import Message
from app.models.message_verdict import Asked
from app.models.practice import Line, Practice
from messaging.carriers.base import Carrier, Outgoing
from messaging.delivery import MessageStatus

log = logger("outbox")
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased text, ready to leave: nothing more needs to be read to send it."""

    practice_id: UUID
    message_id: UUID
    epoch: int
    outgoing: Outgoing
    carrier: Carrier = field(repr=False, compare=False)
    #: Seconds after the claim at which the line's pace lets it leave.
    wait_seconds: float = 0.0
    #: The claim holds its number's row as well: nothing is said about it between the gate and the commit.
    holds_number: bool = field(default=False, compare=False)


def due_practices(*, at: datetime) -> Sequence[UUID]:
    """Practices with something due. Each is claimed for in turn: none waits for another's bulk."""
    first_due = (
        select(Message.id)
        .where(Message.practice_id == Practice.id, has_status(MessageStatus.QUEUED))
        .where(Message.due_at <= at)
        .order_by(Message.lane, Message.due_at)  # the order of the index that finds it
        .limit(1)
    )
    found = (
        select(Practice.id).where(first_due.scalar_subquery().is_not(None)).order_by(Practice.id)
    )
    return db.session.scalars(found).all()


def claim_due(practice_id: UUID, *, at: datetime, limit: int) -> tuple[list[Claim], int]:
    """Lease up to `limit` due texts, the urgent lane first. Returns them and the rows looked at.

    Whatever the gate withholds, lets wait or finds expired is recorded here; portal messages are
    delivered in place; a row that can't even be read is moved aside. Raises when the practice's own
    hours or zone can't be read: then no row is to blame.
    """
    practice = db.session.get_one(Practice, practice_id)
    send_facts.check_rules(practice, at=at)
    lines = line_pace.lock_lines(practice_id)
    there = carrier_queue.read(practice_id, at=at)
    open_lines = line_pace.open_lines(lines, there, at=at)
    found = db.session.scalars(claimable(practice_id, open_lines, at=at, limit=limit)).all()
    return _claim_in_savepoints(practice_id, found, there, lines, at=at), len(found)


def _claim_in_savepoints(
    practice_id: UUID,
    found: Sequence[UUID],
    there: CarrierQueue,
    lines: Sequence[Line],
    *,
    at: datetime,
) -> list[Claim]:
    """All together; when that breaks, each in a savepoint of its own: a row takes no other with it."""
    if len(found) > 1:
        try:
            with savepoint():
                return _claim(practice_id, found, there, lines, at=at)
        except OperationalError:  # the database's trouble, not a row's
            raise
        except Exception as error:
            log.warning("texts are claimed one by one", error=type(error).__name__)
            there = carrier_queue.read(practice_id, at=at)
    claims = []
    for message_id in found:
        try:
            with savepoint():
                claims += _claim(practice_id, [message_id], there, lines, at=at)
        except OperationalError:
            raise
        except Exception as error:
            if is_other_in_flight(error):
                continue
            log.exception("a queued message broke", message_id=str(message_id))
            move_aside(practice_id, message_id, at=at)
    return claims


def is_other_in_flight(error: Exception) -> bool:
    """Whether the database refused the lease because a text from this line to this number is leaving.

    PostgreSQL names the index, SQLite its columns.
    """
    said = str(error.orig) if isinstance(error, IntegrityError) else ""
    return "uq_message_in_flight" in said or "message.line_id, message.phone_number_id" in said


def requeue(message: Message, *, at: datetime, due_at: datetime) -> None:
    """Back into the queue, to be looked at again at `due_at`."""
    if message.move(MessageStatus.QUEUED, at=at):
        message.due_at, message.lease_until = due_at, None


def _claim(
    practice_id: UUID,
    ids: Sequence[UUID],
    there: CarrierQueue,
    lines: Sequence[Line],
    *,
    at: datetime,
) -> list[Claim]:
    """Ask the gate about each and lease those that go to a carrier now."""
    messages = _in_order(practice_id, ids)
    ready = prepare(practice_id, messages, there, lines, at=at)
    epochs = _lease(ready, at=at)
    return [
        _claimed(each, epochs[each.message.id], at=at)
        for each in ready
        if each.message.id in epochs
    ]


_CLAIMED = (
    select(Message)
    .where(
        Message.practice_id == bindparam("its_practice"),
        Message.id.in_(bindparam("ids", expanding=True)),
    )
    .execution_options(populate_existing=True)
)


def _in_order(practice_id: UUID, ids: Sequence[UUID]) -> list[Message]:
    found = db.session.scalars(_CLAIMED, {"its_practice": practice_id, "ids": list(ids)})
    by_id = {message.id: message for message in found}
    return [by_id[message_id] for message_id in ids]


def _claimed(ready: Ready, epoch: int, *, at: datetime) -> Claim:
    message, wait = ready.message, (ready.moment - at).total_seconds()
    verdicts.keep(message, ready.judged, asked=Asked.CLAIMED, at=at)
    return Claim(message.practice_id, message.id, epoch, ready.outgoing, ready.carrier, wait,
                 ready.holds_number)  # fmt: skip


def _lease(ready: Sequence[Ready], *, at: datetime) -> dict[UUID, int]:
    """Take the rows by a conditional update; the new epoch of each that nobody was faster with.

    From here on they count as waiting at the carrier, until they are known not to.
    """
    db.session.flush()
    epochs: dict[UUID, int] = {}
    for line in {each.line.id: each.line for each in ready}.values():
        mine = [
            and_(Message.id == each.message.id, Message.claim_epoch == each.message.claim_epoch)
            for each in ready
            if each.line is line
        ]
        rows = db.session.execute(
            update(Message)
            .where(
                Message.practice_id == line.practice_id,
                Message.status == MessageStatus.QUEUED,
                or_(*mine),
            )
            .values(
                status=MessageStatus.SENDING,
                status_at=at,
                claim_epoch=Message.claim_epoch + 1,
                lease_until=at + LEASE,
                at_carrier_until=carrier_queue.counts_from(line, at=at),
                due_at=None,
            )
            .returning(Message.id, Message.claim_epoch)
            .execution_options(synchronize_session=False)
        )
        epochs |= {message_id: epoch for message_id, epoch in rows}
    return epochs
