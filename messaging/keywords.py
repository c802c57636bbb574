"""STOP, START, HELP and JOIN in what people write, in English and Spanish; STOP also in every language a
practice may add (`messaging.stop_words`).

An exact word acts at once. A near miss ("please stop texting me") pauses and calls a person, because it
may be meant (47 CFR 64.1200(a)(10)) and may not. Everything else is an ordinary message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from messaging import stop_words
from messaging.plain_words import clauses, plain, unstretch
from messaging.words import ask_phrases, courtesy, keyword_words, stop_phrases

Language = Literal["en", "es"]


class Keyword(StrEnum):
    """What a keyword asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """`word` is the word or phrase found; `exact` is False for a near miss.

    `carrier` is True when Twilio's default list acts on this very text, and so answers it itself.
    """

    keyword: Keyword
    exact: bool
    language: str
    word: str
    carrier: bool


_EXACT_WORDS: tuple[tuple[Keyword, Language, tuple[str, ...]], ...] = (
    (Keyword.STOP, "en", keyword_words.STOP_ENGLISH),
    (Keyword.STOP, "es", keyword_words.STOP_SPANISH),
    (Keyword.START, "en", keyword_words.START_ENGLISH),
    (Keyword.START, "es", keyword_words.START_SPANISH),
    (Keyword.HELP, "en", keyword_words.HELP_ENGLISH),
    (Keyword.HELP, "es", keyword_words.HELP_SPANISH),
    (Keyword.JOIN, "en", keyword_words.JOIN_ENGLISH),
    (Keyword.JOIN, "es", keyword_words.JOIN_SPANISH),
)
_EXACT = {
    plain(word): (keyword, language, word)
    for keyword, language, words in _EXACT_WORDS
    for word in words
}
_NEAR_PHRASES: tuple[tuple[Keyword, Language, tuple[str, ...]], ...] = (
    (Keyword.STOP, "en", stop_phrases.ENGLISH),
    (Keyword.STOP, "es", stop_phrases.SPANISH),
    (Keyword.START, "en", ask_phrases.START_ENGLISH),
    (Keyword.START, "es", ask_phrases.START_SPANISH),
    (Keyword.HELP, "en", ask_phrases.HELP_ENGLISH),
    (Keyword.HELP, "es", ask_phrases.HELP_SPANISH),
    (Keyword.JOIN, "en", ask_phrases.JOIN_ENGLISH),
    (Keyword.JOIN, "es", ask_phrases.JOIN_SPANISH),
)
_NEAR = tuple(
    (keyword, language, re.compile(phrase))
    for keyword, language, phrases in _NEAR_PHRASES
    for phrase in phrases
)
_KEEP_GOING = re.compile(stop_phrases.KEEP_GOING)
_SHOUTED = re.compile(stop_phrases.SHOUTED)
_NOT_SHOUTED = re.compile(stop_phrases.NOT_SHOUTED)
_POLITE = "|".join(sorted((*courtesy.ALL, "just", "now", "ya", "ahora"), key=len, reverse=True))
_POLITE_ENDS = re.compile(rf"^(?:(?:{_POLITE}) )+|(?: (?:{_POLITE}))+$")
_SAID_AGAIN = re.compile(r"(\w+(?: \w+){0,2}?)(?: \1)+")
_SPELLED = re.compile(r"(?:\w )+\w")
_LONGEST_EXACT = 120
_LONGEST_NEAR = 2000  # more than any text message; a letter in the portal is read by a person


def read(body: str, *, carrier_says: str = "") -> KeywordMatch | None:
    """Return the keyword a whole message is, or comes near to; None for any other message.

    `carrier_says`: STOP, START or HELP when the carrier took it for one, by its own list or the words
    somebody added there. It has acted then, so its word holds whatever ours would be; but for a START that
    is a plain yes: that answers a question here, and undoes no STOP.
    """
    found = _read(body)
    if not carrier_says:
        return found
    named = Keyword(carrier_says.lower())
    if named is Keyword.START and found is None and plain(body) in keyword_words.ANSWERS_TOO:
        return None
    if found is not None and found.exact and found.keyword is named:
        return replace(found, carrier=True)
    language = found.language if found is not None else "en"
    return KeywordMatch(named, True, language, plain(body)[:40] or carrier_says, True)


def _read(body: str) -> KeywordMatch | None:
    body = body[:_LONGEST_NEAR]
    words = plain(body)
    exact = _exact(words) if len(words) <= _LONGEST_EXACT else None
    if exact is not None:
        keyword, language, word = exact
        by_carrier = body.strip().upper() in keyword_words.TWILIO_HANDLES
        return KeywordMatch(keyword, True, language, word, by_carrier)
    elsewhere = stop_words.read(body)
    if elsewhere is not None and elsewhere.acts:
        return KeywordMatch(Keyword.STOP, True, elsewhere.language, elsewhere.word, False)
    near = next(_near(body, words), None)
    if near is None:
        elsewhere = elsewhere or stop_words.near(body)
        if elsewhere is None:
            return None
        return KeywordMatch(Keyword.STOP, False, elsewhere.language, elsewhere.word, False)
    keyword, language, word = near
    return KeywordMatch(keyword, False, language, word, False)


def _exact(words: str) -> tuple[Keyword, Language, str] | None:
    said_again = _SAID_AGAIN.fullmatch(words)
    once = said_again.group(1) if said_again else words
    if _SPELLED.fullmatch(once):  # S.T.O.P.
        once = once.replace(" ", "")
    return _EXACT.get(once)


def _near(body: str, words: str) -> Iterator[tuple[Keyword, Language, str]]:
    """Yield near misses, STOP before all others: a missed STOP costs more than a needless pause."""
    if set(body) & stop_phrases.SIGNS and not words:
        yield Keyword.STOP, "en", "🛑"
    bare = unstretch(_POLITE_ENDS.sub("", words))
    if bare in stop_phrases.SLIPS:
        yield Keyword.STOP, "en", bare
    found = _EXACT.get(bare)
    if found is not None:
        yield found
    parts = clauses(body)
    for part in parts:
        if part in keyword_words.FIRM_CLAUSES:
            yield _EXACT[part]
    if _is_shouted(body, words):
        yield Keyword.STOP, "en", "STOP"
    # A text of one clause is read once.
    yield from _phrases([_POLITE_ENDS.sub("", part) for part in dict.fromkeys((*parts, words))])


def _phrases(parts: list[str]) -> Iterator[tuple[Keyword, Language, str]]:
    for keyword, language, phrase in _NEAR:
        for part in parts:
            found = phrase.search(part)
            if found and not _KEEP_GOING.search(part[: found.start()]):
                yield keyword, language, found.group().strip()


def _is_shouted(body: str, words: str) -> bool:
    """Return whether STOP stands in capitals among other words, and is no bus stop."""
    shouted = _SHOUTED.search(body) and any(char.islower() for char in body)
    return bool(shouted) and not _NOT_SHOUTED.search(words)
