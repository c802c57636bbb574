"""Minutes that may be credited, from plain spans. One worker's overlapping spans count once, whichever
patient they were for; two workers on one patient at once count once where a practice says so (T1.3).
Seconds are summed and floored once, at the end (VALUE_RULES 1.2, engine meaning 2 and 3)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Span:
    """Work of one worker for one patient from `starts` up to `ends`; ids are plain text.

    Not by a person: never credited (T0.3).
    """

    id: str
    worker: str
    patient: str
    starts: datetime
    ends: datetime
    is_human: bool = True

    @property
    def length(self) -> timedelta:
        return max(self.ends - self.starts, timedelta())


def credited(spans: Iterable[Span], *, together_once: bool = True) -> dict[str, timedelta]:
    """What each span is credited with, by its id: every moment of a worker goes to the span that began first
    (of two that began together, the smaller id)."""
    given = list(spans)
    found = {each.id: timedelta() for each in given}
    found |= credited_in_order(sorted(given, key=_by_start), together_once=together_once)
    return found


def credited_in_order(
    spans: Iterable[Span], *, together_once: bool = True
) -> Iterator[tuple[str, timedelta]]:
    """The same for spans that come by their start and id: of a ledger of any length, little is held."""
    own = _once((each for each in spans if each.is_human), lambda each: each.worker)
    kept: Iterator[Span] = (each for _, each in own)
    if together_once:
        kept = (each for _, each in _once(_in_order(own), lambda each: each.patient))
    for each in kept:
        yield each.id, each.length


def _by_start(each: Span) -> tuple[datetime, str]:
    return each.starts, each.id


#: So many spans later, what is covered by then is forgotten.
_LOOK = 4096


def _once(spans: Iterable[Span], whose: Callable[[Span], str]) -> Iterator[tuple[datetime, Span]]:
    """Each span without the part that another one of the same worker (or patient) covered before it, with
    its first start."""
    covered: dict[str, datetime] = {}
    for number, each in enumerate(spans):
        until = covered.get(whose(each), each.starts)
        covered[whose(each)] = max(until, each.ends)
        if number % _LOOK == _LOOK - 1:
            covered = {who: till for who, till in covered.items() if till > each.starts}
        yield each.starts, replace(each, starts=max(each.starts, min(until, each.ends)))


def _in_order(found: Iterable[tuple[datetime, Span]]) -> Iterator[Span]:
    """By what is left of them: a span that lost its beginning waits for those that begin before it now."""
    waiting: list[tuple[datetime, str, Span]] = []
    for first, each in found:
        while waiting and waiting[0][0] < first:
            yield heappop(waiting)[2]
        heappush(waiting, (each.starts, each.id, each))
    while waiting:
        yield heappop(waiting)[2]


def clipped(spans: Iterable[Span], since: datetime, until: datetime) -> Iterator[Span]:
    """The parts from `since` up to `until`: minutes belong to the month in which they were worked."""
    for each in spans:
        if each.starts < since or each.ends > until:
            cut = replace(each, starts=max(each.starts, since), ends=min(each.ends, until))
        else:
            cut = each
        if cut.ends > cut.starts:
            yield cut


def whole_minutes(lengths: Iterable[timedelta]) -> int:
    """The sum in whole minutes, floored once."""
    return sum(lengths, timedelta()) // timedelta(minutes=1)
