"""The outbox sweep: claim and commit, send with nothing open, settle and commit. Several texts leave at
once, each in a context of its own; a slow carrier holds up nobody else."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from flask import Flask, current_app
from gevent import monkey
from gevent.pool import Pool
from sqlalchemy.exc import OperationalError

from app.actions import doubts, outbox, outbox_queue, outbox_settle
from app.actions.outbox import Claim
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.errors import Busy
from app.core.failpoints import reach
from app.core.log import logger
from messaging.carriers.base import InDoubt, NotAccepted, Receipt, SendError

log = logger("outbox")
#: Rows claimed per practice and round: with so many senders a batch leaves well within its lease.
BATCH = 24
SENDERS = 8
#: A sweep ends after this many seconds, so that a lost lease is noticed; the next one comes at once.
LONGEST_SWEEP = 10.0
TRIES_TO_SETTLE = 3
#: A request begins within this many seconds of its attempt, so that it ends within its lease: a process that
#: stood still in between (a sleeping laptop, a paused container) must not send what was settled without it.
STOOD_STILL = 7.0


def deliver_due() -> int:
    """Hand over what is due in every practice, in turns, until nothing is. Returns how many left."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    sent, until = 0, time.monotonic() + LONGEST_SWEEP
    while time.monotonic() < until:
        practices = outbox.due_practices(at=db_now())
        rounds = [_claim(practice_id) for practice_id in practices]
        claims = [claim for claimed, _ in rounds for claim in claimed]
        claims.sort(key=lambda claim: claim.wait_seconds)  # whose moment comes first, of any line
        began = time.monotonic()
        sent += sum(_at_once(partial(_at_its_moment, app, began), claims))
        if not claims and all(looked < BATCH for _, looked in rounds):
            break
    return sent


def send_one(app: Flask, claim: Claim) -> bool:
    """Attempt, send, settle. False when the text must not leave any more.

    Whatever breaks here leaves the row to its lease: without an attempt it is queued again, with
    one it is in doubt.
    """
    with app.app_context():
        try:
            with transaction():
                enter_practice(claim.practice_id)
                began = time.monotonic()
                leaves = outbox.start_attempt(claim, at=db_now())
                reach("outbox.attempt_written")
            reach("outbox.attempt_committed")
            if leaves:
                outcome = call_carrier(claim, began=began)
                reach("outbox.answered")
                _settle(claim, outcome)
        except Exception:
            log.exception("a send broke off", message_id=str(claim.message_id))
            return False
        return leaves


def _at_its_moment(app: Flask, began: float, claim: Claim) -> bool:
    """Wait, with nothing open, for the moment the line's pace gave to this text."""
    left = began + claim.wait_seconds - time.monotonic()
    if left > 0:
        time.sleep(left)
    return send_one(app, claim)


def call_carrier(claim: Claim, *, began: float) -> Receipt | SendError:
    """The request itself: no transaction is open, and every failure is an outcome.

    `began` is `time.monotonic()` when the attempt was written.
    """
    db.session.rollback()
    if time.monotonic() - began > STOOD_STILL:
        return NotAccepted(detail="stood still")
    try:
        return claim.carrier.send(claim.outgoing)
    except SendError as error:
        return error
    except Exception as error:  # it may have left: nothing proves otherwise
        log.exception("a carrier broke", carrier=claim.carrier.kind)
        return InDoubt(detail=type(error).__name__)


def release_lapsed() -> int:
    """Give back or doubt what a process that is gone had claimed."""
    with transaction():
        released = outbox_queue.release_lapsed(at=db_now())
        reach("lapsed.released")
    return released


def settle_doubts() -> int:
    """Look texts in doubt up at the carrier; the listing happens with nothing open."""
    with transaction():
        due = doubts.due_doubts(at=db_now())
    for doubt in due:
        try:
            listed = doubt.look_up()
            reach("doubt.listed")
            with transaction():
                enter_practice(doubt.practice_id)
                doubts.settle_doubt(doubt, listed, at=db_now())
                reach("doubt.settled")
        except SendError as error:
            log.warning("a doubt could not be looked up", detail=error.detail)
            _put_off(doubt)
        except Exception:
            log.exception("a doubt broke", message_id=str(doubt.message_id))
            _put_off(doubt)
    return len(due)


def _put_off(doubt: doubts.Doubt) -> None:
    """Look again in a while; when even this can't be written, the next sweep does."""
    try:
        with transaction():
            enter_practice(doubt.practice_id)
            doubts.put_off(doubt.practice_id, doubt.message_id, at=db_now())
    except Exception:
        log.exception("a doubt could not be put off", message_id=str(doubt.message_id))


def _claim(practice_id: UUID) -> tuple[list[Claim], int]:
    """One practice's claims and the rows looked at; a practice in trouble holds up no other."""
    try:
        with transaction():
            enter_practice(practice_id)
            found = outbox.claim_due(practice_id, at=db_now(), limit=BATCH)
            reach("outbox.claimed")
        reach("outbox.claim_committed")
        return found
    except Exception:
        log.exception("a practice's texts could not be claimed", practice_id=str(practice_id))
        return [], 0


def _settle(claim: Claim, outcome: Receipt | SendError) -> None:
    """Record the outcome; a busy database or a deadlock gets another try, or the answer would be lost."""
    for tries_left in reversed(range(TRIES_TO_SETTLE)):
        try:
            with transaction():
                enter_practice(claim.practice_id)
                outbox_settle.settle(claim, outcome, at=db_now())
                reach("outbox.settled")
            reach("outbox.settle_committed")
            return
        except (Busy, OperationalError):
            if not tries_left:
                raise


def _at_once(send: Callable[[Claim], bool], claims: Sequence[Claim]) -> list[bool]:
    """Up to SENDERS calls at the same time: greenlets where sockets are gevent's, else threads."""
    if len(claims) < 2:
        return [send(claim) for claim in claims]
    if monkey.is_module_patched("socket"):
        return list(Pool(SENDERS).imap(send, claims))
    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(send, claims))
