"""How an organization answered before: how often it was a fit, why not, how soon it answered. A few answers
tell nothing about it and might tell something about a person, so fewer than five are not counted out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

#: Fewer are "too few": one bad week must not keep people away from a food bank.
SMALLEST = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """One ask that was answered: why it was no fit (None: a fit), and how long the first answer took."""

    no_fit: str | None
    waited: timedelta


@dataclass(frozen=True, slots=True)
class History:
    """`reasons`: why not, the most frequent first, None where it was given fewer than five times."""

    answered: int
    fit: int
    reasons: tuple[tuple[str, int | None], ...]
    #: Median days to the first answer.
    days: float

    @property
    def no_fit(self) -> int:
        return self.answered - self.fit


def history(answers: Iterable[Answer]) -> History | None:
    """None when there are too few to tell."""
    rows = list(answers)
    if len(rows) < SMALLEST:
        return None
    why = Counter(row.no_fit for row in rows if row.no_fit is not None)
    ordered = sorted(why.items(), key=lambda each: (-each[1], each[0]))
    return History(
        answered=len(rows),
        fit=sum(row.no_fit is None for row in rows),
        reasons=tuple((key, count if count >= SMALLEST else None) for key, count in ordered),
        days=round(median(row.waited / _DAY for row in rows), 1),
    )
