"""How claimed texts leave: each at its moment, several requests at a time, a slow one holding up nobody.
Attempts are committed together just before their requests begin, and answers together a moment after they
came; in between nothing is open. A process that dies leaves in doubt at most what was on its way."""

import math
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from flask import Flask
from gevent import monkey
from gevent.pool import Pool

from app.actions.outbox import Claim
from app.core.clock import running_seconds
from workers.requests import Answer, request, settle, start_attempts

#: Requests at a time: so many texts at most are in doubt after a crash.
SENDERS = 16
#: Texts of one practice whose attempts are committed together; then it is another practice's turn.
TOGETHER = 8
#: Answers wait at most this long for others, to be recorded in one commit with them.
GATHER_SECONDS = 0.05

Start = Callable[[Callable[[], None]], None]


def hand_over(app: Flask, claims: Sequence[Claim]) -> int:
    """Let claimed texts leave, each at the moment that its line's pace gave to it. Returns how many did."""
    with opened(app) as flow:
        flow.add(claims)
        while not flow.is_done:
            flow.step()
    return flow.left


@contextmanager
def opened(app: Flask) -> Iterator["Flow"]:
    """A flow of texts for one sweep. When the sweep breaks, what is on its way is recorded all the same."""
    with _senders() as start:
        flow = Flow(app, start)
        try:
            yield flow
        except Exception:
            flow.waiting.clear()  # nothing of theirs was written: their leases run out
            while not flow.is_done:
                flow.step()
            raise


@dataclass(slots=True)
class Flow:
    """Texts between their claim and the record of what became of them. More may be added at any time."""

    app: Flask
    start: Start
    #: With the moment (`time.monotonic`) of each; whose moment comes first, of any line, stands first.
    waiting: list[tuple[float, Claim]] = field(default_factory=list)
    on_their_way: int = 0
    left: int = 0
    answers: "queue.SimpleQueue[Answer]" = field(default_factory=lambda: queue.SimpleQueue())

    @property
    def is_done(self) -> bool:
        """Nothing waits and nothing is on its way."""
        return not self.waiting and not self.on_their_way

    @property
    def has_room(self) -> bool:
        """Whether a text that is claimed now could leave at its moment: no other waits for a sender."""
        behind = bool(self.waiting) and self.waiting[0][0] <= time.monotonic()
        return self.free > 0 and not behind

    @property
    def free(self) -> int:
        """Senders with nothing to do."""
        return SENDERS - self.on_their_way

    def add(self, claims: Sequence[Claim]) -> None:
        """Take in texts that were claimed just now."""
        now = time.monotonic()
        self.waiting += [(now + claim.wait_seconds, claim) for claim in claims]
        self.waiting.sort(key=lambda each: each[0])

    def step(self, *, until: float = math.inf) -> None:
        """Start whose moment has come; then wait for answers and record them, or for the next moment, no
        longer than `until`."""
        for group in self._due():
            self._start(group)
        if gathered := self._gather(until):
            settle(gathered)

    def _due(self) -> Iterator[list[Claim]]:
        """Groups of one practice each, for the free senders; whose moment came first stands first."""
        now, free = time.monotonic(), self.free
        due = [claim for moment, claim in self.waiting if moment <= now]
        while due and free > 0:
            mine = [claim for claim in due if claim.practice_id == due[0].practice_id]
            group = mine[: min(free, TOGETHER)]
            gone = {claim.message_id for claim in group}
            due = [claim for claim in due if claim.message_id not in gone]
            self.waiting = [each for each in self.waiting if each[1].message_id not in gone]
            free -= len(group)
            yield group

    def _start(self, group: Sequence[Claim]) -> None:
        began = running_seconds()
        self.go(start_attempts(group), began)

    def go(self, going: Sequence[Claim], began: float) -> None:
        """Let texts leave whose attempts are committed; `began`: `running_seconds()` before they were."""
        self.left += len(going)
        for claim in going:
            self.on_their_way += 1
            self.start(partial(request, self.app, claim, began, self.answers))

    def _gather(self, until: float) -> list[Answer]:
        """Wait for an answer, and a little for others; or until the moment of the next text."""
        until = min(until, self._next_moment())
        if not self.on_their_way:
            if self.waiting:
                time.sleep(_left(until) or 0.0)
            return []
        found: list[Answer] = []
        while len(found) < self.on_their_way:
            try:
                found.append(self.answers.get(timeout=_left(until)))
            except queue.Empty:
                break
            until = time.monotonic() + GATHER_SECONDS if len(found) == 1 else until
        self.on_their_way -= len(found)
        return found

    def _next_moment(self) -> float:
        """When a text that waits could leave, while a sender is free."""
        return self.waiting[0][0] if self.waiting and self.free else math.inf


def _left(until: float) -> float | None:
    return None if until == math.inf else max(0.0, until - time.monotonic())


@contextmanager
def _senders() -> Iterator[Start]:
    """Greenlets where sockets are gevent's, else threads; for a single sender, neither."""
    if SENDERS < 2:
        yield lambda work: work()
    elif monkey.is_module_patched("socket"):
        pool = Pool(SENDERS)
        yield lambda work: pool.start(pool.greenlet_class(work))
        pool.join()
    else:
        with ThreadPoolExecutor(SENDERS) as threads:
            yield lambda work: void(threads.submit(work))


def void(_: object) -> None:
    return None
