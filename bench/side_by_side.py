"""A baseline and a candidate take turns, A-B-A-B; each pair gives one ratio, the median is the result.
Absolute numbers of one machine and one minute mean little: they are printed, and never compared."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

#: A baseline that spreads more than this within one run measures the neighbours, not the code.
MOST_SPREAD = 2.0


class TooNoisy(Exception):
    """The baseline moved too much during the run."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rates per second, turn by turn."""

    name: str
    baseline: tuple[float, ...]
    candidate: tuple[float, ...]

    @property
    def ratios(self) -> tuple[float, ...]:
        return tuple(c / b for b, c in zip(self.baseline, self.candidate, strict=True))

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def is_noisy(self) -> bool:
        return max(self.baseline) > MOST_SPREAD * min(self.baseline)

    def check_quiet(self) -> None:
        """Raise TooNoisy when the baseline moved too much for the ratio to mean anything."""
        if self.is_noisy:
            low, high = min(self.baseline), max(self.baseline)
            raise TooNoisy(f"{self.name}: the baseline went from {low:.0f} to {high:.0f}/s")

    def lines(self) -> list[str]:
        """What a person reads."""
        low, high = min(self.ratios), max(self.ratios)
        return [
            f"{self.name}: ratio {self.ratio:.2f}  ({low:.2f}–{high:.2f}, {len(self.ratios)} pairs)",
            f"  baseline  {_spread(self.baseline)}",
            f"  candidate {_spread(self.candidate)}",
        ]


def _spread(rates: tuple[float, ...]) -> str:
    return f"{median(rates):7.0f}/s  ({min(rates):.0f}–{max(rates):.0f})"


def compare(
    name: str, baseline: Callable[[], float], candidate: Callable[[], float], *, repetitions: int
) -> Comparison:
    """Alternate the two after one unmeasured turn each."""
    baseline()
    candidate()
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(repetitions):
        rates[0].append(baseline())
        rates[1].append(candidate())
    return Comparison(name, tuple(rates[0]), tuple(rates[1]))
