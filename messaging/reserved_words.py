"""Finding replies a text must not ask for: words that carriers act on before we see them.

"Reply CANCEL" would opt a person out of every text, "reply YES" would opt them in again. Naming STOP so
that people can stop, START so that they can start again and HELP for help is right and stays allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from messaging.plain_words import clauses, plain
from messaging.words import keyword_words
from messaging.words.asking_words import ASKING, BETWEEN, JOINING, MAYBE_ASKING

_STOP = frozenset(map(plain, (*keyword_words.STOP_ENGLISH, *keyword_words.STOP_SPANISH)))
_START = frozenset(map(plain, (*keyword_words.START_ENGLISH, *keyword_words.START_SPANISH)))
_HELP = frozenset(map(plain, (*keyword_words.HELP_ENGLISH, *keyword_words.HELP_SPANISH)))
_RESERVED = _STOP | _START | _HELP | {"yes"}  # YES is START to carriers

_TEXTS = r"(?:texts?|messages?|reminders?|mensajes?|textos?|recordatorios?)"
_END = r"(?:$| \|| (?:or|and|any)\b)"  # of the clause, or of what the word is for
_PURPOSES = (
    (
        _STOP,
        rf"\bno (?:more|mas) (?:\w+ )?{_TEXTS}|\bno recibir (?:\w+ )?{_TEXTS}"
        r"|\b(?:to|para) (?:opt out|unsubscribe|darse de baja|dejar de recibir\w*)"
        rf"|\bto (?:stop|end|quit)(?: (?:all|our|these|the|getting|receiving))*(?: {_TEXTS})?{_END}"
        rf"|\bpara (?:parar|detener|cancelar) (?:\w+ )?{_TEXTS}"
        rf"|\bdejar de recibir (?:\w+ )?{_TEXTS}",
    ),
    (
        _START,
        rf"\bto (?:start|resume|restart)(?: \w+)?(?: {_TEXTS})?{_END}|{_TEXTS} again"
        rf"|\brecibir(?:los|nos)?(?: {_TEXTS})? (?:de nuevo|otra vez)|\bvolver a recibir",
    ),
    (
        _HELP,
        r"\b(?:for|to get|need|para|obtener|recibir|necesita)(?: \w+)? (?:help|info|ayuda|informacion)\b",
    ),
)
_ALLOWED = tuple((words, re.compile(purpose)) for words, purpose in _PURPOSES)
_SENTENCES = re.compile(r"[.!?\n]+(?:\s|$)|\n")
_TOKENS = re.compile(r"[\"“”«»'‘’]?[\w{}-]+[\"“”«»'‘’]?")
_TO = frozenset({"to", "for", "if", "para", "si"})
_QUOTES = "\"“”«»'‘’"


def reserved_words_in(body: str) -> tuple[str, ...]:
    """Return the reserved words a text asks people to reply with, in capitals, each once."""
    capitals_count = any(char.islower() for char in body)
    found: list[str] = []
    for sentence in _SENTENCES.split(body):
        purpose = " | ".join(clauses(sentence))
        for word in _asked_for(_TOKENS.findall(sentence), capitals_count):
            if not _is_allowed(word, purpose):
                found.append(word.upper())
    return tuple(dict.fromkeys(found))


def _is_allowed(word: str, sentence: str) -> bool:
    """Return whether the rest of the sentence says what the word is for: "to opt out" beside STOP."""
    places = [place.span() for place in re.finditer(rf"\b{re.escape(word)}\b", sentence)]
    rests = [f"{sentence[:start]}~{sentence[end:]}" for start, end in places]
    return any(
        word in words and any(purpose.search(rest) for rest in rests) for words, purpose in _ALLOWED
    )


def _asked_for(tokens: list[str], capitals_count: bool) -> Iterator[str]:
    for at, token in enumerate(tokens):
        word, named = plain(token), _reserved_at(tokens, at)
        if word in ASKING or word in MAYBE_ASKING:
            yield from _listed(tokens[at + 1 :], capitals_count, strong=word in ASKING)
        if capitals_count and token.isupper() and named:  # "YES to confirm"
            after = at + len(named.split())
            if plain(" ".join(tokens[after : after + 1])) in _TO:
                yield named


def _listed(tokens: list[str], capitals_count: bool, *, strong: bool) -> Iterator[str]:
    """Yield the reserved words in the list of replies that follows "reply": "with 1 or YES"."""
    for at, token in enumerate(tokens):
        word, named = plain(token), _reserved_at(tokens, at)
        joined = plain(" ".join(tokens[at + 1 : at + 2])) in JOINING
        marked = token[0] in _QUOTES or (capitals_count and token.isupper())
        if named and (strong or marked):
            yield named
        elif not (marked or word in BETWEEN | JOINING or (word.isdecimal() and joined)):
            return


def _reserved_at(tokens: list[str], at: int) -> str | None:
    """Return the longest reserved wording that starts at this token, if any does."""
    wordings = (plain(" ".join(tokens[at : at + length])) for length in (3, 2, 1))
    return next((wording for wording in wordings if wording in _RESERVED), None)
