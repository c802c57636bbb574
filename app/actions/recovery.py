"""After a restore: what came and went since the backup is read from the carrier and filled in, in the order
it happened; only then may a practice send again. Doing any of it twice changes nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.exc import OperationalError

from app.actions import delivery, found_texts, ladder, outbox_cards, reconcile
from app.actions.carriers import account_of, carrier_for
from app.actions.doubts import CLOCK_MARGIN
from app.core.columns import Row
from app.core.crypto import digest
from app.core.db import db, savepoint
from app.core.log import logger
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, record
from app.models.message import Channel, Direction, Message, SendAttempt
from app.models.practice import Line, Practice
from app.models.task import Task
from messaging.carriers.base import CarrierMessage, StatusReport
from messaging.delivery import MessageStatus
from messaging.gate import SENDING_OFF_PAUSE, Reason

log = logger("recovery")
#: A text nobody gave an end to is not sent this long after it was meant to leave.
STALE_AFTER = timedelta(hours=12)
#: Not yet known to have left: what the carrier has may be one of these.
OPEN = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Found:
    """One text on the carrier's record, with the line it came to or left from."""

    listing: reconcile.Listing
    text: CarrierMessage = field(repr=False)


def waiting() -> Sequence[Practice]:
    """Practices that were restored and not compared with the carrier yet."""
    return db.session.scalars(
        select(Practice).where(Practice.restored_from.is_not(None)).order_by(Practice.slug)
    ).all()


def lines_of(practice: Practice) -> list[reconcile.Listing]:
    """Every line whose list has to be read. Raises ConfigError when no carrier serves the practice."""
    lines = db.session.scalars(
        select(Line).where(Line.practice_id == practice.id, Line.is_active).order_by(Line.id)
    ).all()
    return [
        reconcile.Listing(
            practice.id, line.id, account_of(line), line.number, carrier_for(practice)
        )
        for line in lines
    ]


def read(lines: Iterable[reconcile.Listing], *, since: datetime) -> list[Found]:
    """All that came to and left from these lines, oldest first. Raises SendError; needs nothing open."""
    found = []
    for line in lines:
        ask = line.carrier.list_messages
        left = ask(line.account, sender=line.number, since=since)
        found += [Found(line, text) for text in left if text.direction == "outbound"]
        came = ask(line.account, recipient=line.number, since=since)
        found += [Found(line, text) for text in came if text.direction == "inbound"]
    # Of the same second, what we sent comes first: an answer follows its question.
    return sorted(found, key=lambda each: (each.text.created_at, each.text.direction == "inbound"))


def due_steps(practice_id: UUID, *, at: datetime) -> Select[Task]:
    """Steps that came due since the backup; of a day that is over nobody is asked any more."""
    return ladder.due_steps(at).where(Task.practice_id == practice_id, Task.due_at > at)


def write_steps(tasks: Iterable[Task], *, at: datetime) -> None:
    """Write the texts of steps that are due: they wait, and may turn out to have left already."""
    for task in tasks:
        try:
            with savepoint():
                ladder.step(task, at=at)
        except OperationalError:  # the database's trouble, not the task's
            raise
        except Exception:
            log.exception("a task broke", task_id=str(task.id))
            ladder.set_aside(task, reason="a step failed", at=at)


def take(found: Iterable[Found], *, at: datetime) -> Counter[str]:
    """Fill in what the carrier has: how many were `filled` (came in), `matched`, `unknown`, `known`."""
    counts: Counter[str] = Counter()
    for each in found:
        if each.text.direction == "inbound":
            counts["filled"] += reconcile.take_in(each.listing, [each.text], at=at).count
        else:
            counts[_left(each, at=at)] += 1
    return counts


def expire_stale(practice_id: UUID, *, at: datetime, limit: int = 200) -> int:
    """Texts that wait and have lost their use are not sent, and somebody hears of it. Returns how many."""
    stale = db.session.scalars(_stale(practice_id, at=at).limit(limit)).all()
    for message in stale:
        outbox_cards.close(message, MessageStatus.EXPIRED, at=at, reason="restored")
        outbox_cards.hand_to_person(message, at=at, why="restored")
    return len(stale)


