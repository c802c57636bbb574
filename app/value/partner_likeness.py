"""Which records may be of one office or organization, and why. Plain values in, pairs with their reasons out;
a person decides. Only records that share something are compared."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Generic, TypeVar

from app.value.likeness import MOST_TOGETHER, nearly

Key = TypeVar("Key")

#: Reason → how strongly it speaks.
WEIGHTS = {
    "same_name": 5,
    "same_email": 4,
    "same_number": 4,
    "similar_name": 3,
    "same_clinician": 1,
}
#: Words that tell nobody apart.
_FILLERS = frozenset(
    {"the", "and", "of", "at", "a", "inc", "llc", "llp", "pc", "pa", "md", "do", "dr"}
)


@dataclass(frozen=True, slots=True)
class Known(Generic[Key]):
    """What is known of one record."""

    key: Key
    name: str
    email: str = ""
    #: Phones and fax, E.164.
    numbers: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair(Generic[Key]):
    """Two records that may be one's; the first is the one that came first."""

    first: Key
    second: Key
    reasons: tuple[str, ...]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


Words = tuple[str, ...]


def likely_pairs(known: Iterable[Known[Key]]) -> list[Pair[Key]]:
    """Every pair with a reason, the likeliest first; records in the order they came in. A clinician alone is
    none: many work in two places."""
    rows = list(known)
    names = [_words(row.name) for row in rows]
    made = [
        Pair(rows[a].key, rows[b].key, why)
        for a, b in sorted(set(_candidates(rows, names)))
        if set(why := _reasons(rows[a], rows[b], names[a], names[b])) - {"same_clinician"}
    ]
    return sorted(made, key=lambda pair: -pair.weight)


def _candidates(rows: list[Known[Key]], names: list[Words]) -> Iterator[tuple[int, int]]:
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for word in names[place]:
            together["word", word[:3]].append(place)
        for number in row.numbers:
            together["number", number].append(place)
        if row.email:
            together["email", row.email.casefold()].append(place)
    for places in together.values():
        if len(places) <= MOST_TOGETHER:
            yield from combinations(dict.fromkeys(places), 2)


def _reasons(a: Known[Key], b: Known[Key], one: Words, other: Words) -> tuple[str, ...]:
    is_same = bool(one) and sorted(one) == sorted(other)
    found = {
        "same_name": is_same,
        "same_email": bool(a.email) and a.email.casefold() == b.email.casefold(),
        "same_number": bool(a.numbers & b.numbers),
        "similar_name": not is_same and _similar(one, other),
        "same_clinician": bool(_people(a) & _people(b)),
    }
    return tuple(reason for reason in WEIGHTS if found[reason])


def _similar(one: Words, other: Words) -> bool:
    """Every word of the shorter name stands in the longer one, cut short or a letter off at most."""
    short, long = sorted((one, other), key=len)
    return bool(short) and all(
        any(word == each or nearly(word, each) for each in long) for word in short
    )


def _people(row: Known[Key]) -> set[Words]:
    return {tuple(sorted(_words(name))) for name in row.people}


def _words(name: str) -> Words:
    """Letters and digits only, without accents, case, and what most names have."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if char not in ".'’")
    parts = re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", plain).casefold())
    return tuple(part for part in parts if part not in _FILLERS)
