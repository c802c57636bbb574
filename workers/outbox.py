"""The outbox sweep: claim and commit, practice by practice; what is claimed then leaves (`workers.leaving`).
Beside it, leases that ran out and texts whose fate nobody knows."""

import math
import time
from uuid import UUID

from flask import Flask, current_app

from app.actions import doubts, outbox, outbox_attempt, outbox_queue
from app.actions.outbox import Claim
from app.core.clock import began_at, db_now, running_seconds
from app.core.db import enter_practice, transaction
from app.core.failpoints import reach
from app.core.log import logger
from messaging.carriers.base import SendError
from workers import leaving, requests

log = logger("outbox")
#: Rows claimed per practice and round: with so many senders a batch leaves well within its lease.
BATCH = 24
#: While texts are on their way, others are looked for so often (s): moments are given out further ahead.
LOOK_EVERY = 0.5
#: A sweep ends after this many seconds, so that a lost lease is noticed; the next one comes at once.
LONGEST_SWEEP = 10.0


def deliver_due() -> int:
    """Hand over what is due in every practice, in turns, until nothing is. Returns how many left.

    What became due meanwhile is claimed while others are still on their way, so that a line's moments do
    not pass unused because another line's carrier takes its time.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    until, look_at, found = time.monotonic() + LONGEST_SWEEP, 0.0, True
    with leaving.opened(app) as flow:
        while True:
            now = time.monotonic()
            at_once = found and not flow.waiting
            if now < until and flow.has_room and (at_once or now >= look_at):
                found = _look(flow)
                look_at = now + LOOK_EVERY
            if flow.is_done and (not found or now >= until):
                return flow.left
            flow.step(until=look_at if look_at > now else math.inf)


def _look(flow: leaving.Flow) -> bool:
    """Claim once for every practice that has something due; whether another look may find more at once."""
    found = False
    for practice_id in outbox.due_practices(at=db_now()):
        began = running_seconds()
        claims, going, looked = _claim(practice_id, senders=min(flow.free, leaving.TOGETHER))
        flow.go(going, began)
        flow.add([claim for claim in claims if claim not in going])
        found = found or bool(claims) or looked >= BATCH
        if not flow.free:  # what has come back makes room for the next practice
            flow.step(until=time.monotonic())
    return found


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


def _claim(practice_id: UUID, *, senders: int) -> tuple[list[Claim], list[Claim], int]:
    """One practice's claims, those of them whose requests leave now, and the number of rows looked at; a
    practice in trouble holds up no other."""
    try:
        enter_practice(practice_id)
        with transaction():
            at = began_at()
            claims, looked = outbox.claim_due(practice_id, at=at, limit=BATCH)
            reach("outbox.claimed")
            going = outbox_attempt.start_claimed(claims, at=at, limit=senders)
            if going:
                requests.attempts_written()
        reach("outbox.claim_committed")
        if going:
            requests.attempts_committed()
        return claims, going, looked
    except Exception:
        log.exception("a practice's texts could not be claimed", practice_id=str(practice_id))
        return [], [], 0
