"""What is committed before requests leave, one request, and what is committed after their answers, for texts
of one practice together. A row that breaks takes no other with it."""

import queue
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Flask
from sqlalchemy.exc import OperationalError

from app.actions import outbox_attempt, outbox_settle
from app.actions.outbox import Claim
from app.core.clock import began_at, running_seconds
from app.core.db import db, enter_practice, transaction
from app.core.errors import Busy
from app.core.failpoints import reach
from app.core.log import logger
from messaging.carriers.base import InDoubt, NotAccepted, Receipt, SendError

log = logger("outbox")
TRIES_TO_SETTLE = 3
#: A request has left within this many seconds of its attempt, so that it ends within its lease: a process
#: that stood still in between (a sleeping laptop, a paused container, a name nobody resolves) must not send
#: what was settled without it. The carrier's client asks once more before each piece of the request.
STOOD_STILL = 7.0

#: What came of a request; None when it broke off here, and is left to its lease.
Answer = tuple[Claim, Receipt | SendError | None]


def start_attempts(group: Sequence[Claim]) -> list[Claim]:
    """Commit the attempts of one practice's texts; those that may leave.

    Whatever breaks here leaves the rows to their leases: without an attempt they are queued again.
    """
    try:
        enter_practice(group[0].practice_id)
        with transaction():
            leaving = outbox_attempt.start_attempts(group, at=began_at())
            attempts_written()
        attempts_committed()
        return leaving
    except Exception as error:
        if len(group) > 1:  # a row that breaks takes no other with it
            log.warning("texts leave one by one", error=type(error).__name__)
            return [going for claim in group for going in start_attempts([claim])]
        log.exception("an attempt broke", message_id=str(group[0].message_id))
        return []


def attempts_written() -> None:
    """Attempts stand in the open transaction: a claim's own, or that of those that came later."""
    reach("outbox.attempt_written")


def attempts_committed() -> None:
    """They are committed: the next thing is the socket."""
    reach("outbox.attempt_committed")


def request(app: Flask, claim: Claim, began: float, answers: "queue.SimpleQueue[Answer]") -> None:
    """One request and its answer, in a context of its own."""
    outcome: Receipt | SendError | None = None
    try:
        with app.app_context():
            reach("outbox.leaving")
            outcome = call_carrier(claim, began=began)
            reach("outbox.answered")
    except Exception:
        outcome = None
        log.exception("a send broke off", message_id=str(claim.message_id))
    finally:
        answers.put((claim, outcome))


def call_carrier(claim: Claim, *, began: float) -> Receipt | SendError:
    """The request itself: no transaction is open, and every failure is an outcome.

    `began` is `running_seconds()` when the attempt was written.
    """
    db.session.rollback()

    def may_leave() -> bool:
        return running_seconds() - began <= STOOD_STILL

    if not may_leave():
        return NotAccepted(detail="stood still")
    try:
        return claim.carrier.send(replace(claim.outgoing, may_leave=may_leave))
    except SendError as error:
        return error
    except Exception as error:  # it may have left: nothing proves otherwise
        log.exception("a carrier broke", carrier=claim.carrier.kind)
        return InDoubt(detail=type(error).__name__)


def settle(answers: Sequence[Answer]) -> None:
    """Record the outcomes, practice by practice; one that cannot be recorded is left to its lease."""
    known = [(claim, outcome) for claim, outcome in answers if outcome is not None]
    groups: defaultdict[UUID, list[tuple[Claim, Receipt | SendError]]] = defaultdict(list)
    for claim, outcome in known:
        groups[claim.practice_id].append((claim, outcome))
    for group in groups.values():
        _settle_group(group)


def _settle_group(group: Sequence[tuple[Claim, Receipt | SendError]]) -> None:
    try:
        _settle(group)
    except Exception as error:
        if len(group) == 1:
            log.exception("an answer broke off", message_id=str(group[0][0].message_id))
            return
        log.warning("answers are recorded one by one", error=type(error).__name__)
        for answer in group:
            _settle_group([answer])


def _settle(group: Sequence[tuple[Claim, Receipt | SendError]]) -> None:
    """A busy database or a deadlock gets another try, or the answers would be lost."""
    for tries_left in reversed(range(TRIES_TO_SETTLE)):
        try:
            enter_practice(group[0][0].practice_id)
            with transaction():
                outbox_settle.settle_all(group, at=began_at())
                reach("outbox.settled")
            reach("outbox.settle_committed")
            return
        except (Busy, OperationalError):
            if not tries_left:
                raise
