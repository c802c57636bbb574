"""Small cells: in a file for somebody outside, a count of 1 to 10 could point to a person. It is hidden, and
so is whatever would let it be worked out from a total (complementary suppression; T3.4)."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from app.value.rates import Rate

#: Counts below this are hidden (the usual rule of CMS's cell size policy: nothing from 1 to 10).
SMALLEST = 11
Key = TypeVar("Key", bound=Hashable)
Counts = tuple[int, ...]


def is_small(counts: Counts, smallest: int = SMALLEST) -> bool:
    """Whether any of the counts is a small cell; nobody at all is none."""
    return any(0 < count < smallest for count in counts)


def hidden(groups: Mapping[Key, Counts], smallest: int = SMALLEST) -> set[Key]:
    """The groups whose counts must not be printed beside their total.

    A group with a small count goes; then, as what was hidden together could be worked out by taking the
    printed ones from the total, the smallest of the others go too until those sums are no small cells.
    """
    gone = {key for key, counts in groups.items() if is_small(counts, smallest)}
    rest = sorted((key for key in groups if key not in gone), key=lambda key: sum(groups[key]))
    while gone and rest and (len(gone) == 1 or is_small(_sums(groups, gone), smallest)):
        gone.add(rest.pop(0))
    return gone


def _sums(groups: Mapping[Key, Counts], keys: set[Key]) -> Counts:
    return tuple(sum(column) for column in zip(*(groups[key] for key in keys), strict=True))


def core(rate: Rate) -> Counts:
    """The counts that a denominator is made of: hidden or printed together."""
    return (rate.met, rate.not_met, rate.unknown)
