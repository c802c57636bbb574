"""Every wording that means something for one question, and the reading of a reply by it.

A reading takes the longest wording it knows at each place; what it does not know it keeps, so that
`messaging.replies` can refuse to guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from messaging.plain_words import plain, unstretch
from messaging.questions import Question
from messaging.words import courtesy, reply_words, time_words

_TIMES = re.compile(rf"\b(?:{'|'.join(time_words.TIMES)})\b")
_SOME_TIME = "~"  # stands for "on Tuesday"; plain words never hold this sign


@dataclass(frozen=True, slots=True)
class Meaning:
    """The options a wording stands for (none: courtesy) and how: number, word, phrase or aside."""

    keys: frozenset[str]
    how: str


@dataclass(slots=True)
class Reading:
    """What a reply says: the options it names, how, how many digits, and the words left unknown."""

    keys: set[str] = field(default_factory=set)
    how: set[str] = field(default_factory=set)
    digits: int = 0
    unknown: list[str] = field(default_factory=list)


def read(body: str, question: Question) -> Reading:
    """Read a reply; days and places ("on Tuesday") are let go only beside a phrase that answers."""
    words = unstretch(plain(body))
    reading = _read(words.split(), _lexicon(question, beside_a_phrase=False))
    if not reading.unknown:
        return reading
    timed = _TIMES.sub(_SOME_TIME, words)
    again = _read(timed.split(), _lexicon(question, beside_a_phrase=True))
    return again if "phrase" in again.how else reading


def _read(tokens: list[str], lexicon: dict[tuple[str, ...], Meaning]) -> Reading:
    reading, at = Reading(digits=sum(token.isdecimal() for token in tokens)), 0
    longest = max(map(len, lexicon))
    while at < len(tokens):
        for end in range(min(at + longest, len(tokens)), at, -1):
            meaning = lexicon.get(tuple(tokens[at:end]))
            if meaning is not None:
                reading.keys |= meaning.keys
                reading.how.add(meaning.how)
                at = end
                break
        else:
            reading.unknown.append(tokens[at])
            at += 1
    return reading


@lru_cache(maxsize=512)
def _lexicon(question: Question, *, beside_a_phrase: bool) -> dict[tuple[str, ...], Meaning]:
    lexicon: dict[tuple[str, ...], Meaning] = {}
    for wording, how, keys in _wordings(question):
        words = tuple(unstretch(plain(wording)).split())
        if words:  # a wording of two options means both, and so neither
            held = lexicon.get(words, Meaning(frozenset(), how))
            lexicon[words] = Meaning(held.keys | keys, how)
    if beside_a_phrase:
        for aside in (*time_words.ASIDES, _SOME_TIME):
            lexicon.setdefault(tuple(aside.split()), Meaning(frozenset(), "aside"))
    return lexicon


def _wordings(question: Question) -> Iterator[tuple[str, str, frozenset[str]]]:
    yield from ((wording, "courtesy", frozenset()) for wording in courtesy.ALL)
    for option in question.options:
        key = frozenset({option.key})
        yield from ((wording, "number", key) for wording in _numbers(option.number))
        yield option.label, "word", key
        words, phrases = _yes_no_wordings(question).get(option.key, ((), ()))
        yield from ((wording, "word", key) for wording in words)
        yield from ((wording, "phrase", key) for wording in phrases)


def _yes_no_wordings(question: Question) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    if question.kind != "yes_no":
        return {}
    return {
        "yes": (reply_words.YES, question.yes_phrases),
        "no": (reply_words.NO, question.no_phrases),
        "not_yet": (reply_words.NOT_YET, question.not_yet_phrases),
    }


def _numbers(number: int) -> list[str]:
    said = [word for word, value in reply_words.NUMBERS.items() if value == number]
    plain_ways = [str(number), *said]
    return plain_ways + [
        f"{before} {way}" for before in reply_words.BEFORE_A_NUMBER for way in plain_ways
    ]
