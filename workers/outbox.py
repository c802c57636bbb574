"""The outbox sweep: claim and commit, practice by practice; what is claimed then leaves (`workers.leaving`).
Beside it, leases that ran out and texts whose fate nobody knows."""

import math
import time
from dataclasses import dataclass
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
#: What one practice's claim costs beside its texts is spread over so many of them at least; while looks find
#: fewer and more keep coming, the next one waits a little (s). The first looks of a sweep never wait.
ENOUGH_EACH, GATHER, LOOKS_AT_ONCE = 4, 0.25, 3
#: A sweep ends after this many seconds, so that a lost lease is noticed; the next one comes at once.
LONGEST_SWEEP = 10.0


def deliver_due() -> int:
    """Hand over what is due in every practice, in turns, until nothing is. Returns how many left.

    What became due meanwhile is claimed while others are still on their way, so that a line's moments do
    not pass unused because another line's carrier takes its time.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    until, look_at, few, found = time.monotonic() + LONGEST_SWEEP, 0.0, 0, Found(1, 0, is_full=True)
    with leaving.opened(app) as flow:
        while True:
            now = time.monotonic()
            gathers = few >= LOOKS_AT_ONCE and now < look_at
            at_once = found.any and not flow.waiting and not gathers
            if now < until and flow.has_room and (at_once or now >= look_at):
                found = _look(flow)
                few = few + 1 if found.is_thin else 0
                look_at = now + (GATHER if found.is_thin and not flow.waiting else LOOK_EVERY)
            if flow.is_done and (not found.any or now >= until):
                return flow.left
            if flow.is_done and gathers:
                time.sleep(look_at - now)
            flow.step(until=look_at if look_at > now else math.inf)


@dataclass(slots=True)
class Found:
    """What one look claimed, in how many practices; whether one of them may have more right now."""

    practices: int = 0
    texts: int = 0
    is_full: bool = False

    @property
    def any(self) -> bool:
        """Whether another look may find more at once."""
        return self.is_full or self.texts > 0

    @property
    def is_thin(self) -> bool:
        """A few texts, of practice after practice: each of them pays for a whole claim."""
        return not self.is_full and 0 < self.texts < ENOUGH_EACH * self.practices


def _look(flow: leaving.Flow) -> Found:
    """Claim once for every practice that has something due."""
    found = Found()
    for practice_id in outbox.due_practices(at=db_now()):
        began = running_seconds()
        claims, going, looked = _claim(practice_id, senders=min(flow.free, leaving.TOGETHER))
        flow.go(going, began)
        flow.add([claim for claim in claims if claim not in going])
        found.practices += bool(claims)
        found.texts += len(claims)
        found.is_full = found.is_full or looked >= BATCH
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
