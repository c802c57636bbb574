"""Recording what came of a request: accepted, not accepted, refused, or in doubt. Only the claim that made
it may say so (`claim_epoch`); what arrives too late is noted and left to the carrier's own reports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select, update

from app.actions import carrier_blocks, consents, handover, line_pace, outbox_cards
from app.actions.outbox import Claim, requeue
from app.actions.outbox_attempt import find_mine
from app.actions.outbox_queue import doubt
from app.actions.touchpoint_context import Context, contexts_of_texts
from app.core.columns import Base
from app.core.db import db
from app.core.log import logger
from app.models.consent import ConsentHow
from app.models.contact_point import NumberState, PhoneNumber
from app.models.event import SYSTEM, record
from app.models.message import Message, SendAttempt
from app.models.practice import Line, Practice
from messaging.carriers.base import CarrierBusy, NotAccepted, Receipt, SendError
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for

log = logger("outbox")
MOST_TRIES = 6
BACK_OFF = tuple(timedelta(seconds=s) for s in (15, 60, 300, 900, 3600))
#: A sure "no" is heard in both: the process may have stood still until its lease lapsed.
OPEN = (MessageStatus.SENDING, MessageStatus.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class _Around:
    """What these messages have around them, read for all at once. While it is held, it need not be read one
    by one."""

    held: Sequence[Base]
    contexts: Mapping[UUID, Context]


def _look_around(messages: Collection[Message], *, at: datetime) -> _Around:
    """Their practice, its lines, and their patients with what the ledger freezes about them."""
    practice_id = next((message.practice_id for message in messages), None)
    if practice_id is None:
        return _Around((), {})
    ids = {message.patient_id for message in messages if message.patient_id is not None}
    practice = db.session.get_one(Practice, practice_id)
    lines = db.session.scalars(select(Line).where(Line.practice_id == practice_id))
    contexts = contexts_of_texts(practice, ids, at=at)
    known = {patient.id: context for patient, context in contexts.items()}
    return _Around((practice, *lines, *contexts), known)


def settle_all(answers: Sequence[tuple[Claim, Receipt | SendError]], *, at: datetime) -> None:
    """Record what came of requests of one practice, each by itself."""
    _end_attempts(answers, at=at)
    mine = find_mine([claim for claim, _ in answers])
    around = _look_around(mine.values(), at=at)
    with db.session.no_autoflush:  # their ledger rows and events are written together
        for claim, outcome in answers:
            if isinstance(outcome, Receipt):
                _settle_accepted(claim, mine.get(claim.message_id), outcome, around, at=at)
    for claim, outcome in answers:
        message = mine.get(claim.message_id)
        if not isinstance(outcome, Receipt) and message is not None:
            _settle_not_accepted(message, outcome, at=at)


def _settle_accepted(
    claim: Claim, message: Message | None, receipt: Receipt, around: _Around, *, at: datetime
) -> None:
    """The carrier has it, and said under which id."""
    if message is None:
        _too_late(claim, receipt, at=at)
        return
    line_pace.answered(message, at=at)
    if message.provider_id not in (None, receipt.provider_id):
        _too_late(claim, receipt, at=at)  # a report of another try was faster: both stay on record
    handover.handed_over(
        message,
        at=at,
        provider_id=receipt.provider_id,
        status=receipt.status,
        segments=receipt.segments,
        context=around.contexts.get(message.patient_id) if message.patient_id else None,
    )


def _settle_not_accepted(message: Message, error: SendError, *, at: datetime) -> None:
    if error.in_doubt:
        _settle_in_doubt(message, error, at=at)
    elif message.status not in OPEN:
        return
    elif error.retryable:
        _settle_retry(message, error, at=at)
    else:
        _settle_refused(message, error, at=at)


def _settle_retry(message: Message, error: SendError, *, at: datetime) -> None:
    """Certainly not accepted: back into the queue with a growing pause, or to a person at the end."""
    if error.our_fault:
        log.error("texting is not set up right", error_code=error.code, detail=error.detail)
    message.error_code = error.code or message.error_code
    next_try = at + pause_after(message.attempts)
    if message.not_after is not None and next_try > message.not_after:
        give_up(message, MessageStatus.EXPIRED, at=at, why="not_accepted")
    elif message.attempts >= MOST_TRIES:
        give_up(message, MessageStatus.FAILED, at=at, why="not_accepted")
    else:
        requeue(message, at=at, due_at=next_try)
        record(message, "message.not_accepted", by=SYSTEM, at=at, attempt=message.attempts,
               error_code=error.code, detail=error.detail)  # fmt: skip
    if policy_for(error.code).stops_sender:
        line_pace.stop_for(message, policy_for(error.code), at=at)
    elif isinstance(error, CarrierBusy):
        line_pace.slow_down(message, at=at)
    elif isinstance(error, NotAccepted):
        line_pace.no_answer(message, at=at)


def _settle_refused(message: Message, error: SendError, *, at: datetime) -> None:
    """The carrier will never take it. What the code says about the number is remembered."""
    message.error_code = error.code or message.error_code
    line_pace.answered(message, at=at)
    learn_from_code(message, error.code, at=at)
    give_up(message, policy_for(error.code).closes_as, at=at, why="refused")


def _settle_in_doubt(message: Message, error: SendError, *, at: datetime) -> None:
    """It may have been taken. A callback, or the carrier's list, will tell."""
    if message.status is MessageStatus.SENDING:
        log.warning("a text is in doubt", message_id=str(message.id), detail=error.detail)
        doubt(message, at=at)
        line_pace.no_answer(message, at=at)


