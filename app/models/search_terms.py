"""The terms of the search's index. What is plain in the database is indexed as plain words; what is encrypted
only as short keyed digests of how its words begin, which many words share (decision 0039)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.crypto import keyring
from app.core.folding import digits, runs, words
from app.models.search_entry import SearchKind

FEWEST_DIGITS = 4
#: How much of a word in an encrypted text its term is made from.
BEGINS = 4
#: Hex digits of its digest: 65,536 terms, so that each stands for more than one beginning.
_DIGEST = 4
_PLAIN = {SearchKind.PATIENT: "p", SearchKind.TASK: "t", SearchKind.REFERRAL: "r"}
_KEYED = {SearchKind.MESSAGE: "m", SearchKind.NOTE: "n", SearchKind.REFERRAL: "q"}
#: Nearly every message has these: they find nothing, and would tell most to who counts terms.
COMMON = frozenset(
    """
    the and you your for are was that this with have has not can will from our please hello thank thanks
    yes but all they her his she him its any too did does who how what when  el la los las de del que en
    un una por para con su sus es se le al como mas pero si no gracias hola  to of in is it at on we be
    do me my or so if as an by he us am no up
    """.split()  # noqa: SIM905 - read as words
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_AMERICAN = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


@dataclass(frozen=True, slots=True)
class Term:
    """A term to look for; a prefix also finds what begins with it."""

    text: str
    is_prefix: bool = False


def plain(kind: SearchKind, practice_id: UUID, texts: Iterable[str | None]) -> list[str]:
    """Terms of texts that are stored as they are. The practice is part of each."""
    tag = _tag(kind, practice_id)
    return [tag + word for text in texts if text for word in words(text)]


def phone_terms(practice_id: UUID, numbers: Iterable[str]) -> list[str]:
    """Every ending of a number, so that any run of four of its digits or more begins one."""
    tag = f"{_tag(SearchKind.PATIENT, practice_id)}0d"
    found = map(digits, numbers)
    return [tag + each[at:] for each in found for at in range(len(each) - FEWEST_DIGITS + 1)]


def birth_terms(practice_id: UUID, born: date) -> list[str]:
    return [f"{_tag(SearchKind.PATIENT, practice_id)}0b{born:%Y%m%d}"]


def keyed(kind: SearchKind, practice_id: UUID) -> Callable[[str], str]:
    """A word of an encrypted text → its term. Another practice's and another kind's are different."""
    ring, known = keyring(), dict[str, str]()

    def term(word: str) -> str:
        begins = word[:BEGINS]
        if begins not in known:
            made = ring.digest(f"search:{practice_id.hex}:{kind}:{begins}")
            known[begins] = _KEYED[kind] + made[:_DIGEST]
        return known[begins]

    return term


def worth_keeping(text: str) -> list[str]:
    """The words of an encrypted text that it is found by."""
    return [word for word in runs(text) if len(word) > 1 and word not in COMMON]


# What somebody typed -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: its words, a day, the digits of a number."""

    text: str
    words: tuple[str, ...]
    digits: str = ""
    day: date | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """The words to mark where they are found, and what they are made of."""
        return tuple(dict.fromkeys([*self.words, *runs(self.text)]))

    @property
    def is_enough(self) -> bool:
        return self.day is not None or any(len(word) > 1 for word in self.words)

    @property
    def secret_words(self) -> list[str]:
        """The words an encrypted text is looked through for."""
        return [word for word in runs(self.text) if len(word) > 1 and word not in COMMON]


def wanted(text: str) -> Wanted:
    """Read what was typed; a day and a whole phone number may be written as people write them."""
    own = tuple("".join(runs(part)) for part in text.split() if runs(part))
    is_number = not any(char.isalpha() for char in text)
    only = digits(text) if is_number else ""
    return Wanted(text, own, only if len(only) >= FEWEST_DIGITS else "", _day(text))


def _day(text: str) -> date | None:
    for pattern, order in ((_ISO, (1, 2, 3)), (_AMERICAN, (3, 1, 2))):
        if found := pattern.fullmatch(text.strip()):
            year, month, day = (int(found[place]) for place in order)
            try:
                return date(year, month, day)
            except ValueError:
                return None
    return None


def groups(kind: SearchKind, practice_id: UUID, found: Wanted) -> list[list[Term]]:
    """What a record of plain words must have: one term of each group."""
    tag = _tag(kind, practice_id)
    if kind is SearchKind.PATIENT and found.day is not None:
        return [[Term(birth_terms(practice_id, found.day)[0])]]
    if kind is SearchKind.PATIENT and len(found.digits) >= 7:
        joined = "".join(found.words)
        return [[Term(f"{tag}0d{_national(found.digits)}", True), Term(tag + joined, True)]]
    many = []
    secret = keyed(SearchKind.REFERRAL, practice_id)
    for word in found.words:
        either = [Term(tag + word, True)]
        if kind is SearchKind.PATIENT and word.isdecimal() and len(word) >= FEWEST_DIGITS:
            either.append(Term(f"{tag}0d{word}", True))
        if kind is SearchKind.REFERRAL and len(word) > 1 and word not in COMMON:
            either.append(Term(secret(word)))
        many.append(either)
    return many


def keyed_groups(kind: SearchKind, practice_id: UUID, found: Wanted) -> list[list[Term]]:
    """What an encrypted text must have to be worth reading; empty when no word of it is indexed."""
    term = keyed(kind, practice_id)
    return [[Term(each)] for each in dict.fromkeys(map(term, found.secret_words))]


def _national(found: str) -> str:
    """A number without the country's 1 or the international 00 somebody wrote before it."""
    bare = found.removeprefix("00")
    return bare[1:] if len(bare) == 11 and bare.startswith("1") else bare


def _tag(kind: SearchKind, practice_id: UUID) -> str:
    return _PLAIN[kind] + practice_id.hex[-8:]
