"""Does a message hold words that a person must read at once? It only marks: nothing here decides what is
wrong with anybody, and no answer to a patient is made of it. When in doubt it marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from messaging.plain_words import clauses, plain, unstretch
from messaging.words import urgent_phrases as phrases

_DENIED: Final = re.compile(phrases.DENIED)
_ELSEWHERE: Final = [re.compile(each) for each in phrases.ELSEWHERE]


@dataclass(frozen=True, slots=True)
class Urgent:
    """What was heard, as a code for people ("chest", "breath"), and the language it was said in."""

    about: str
    language: str


def _compiled(
    said: Mapping[str, tuple[str, ...]], language: str
) -> Iterator[tuple[Urgent, re.Pattern[str]]]:
    for about, patterns in said.items():
        for pattern in patterns:
            yield Urgent(about, language), re.compile(pattern)


_ALL: Final = [*_compiled(phrases.ENGLISH, "en"), *_compiled(phrases.SPANISH, "es")]


def read(body: str) -> Urgent | None:
    """The first urgent words of a message, or None. Split by clauses first, then read as a whole, because
    who is short of breath sets no commas. A text of one clause is read once."""
    for words in dict.fromkeys(map(unstretch, (*clauses(body), plain(body)))):
        found = _in_words(words)
        if found is not None:
            return found
    return None


def _in_words(words: str) -> Urgent | None:
    for each in _ELSEWHERE:
        words = each.sub(" ", words)
    for urgent, pattern in _ALL:
        for match in pattern.finditer(words):
            if not _DENIED.search(words[: match.start()]):
                return urgent
    return None
