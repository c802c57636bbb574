"""How long people waited: median and 90th percentile of the finished ones, with those still waiting shown
beside them and never guessed (T5.4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from app.value.rates import Case, Verdict


@dataclass(frozen=True, slots=True)
class Waits:
    """Days, to one place. `censored` still wait; `ended_without` ended without what they waited for; of
    `untimed` nobody knows when the wait began."""

    finished: int
    untimed: int
    censored: int
    ended_without: int
    median: float | None
    p90: float | None
    longest_open: float | None


def percentile(days: list[float], share: float) -> float | None:
    """The nearest rank: the smallest value that at least this share does not exceed."""
    if not days:
        return None
    ordered = sorted(days)
    return round(ordered[ceil(share * len(ordered)) - 1], 1)


def summary(cases: Iterable[Case]) -> Waits:
    """Of cases whose `days` are the time until it was met, or so far."""
    listed = list(cases)
    finished = [c.days for c in listed if c.verdict is Verdict.MET and c.days is not None]
    still = [c.days for c in listed if c.verdict is Verdict.UNKNOWN and c.days is not None]
    untimed = sum(c.verdict is Verdict.MET and c.days is None for c in listed)
    return Waits(
        len(finished), untimed, len(still), sum(c.verdict is Verdict.NOT_MET for c in listed),
        percentile(finished, 0.5), percentile(finished, 0.9),
        round(max(still), 1) if still else None,
    )  # fmt: skip
