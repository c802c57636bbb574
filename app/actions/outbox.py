"""The outbox: claim by epoch and lease, with the gate asked again inside the claim. A claim only leases; an
attempt is written just before a request leaves (`outbox_attempt`), and what came of it in `outbox_settle`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions import carrier_queue, line_pace, list_pace, send_facts, verdicts
from app.actions.carrier_queue import CarrierQueue
from app.actions.carriers import carrier_for, outgoing_of
from app.actions.handover import arrived
from app.actions.outbox_cards import hold_back, move_aside, withhold
from app.actions.outbox_queue import claimable, has_status
from app.actions.send_facts_together import Together, read_together
from app.core.db import db, savepoint
from app.core.errors import ConfigError
from app.core.log import logger
from app.models.message import Channel, Message
from app.models.message_verdict import Asked
from app.models.practice import Line, Practice
from messaging.carriers.base import Carrier, Outgoing
from messaging.delivery import MessageStatus
from messaging.gate import Decision

log = logger("outbox")
LEASE = timedelta(seconds=60)
SET_UP_PAUSE = timedelta(minutes=5)


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
    send_facts.check_rules(db.session.get_one(Practice, practice_id), at=at)
    lines = line_pace.lock_lines(practice_id)
    there = carrier_queue.read(practice_id, at=at)
    open_lines = line_pace.open_lines(lines, there, at=at)
    found = db.session.scalars(claimable(practice_id, open_lines, at=at, limit=limit)).all()
    return _claim_in_savepoints(practice_id, found, there, at=at), len(found)


def _claim_in_savepoints(
    practice_id: UUID, found: Sequence[UUID], there: CarrierQueue, *, at: datetime
) -> list[Claim]:
    """All together; when that breaks, each in a savepoint of its own: a row takes no other with it."""
    if len(found) > 1:
        try:
            with savepoint():
                return _claim(practice_id, found, there, at=at)
        except OperationalError:  # the database's trouble, not a row's
            raise
        except Exception as error:
            log.warning("texts are claimed one by one", error=type(error).__name__)
            there = carrier_queue.read(practice_id, at=at)
    claims = []
    for message_id in found:
        try:
            with savepoint():
                claims += _claim(practice_id, [message_id], there, at=at)
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text the gate lets go, with the moment its line and its list give to it."""

    message: Message
    judged: verdicts.Judged
    line: Line
    outgoing: Outgoing
    carrier: Carrier
    moment: datetime


def _claim(
    practice_id: UUID, ids: Sequence[UUID], there: CarrierQueue, *, at: datetime
) -> list[Claim]:
    """Ask the gate about each and lease those that go to a carrier now.

    One text for each person and number: the next round asks about another one with the first counted.
    """
    messages = _in_order(practice_id, ids)
    together = read_together(practice_id, messages, at=at)
    ready: list[_Ready] = []
    taken: set[tuple[UUID | None, UUID | None]] = set()
    for message in messages:
        ways = {
            (message.line_id, message.phone_number_id),
            (message.patient_id, message.patient_id),
        }
        ways.discard((None, None))
        if message.channel is Channel.SMS and not taken.isdisjoint(ways):
            continue
        each = _prepare(message, together, there, at=at)
        if each is not None:
            ready.append(each)
            taken |= ways
    epochs = _lease(ready, at=at)
    return [
        _claimed(each, epochs[each.message.id], at=at)
        for each in ready
        if each.message.id in epochs
    ]


def _in_order(practice_id: UUID, ids: Sequence[UUID]) -> list[Message]:
    found = db.session.scalars(
        select(Message)
        .where(Message.practice_id == practice_id, Message.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    by_id = {message.id: message for message in found}
    return [by_id[message_id] for message_id in ids]


def _prepare(
    message: Message, together: Together, there: CarrierQueue, *, at: datetime
) -> _Ready | None:
    """Ask the gate and take a slot; None when it does not go to a carrier now."""
    turn = list_pace.turn_of(message, at=at)
    if turn is None:
        return None
    judged = verdicts.judged(together.known(message, at=at), at=at)
    verdict = judged.verdict
    if verdict.decision is Decision.WITHHELD:
        verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
        withhold(message, verdict, at=at)
        return None
    if verdict.decision is Decision.WAIT:
        before = (message.verdict or {}).get("reason")
        verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
        until = verdict.until or at + SET_UP_PAUSE
        hold_back(message, verdict, before=before, at=at, until=until)
        return None
    if message.channel is Channel.PORTAL:
        verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
        arrived(message, at=at)
        return None
    try:
        carrier, outgoing = carrier_for(together.practice), outgoing_of(message, at=at)
    except ConfigError:
        log.exception("a line can't send", practice=together.practice.slug)
        hold_back(message, verdict, before=None, at=at, until=at + SET_UP_PAUSE)
        return None
    line = db.session.get_one(Line, (message.practice_id, message.line_id))
    slot = line_pace.take_slot(line, message.segments or 1, there, at=at)
    if slot is None:
        return None
    list_pace.took_turn(message, moment := max(slot, turn))
    return _Ready(message, judged, line, outgoing, carrier, moment)


def _claimed(ready: _Ready, epoch: int, *, at: datetime) -> Claim:
    message, wait = ready.message, (ready.moment - at).total_seconds()
    verdicts.keep(message, ready.judged, asked=Asked.CLAIMED, at=at)
    return Claim(message.practice_id, message.id, epoch, ready.outgoing, ready.carrier, wait)


def _lease(ready: Sequence[_Ready], *, at: datetime) -> dict[UUID, int]:
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
