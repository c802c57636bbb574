"""Which records may be of one person, and why. Plain values in, pairs with their reasons out; a person
decides.

Only records that share something rare are compared (a phone, a birth date, a record number), so that the work
grows with the records and not with their square."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Generic, TypeVar

Key = TypeVar("Key")

#: Reason → how strongly it speaks.
WEIGHTS = {
    "phone_and_birth_date": 5,
    "name_and_birth_date": 5,
    "mrn": 4,
    "swapped_names_and_birth_date": 4,
    "nickname_and_birth_date": 4,
    "phone_and_name": 3,
    "name_and_swapped_birth_date": 3,
    "similar_name_and_birth_date": 2,
}
#: More records than this under one phone or day tell nothing (a shelter's phone, 1 January).
MOST_TOGETHER = 60
#: Given names and what people are called instead, in English and Spanish.
NICKNAMES = (
    "william will bill billy liam", "robert rob bob bobby bert", "richard rick dick rich ricky",
    "james jim jimmy jamie", "john jack johnny jon", "joseph joe joey", "michael mike mick mickey",
    "thomas tom tommy", "charles charlie chuck", "edward ed eddie ted ned", "daniel dan danny",
    "david dave davey", "anthony tony", "andrew andy drew", "benjamin ben benny", "samuel sam sammy",
    "matthew matt", "christopher chris", "nicholas nick", "patrick pat paddy", "peter pete",
    "stephen steven steve", "gregory greg", "kenneth ken kenny", "lawrence larry", "raymond ray",
    "ronald ron ronnie", "donald don donnie", "timothy tim", "gerald jerry", "theodore ted theo",
    "elizabeth liz beth betty eliza lizzie", "margaret maggie meg peggy marge",
    "katherine catherine kate kathy cathy katie",
    "patricia pat patty trish", "jennifer jen jenny", "susan sue susie", "deborah deb debbie", "barbara barb",
    "rebecca becky becca", "victoria vicky tori", "samantha sam", "alexandra alex sandra",
    "dorothy dot dottie",
    "francisco paco pancho", "jose pepe", "ignacio nacho", "guadalupe lupe", "dolores lola", "rosario charo",
    "concepcion concha conchita", "jesus chucho", "manuel manolo", "enrique quique", "isabel chabela",
    "mercedes meche", "graciela chela", "roberto beto", "guillermo memo", "teresa tere",
)  # fmt: skip
_CALLED: dict[str, set[int]] = defaultdict(set)
for _place, _group in enumerate(NICKNAMES):
    for _name in _group.split():
        _CALLED[_name].add(_place)


@dataclass(frozen=True, slots=True)
class Known(Generic[Key]):
    """What is known of one record."""

    key: Key
    mrn: str
    given: str
    family: str
    born: date
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair(Generic[Key]):
    """Two records that may be one person's; the first is the one that came first."""

    first: Key
    second: Key
    reasons: tuple[str, ...]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[reason] for reason in self.reasons)


def likely_pairs(known: Iterable[Known[Key]]) -> list[Pair[Key]]:
    """Every pair with a reason, the likeliest first; records in the order they came in."""
    rows = list(known)
    names = [(_bare(row.given), _bare(row.family)) for row in rows]
    made = [
        Pair(rows[a].key, rows[b].key, why)
        for a, b in sorted(set(_candidates(rows)))
        if (why := _reasons(rows[a], rows[b], names[a], names[b]))
    ]
    return sorted(made, key=lambda pair: -pair.weight)


def _candidates(rows: list[Known[Key]]) -> Iterator[tuple[int, int]]:
    together: dict[tuple[str, object], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        together["mrn", _mrn(row.mrn)].append(place)
        for day in {row.born, _swapped(row.born)} - {None}:
            # Of a day only those that also share a letter of a name: one day has many births.
            for letter in {name[:1] for name in (_bare(row.given), _bare(row.family))}:
                together[f"born {letter}", day].append(place)
        for each in row.phones:
            together["phone", each].append(place)
            together["phone born", (each, row.born)].append(place)
    for places in together.values():
        if len(places) <= MOST_TOGETHER:
            yield from combinations(dict.fromkeys(places), 2)


Name = tuple[str, str]


def _reasons(a: Known[Key], b: Known[Key], one: Name, other: Name) -> tuple[str, ...]:
    same_day, same_phone = a.born == b.born, bool(a.phones & b.phones)
    found = {
        "mrn": _mrn(a.mrn) == _mrn(b.mrn),
        "phone_and_birth_date": same_phone and same_day,
        "name_and_birth_date": same_day and one == other,
        "swapped_names_and_birth_date": same_day and one != other and one == other[::-1],
        "nickname_and_birth_date": same_day and one[1] == other[1] and _nicknames(one[0], other[0]),
        "phone_and_name": same_phone and one == other and not same_day,
        "name_and_swapped_birth_date": not same_day and one == other and a.born == _swapped(b.born),
        "similar_name_and_birth_date": same_day and _similar(one, other),
    }
    return tuple(reason for reason in WEIGHTS if found[reason])


def _bare(name: str) -> str:
    """Letters only, without accents and case."""
    parts = unicodedata.normalize("NFKD", name)
    return "".join(char for char in parts.casefold() if char.isalpha())


def _mrn(written: str) -> str:
    """A record number without what differs between systems: case, signs, zeros before a number."""
    bare = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", written).casefold())
    return re.sub(r"(?<!\d)0+(?=\d)", "", bare)


def _swapped(day: date) -> date | None:
    """The day with month and day exchanged; None where that is no other day."""
    if day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month)


def _nicknames(one: str, other: str) -> bool:
    return one != other and bool(_CALLED.get(one, set()) & _CALLED.get(other, set()))


def _similar(one: Name, other: Name) -> bool:
    """One name the same, the other one letter off or a beginning of it."""
    same = [a == b for a, b in zip(one, other, strict=True)]
    if sum(same) != 1:
        return False
    a, b = (one[1], other[1]) if same[0] else (one[0], other[0])
    return nearly(a, b)


def nearly(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if len(short) >= 3 and long.startswith(short):
        return True
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    start = next(
        (n for n, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short)
    )
    if len(short) == len(long):
        rest = short[start:], long[start:]
        crossed = rest[0][:2] == rest[1][:2][::-1] and rest[0][2:] == rest[1][2:]
        return crossed or rest[0][1:] == rest[1][1:]
    return short[start:] == long[start + 1 :]
