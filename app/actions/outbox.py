"""The outbox: claim by epoch and lease, with the gate asked again inside the claim. A claim only leases; an
attempt is written just before a request leaves. What came of it is recorded in `outbox_settle`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions import carrier_queue, line_pace, list_pace, send_facts, verdicts
from app.actions.carrier_queue import CarrierQueue
from app.actions.carriers import carrier_for, outgoing_of
from app.actions.handover import arrived
from app.actions.outbox_cards import hold_back, move_aside, withhold
from app.actions.outbox_queue import claimable, has_status
from app.core.db import db, savepoint
from app.core.errors import ConfigError
from app.core.log import logger
from app.models.contact_point import PhoneNumber
from app.models.message import Channel, Message, SendAttempt
from app.models.message_verdict import Asked
from app.models.practice import Line, Practice
from messaging.carriers.base import Carrier, Outgoing
from messaging.delivery import MessageStatus
from messaging.gate import Decision

log = logger("outbox")
LEASE = timedelta(seconds=60)
#: The carrier client's time-outs (3 s, 10 s) and a margin: with less lease than this nothing leaves.
LEAST_LEASE = timedelta(seconds=20)
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
    claims = []
    lines = line_pace.lock_lines(practice_id)
    there = carrier_queue.read(practice_id, at=at)
    open_lines = line_pace.open_lines(lines, there, at=at)
    found = db.session.scalars(claimable(practice_id, open_lines, at=at, limit=limit)).all()
    for message_id in found:
        try:
            with savepoint():
                claim = _claim(practice_id, message_id, there, at=at)
        except OperationalError:  # the database's trouble, not the row's
            raise
        except Exception as error:
            if is_other_in_flight(error):
                continue
            log.exception("a queued message broke", message_id=str(message_id))
            move_aside(practice_id, message_id, at=at)
            continue
        if claim is not None:
            claims.append(claim)
    return claims, len(found)


def is_other_in_flight(error: Exception) -> bool:
    """Whether the database refused the lease because a text from this line to this number is leaving.

    PostgreSQL names the index, SQLite its columns.
    """
    said = str(error.orig) if isinstance(error, IntegrityError) else ""
    return "uq_message_in_flight" in said or "message.line_id, message.phone_number_id" in said


def start_attempt(claim: Claim, *, at: datetime) -> bool:
    """Note, just before the first byte, that a request leaves; False when it must not any more.

    The lease must outlast the carrier's time-outs, and a STOP since the claim is heard.
    """
    _take_turn(claim)
    message = find_mine(claim)
    if message is None or message.status is not MessageStatus.SENDING or not message.lease_until:
        return False
    if message.lease_until - at < LEAST_LEASE:
        requeue(message, at=at, due_at=at)
        return False
    if not send_facts.still_wanted(message, at=at):
        judged = verdicts.ask(message, at=at)
        verdicts.keep(message, judged, asked=Asked.LEAVING, at=at)
        withhold(message, judged.verdict, at=at)
        return False
    message.attempts += 1
    db.session.add(
        SendAttempt(
            practice_id=claim.practice_id,
            message_id=message.id,
            epoch=claim.epoch,
            started_at=at,
        )
    )
    return True


def _take_turn(claim: Claim) -> None:
    """The number before the message, as for a text that comes in: so that they never wait for each other."""
    db.session.scalar(
        select(PhoneNumber.id)
        .where(
            PhoneNumber.practice_id == claim.practice_id,
            PhoneNumber.e164 == claim.outgoing.recipient,
        )
        .with_for_update(read=True)
    )


def find_mine(claim: Claim) -> Message | None:
    """The claimed message, locked, while nobody claimed it anew."""
    return db.session.scalars(
        select(Message)
        .where(
            Message.practice_id == claim.practice_id,
            Message.id == claim.message_id,
            Message.claim_epoch == claim.epoch,
        )
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).one_or_none()


def requeue(message: Message, *, at: datetime, due_at: datetime) -> None:
    """Back into the queue, to be looked at again at `due_at`."""
    if message.move(MessageStatus.QUEUED, at=at):
        message.due_at, message.lease_until = due_at, None


def _claim(
    practice_id: UUID, message_id: UUID, there: CarrierQueue, *, at: datetime
) -> Claim | None:
    """Ask the gate and lease the row; None when it does not go to a carrier now."""
    message = db.session.get_one(Message, (practice_id, message_id), populate_existing=True)
    turn = list_pace.turn_of(message, at=at)
    if turn is None:
        return None
    judged = verdicts.ask(message, at=at)
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
    practice = db.session.get_one(Practice, practice_id)
    try:
        carrier, outgoing = carrier_for(practice), outgoing_of(message, at=at)
    except ConfigError:
        log.exception("a line can't send", practice=practice.slug)
        hold_back(message, verdict, before=None, at=at, until=at + SET_UP_PAUSE)
        return None
    line = db.session.get_one(Line, (practice_id, message.line_id))
    slot = line_pace.take_slot(line, message.segments or 1, there, at=at)
    epoch = None if slot is None else _lease(message, line, at=at)
    if slot is None or epoch is None:
        return None
    verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
    list_pace.took_turn(message, moment := max(slot, turn))
    wait = (moment - at).total_seconds()
    return Claim(practice_id, message_id, epoch, outgoing, carrier, wait)


def _lease(message: Message, line: Line, *, at: datetime) -> int | None:
    """Take the row by a conditional update; the new epoch, or None when somebody else was faster.

    From here on it counts as waiting at the carrier, until it is known not to.
    """
    db.session.flush()
    return db.session.scalar(
        update(Message)
        .where(
            Message.practice_id == message.practice_id,
            Message.id == message.id,
            Message.status == MessageStatus.QUEUED,
            Message.claim_epoch == message.claim_epoch,
        )
        .values(
            status=MessageStatus.SENDING,
            status_at=at,
            claim_epoch=Message.claim_epoch + 1,
            lease_until=at + LEASE,
            at_carrier_until=carrier_queue.counts_from(line, at=at),
            due_at=None,
        )
        .returning(Message.claim_epoch)
        .execution_options(synchronize_session=False)
    )
