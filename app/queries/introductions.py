"""How somebody who writes from an unknown number says who they are: names after "this is" or "soy", two names
side by side, and birth dates. Only what is worth looking up among the patients; it decides nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from app.core.folding import fold, runs

#: More pairs of words than this are no introduction but a story.
MOST_PAIRS, MOST_NAMES, MOST_DAYS = 12, 3, 4
#: How much of a message is read.
LONGEST = 400
OLDEST = 1900
_SAYS = re.compile(
    r"\b(?:this is|it is|it['’]?s|i am|i['’]?m|my name is|name is|name|for|about|soy|me llamo|mi nombre es|"
    r"habla|para|sobre|de parte de)\b[\s:,]*(?P<name>[^\W\d_]+)"
)
_NAME = re.compile(r"[^\W\d_][\w'’-]*")
_DAY = re.compile(
    r"\b(?:(?P<y>\d{4})[-/.](?P<a>\d{1,2})[-/.](?P<b>\d{1,2})|"
    r"(?P<c>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<e>\d{4}|\d{2}))\b"
)
#: What stands after "I am" and is nobody's name.
_NOT_NAMES = frozenset(
    """
    a an the my your our his her not so very in on at out to here sorry sick fine good ok okay ready late
    calling texting writing having going trying just still now new un una el la los las mi su muy no aqui
    enfermo enferma bien listo lista llamando tarde todo you me us it him them nothing
    """.split()  # noqa: SIM905 - read as words
)


@dataclass(frozen=True, slots=True)
class Introduction:
    """`pairs`: two neighbouring words that may be a whole name; `names`: single ones, said to be a name."""

    pairs: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    days: tuple[date, ...] = ()


def read(texts: Iterable[str], *, today: date) -> Introduction:
    """Folded names and days of birth that these texts mention; earlier texts come first."""
    pairs, names, days = dict[tuple[str, str], None](), dict[str, None](), dict[date, None]()
    for text in (each[:LONGEST] for each in texts):
        found = _NAME.finditer(text)
        placed = [(match.start(), match.end(), match.group()) for match in found]
        introduced = {match["name"] for match in _SAYS.finditer(fold(text))}
        names.update(dict.fromkeys(name for name in introduced if name not in _NOT_NAMES))
        for (_, end, first), (begin, _, second) in pairwise(placed):
            gap, one, two = text[end:begin], _joined(first), _joined(second)
            likely = one in introduced or (first[:1].isupper() and second[:1].isupper())
            if likely and not gap.strip(" ,") and one not in _NOT_NAMES:
                pairs[one, two] = None
        days.update(dict.fromkeys(_days(text, today)))
    return Introduction(
        tuple(pairs)[:MOST_PAIRS], tuple(names)[:MOST_NAMES], tuple(days)[:MOST_DAYS]
    )


def _joined(word: str) -> str:
    return "".join(runs(word))


def _days(text: str, today: date) -> Iterable[date]:
    """A day as people write it; where month and day may be either way round, both."""
    for match in _DAY.finditer(text):
        if match["y"]:
            ways = [(int(match["y"]), int(match["a"]), int(match["b"]))]
        else:
            year = int(match["e"])
            if year < 100:
                year += 2000 if 2000 + year <= today.year else 1900
            ways = [
                (year, int(match["c"]), int(match["d"])),
                (year, int(match["d"]), int(match["c"])),
            ]
        for way in dict.fromkeys(ways):
            try:
                day = date(*way)
            except ValueError:
                continue
            if day.year >= OLDEST and day <= today:
                yield day