def lift(practice: Practice, counts: Counter[str], *, at: datetime) -> None:
    """The practice may send again, and what waited for that is looked at now."""
    if practice.restored_from is None:
        return
    db.session.execute(
        update(Message)
        .where(
            Message.practice_id == practice.id,
            Message.status == MessageStatus.QUEUED,
            Message.verdict["reason"].as_string() == Reason.SENDING_OFF.value,
        )
        .values(due_at=at)
        .execution_options(synchronize_session=False)
    )
    since, practice.restored_from = practice.restored_from, None
    subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
    record(subject, "practice.reconciled", by=SYSTEM, at=at, backup_of=since.isoformat(),
           counts=dict(counts))  # fmt: skip


def _left(found: Found, *, at: datetime) -> str:
    """What a text that left is to us: `known` under its id, `matched` to a row that waited, or `unknown`."""
    practice_id, text = found.listing.practice_id, found.text
    owner = _owner(practice_id, text.provider_id)
    message = owner or _waiting_row(practice_id, text)
    if message is None:
        return "unknown" if found_texts.keep(practice_id, text, at=at) else "known"
    if owner is None:
        message.sent_at = text.created_at
        # A step that was written again stands where it stood.
        message.created_at = min(message.created_at, text.created_at)
        db.session.flush()  # the report reads the row anew
    delivery.apply_report(message, _report(found), at=at)
    return "known" if owner else "matched"


def _owner(practice_id: UUID, provider_id: str) -> Message | None:
    """The message the carrier's id belongs to, its own or that of one of its tries."""
    tries = select(SendAttempt.message_id).where(
        SendAttempt.practice_id == practice_id, SendAttempt.provider_id == provider_id
    )
    return db.session.scalars(
        select(Message).where(
            Message.practice_id == practice_id,
            or_(Message.provider_id == provider_id, Message.id.in_(tries)),
        )
    ).first()


def _waiting_row(practice_id: UUID, text: CarrierMessage) -> Message | None:
    """The oldest text to that number with these words that may have left then.

    What a person wrote after the carrier took the text is another one, however equal.
    """
    existed = Message.created_at <= text.created_at + CLOCK_MARGIN
    again = and_(Message.is_automated, Message.task_id.is_not(None))
    return db.session.scalars(
        select(Message)
        .join(
            PhoneNumber,
            (PhoneNumber.practice_id == Message.practice_id)
            & (PhoneNumber.id == Message.phone_number_id),
        )
        .where(
            Message.practice_id == practice_id,
            PhoneNumber.e164 == text.recipient,
            Message.direction == Direction.OUTBOUND,
            Message.channel == Channel.SMS,
            Message.status.in_(OPEN),
            Message.provider_id.is_(None),
            Message.body_digest == digest(text.body),
            or_(existed, again),
        )
        .order_by(Message.created_at, Message.id)
        .limit(1)
    ).first()


def _report(found: Found) -> StatusReport:
    """What the list says, as a delivery report would have said it."""
    text = found.text
    return StatusReport(
        provider_id=text.provider_id,
        account_sid=found.listing.account.sid,
        sender=text.sender,
        recipient=text.recipient,
        status=text.status,
        error_code=text.error_code,
    )


def _stale(practice_id: UUID, *, at: datetime) -> Select[Message]:
    """Queued texts whose end has passed, or that should have left long ago. One that waits for a moment still
    to come (quiet hours, a day that was chosen) is not late."""
    meant_for = func.coalesce(Message.send_after, Message.created_at)
    late = and_(
        Message.not_after.is_(None),
        meant_for < at - STALE_AFTER,
        Message.due_at <= at + SENDING_OFF_PAUSE,
    )
    return (
        select(Message)
        .where(
            Message.practice_id == practice_id,
            Message.status == MessageStatus.QUEUED,
            Message.direction == Direction.OUTBOUND,
            Message.channel == Channel.SMS,
            or_(Message.not_after < at, late),
        )
        .order_by(Message.created_at, Message.id)
    )
