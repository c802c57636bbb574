"""Rates: what one case is judged to be, and counts over many. Numerator, denominator, exclusions and
unknown always go together; what nobody confirmed is unknown, never a success (T3.2, T3.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    #: Not known yet, or nobody with a source said so. Counts in the denominator.
    UNKNOWN = "unknown"
    #: Does not belong in the rate (cancelled, not needed any more). Not in the denominator.
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a measure: the row behind it, when it began, what it came to, and its context then."""

    #: task, referral, touchpoint or message, and the row's id.
    noun: str
    id: str
    patient_id: str
    at: datetime
    verdict: Verdict
    #: By name of a dimension (team, subgroup, payer, month, language, zone); None = not recorded.
    context: Mapping[str, str | None] = field(default_factory=dict)
    #: Days from the beginning to the end that counts, of measures that time it.
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Counts of cases by verdict."""

    met: int = 0
    not_met: int = 0
    unknown: int = 0
    excluded: int = 0

    @property
    def numerator(self) -> int:
        return self.met

    @property
    def denominator(self) -> int:
        return self.met + self.not_met + self.unknown

    @property
    def share(self) -> float | None:
        """Numerator by denominator to four places; None when there is nobody to count."""
        return round(self.met / self.denominator, 4) if self.denominator else None


def tally(cases: Iterable[Case]) -> Rate:
    counts = dict.fromkeys(Verdict, 0)
    for case in cases:
        counts[case.verdict] += 1
    return Rate(
        *(counts[v] for v in (Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.EXCLUDED))
    )


def grouped(cases: Iterable[Case], dimension: str) -> dict[str | None, list[Case]]:
    """The cases by their value of a dimension, in the values' order; those without one come last."""
    groups: dict[str | None, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.context.get(dimension), []).append(case)
    return dict(sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or "")))
