"""Minutes that may be credited, from plain spans. One worker's overlapping spans count once, whichever
patient they were for; two workers on one patient at once count once where a practice says so (T1.3).
Seconds are summed and floored once, at the end (VALUE_RULES 1.2, engine meaning 2 and 3)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


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
    own = _once((each for each in given if each.is_human), lambda each: each.worker)
    if together_once:
        own = _once(own, lambda each: each.patient)
    found = {each.id: timedelta() for each in given}
    for each in own:
        found[each.id] += each.length
    return found


def _once(spans: Iterable[Span], whose: Callable[[Span], str]) -> list[Span]:
    """Each span without the part that another one of the same worker (or patient) covered before it."""
    covered: dict[str, datetime] = {}
    kept = []
    for each in sorted(spans, key=lambda one: (one.starts, one.id)):
        until = covered.get(whose(each), each.starts)
        kept.append(replace(each, starts=max(each.starts, min(until, each.ends))))
        covered[whose(each)] = max(until, each.ends)
    return kept


def clipped(spans: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    """The parts from `since` up to `until`: minutes belong to the month in which they were worked."""
    cut = (
        replace(each, starts=max(each.starts, since), ends=min(each.ends, until)) for each in spans
    )
    return [each for each in cut if each.ends > each.starts]


def whole_minutes(lengths: Iterable[timedelta]) -> int:
    """The sum in whole minutes, floored once."""
    return sum(lengths, timedelta()) // timedelta(minutes=1)
