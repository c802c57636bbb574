"""What an answer to an open question means: understood, or handed to a person. Never a guess.

An answer is understood only when every word of it is known and they all say the same. One unknown word,
a question mark, a doubt or two different answers, and a person reads it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from messaging.plain_words import plain
from messaging.questions import Option, Question, options_text, yes_no
from messaging.reply_lexicon import Reading, read
from messaging.words import reply_words

__all__ = [
    "Answer",
    "Option",
    "Question",
    "Understanding",
    "options_text",
    "understand",
    "yes_no",
]

_LONGEST = 300  # characters; a longer reply tells a story, and a person reads stories
_HEDGES = frozenset(map(plain, reply_words.HEDGES))


class Understanding(StrEnum):
    """Whether an answer may be acted on without a person."""

    UNDERSTOOD = "understood"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """`key` is the option's, or None for free text and when unclear.

    `reason` is number, word, phrase or free_text when understood; empty, ambiguous (asked back, doubted or
    qualified), several (options at once) or unknown (words) when not.
    """

    understanding: Understanding
    key: str | None
    reason: str


def understand(body: str, question: Question) -> Answer:
    """Return what a reply means for this question."""
    if not _says_something(body):
        return _unclear("empty")
    if question.kind == "text":
        return Answer(Understanding.UNDERSTOOD, None, "free_text")
    if reply_words.DOUBT_SIGNS.intersection(body):
        return _unclear("ambiguous")
    if len(body) > _LONGEST:
        return _unclear("unknown")
    reading = read(body, question)
    if question.kind == "yes_no":
        _read_signs(body, reading, {option.key for option in question.options})
    return _settle(reading, summed=bool(reply_words.SUM_SIGNS.intersection(body)))


def _settle(reading: Reading, *, summed: bool) -> Answer:
    keys = reading.keys - {"no"} if "not_yet" in reading.keys else reading.keys  # "no, not yet"
    if len(keys) > 1 or (reading.digits > 1 and "number" in reading.how):
        return _unclear("several")
    if reading.unknown or not keys:
        doubted = keys and _HEDGES.intersection(reading.unknown)
        return _unclear("ambiguous" if doubted else "unknown")
    if summed and reading.digits:
        return _unclear("ambiguous")
    how = next(how for how in ("number", "phrase", "word") if how in reading.how)
    return Answer(Understanding.UNDERSTOOD, keys.copy().pop(), how)


def _read_signs(body: str, reading: Reading, asked: set[str]) -> None:
    """Let a thumb say yes or no, alone or beside words that must then agree with it."""
    for key, signs in (("yes", reply_words.YES_SIGNS), ("no", reply_words.NO_SIGNS)):
        if key in asked and signs.intersection(body):
            reading.keys.add(key)
            reading.how.add("word")


def _says_something(body: str) -> bool:
    pictures = any(unicodedata.category(char) == "So" for char in body)
    return bool(plain(body)) or pictures or bool(reply_words.DOUBT_SIGNS.intersection(body))


def _unclear(reason: str) -> Answer:
    return Answer(Understanding.UNCLEAR, None, reason)