def give_up(message: Message, status: MessageStatus, *, at: datetime, why: str) -> None:
    """A final state that is not arrival, and a person who hears of it."""
    outbox_cards.close(message, status, at=at, reason=why, error_code=message.error_code)
    outbox_cards.hand_to_person(message, at=at, why=why)


def learn_from_code(message: Message, code: int | None, *, at: datetime) -> None:
    """Mark the number, or record the opt-out the carrier told us of (its error policy)."""
    policy = policy_for(code)
    if policy.alarm:
        log.error("the carrier refused a text", error_code=code, meaning=policy.meaning)
    if policy.stops_sender:
        line_pace.stop_for(message, policy, at=at)
    if message.phone_number_id is None:
        return
    number = db.session.get_one(PhoneNumber, (message.practice_id, message.phone_number_id))
    if policy.marks_number and number.state is not NumberState(policy.marks_number):
        number.state = NumberState(policy.marks_number)
        record(number, "number.marked", by=SYSTEM, at=at, patient_id=message.patient_id,
               state=policy.marks_number, code=code)  # fmt: skip
    if policy.opts_out and number.opted_out_at is not None:  # the block our own no did not know
        carrier_blocks.block(number, message.line_id, at=at)
    elif policy.opts_out:
        said = consents.Said(
            how=ConsentHow.CARRIER, wording=f"carrier code {code}", line_id=message.line_id
        )
        consents.withdraw(None, number, said, by=SYSTEM, at=at)


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries: growing, with up to a quarter of jitter."""
    pause = BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1]
    return pause + pause * (randbelow(251) / 1000)


_ATTEMPT = cast("Table", SendAttempt.__table__)
_END = (
    update(_ATTEMPT)
    .where(
        _ATTEMPT.c.practice_id == bindparam("its_practice"),
        _ATTEMPT.c.message_id == bindparam("its_message"),
        _ATTEMPT.c.epoch == bindparam("its_epoch"),
    )
    .values(
        {name: bindparam(name) for name in ("ended_at", "outcome", "error_code", "provider_id")}
    )
)


def _end_attempts(answers: Sequence[tuple[Claim, Receipt | SendError]], *, at: datetime) -> None:
    """Close the attempts, in one go, in the order in which others would."""
    db.session.flush()
    rows = [
        {
            "its_practice": claim.practice_id,
            "its_message": claim.message_id,
            "its_epoch": claim.epoch,
            "ended_at": at,
            "outcome": _word_of(outcome),
            "error_code": None if isinstance(outcome, Receipt) else outcome.code,
            "provider_id": outcome.provider_id if isinstance(outcome, Receipt) else None,
        }
        for claim, outcome in sorted(answers, key=lambda answer: answer[0].message_id)
    ]
    db.session.connection().execute(_END, rows)


def _word_of(outcome: Receipt | SendError) -> str:
    """The attempt's outcome."""
    if isinstance(outcome, Receipt):
        return "accepted"
    if outcome.in_doubt:
        return "in_doubt"
    return "not_accepted" if outcome.retryable else "refused"


def _too_late(claim: Claim, receipt: Receipt, *, at: datetime) -> None:
    """Another claim holds the row. The carrier's id goes on record, so that its reports are understood."""
    log.error("an answer came too late", message_id=str(claim.message_id), epoch=claim.epoch)
    message = db.session.get_one(Message, (claim.practice_id, claim.message_id))
    record(message, "message.accepted_late", by=SYSTEM, at=at, epoch=claim.epoch,
           provider_id=receipt.provider_id)  # fmt: skip
