"""STOP in the languages a practice may add: as a whole message it acts; in company it calls a person.

Read with its marks on: "dừng" is stop, "đúng" is right. Only where Latin letters stay clear without them are
they also read bare.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from messaging.plain_words import plain
from messaging.words import stop_by_language

#: Latin scripts whose words mean the same without accents.
_BARE_TOO = frozenset({"de", "fil", "fr", "ht", "om", "pt", "so", "sw"})
_CLAUSE_ENDS = re.compile(r"[.!?;:,()¡¿…\n\r。！？；：，、،؛؟।॥။၊።፣፤]+|\s[-–—]+\s|[–—]+")
_SPACELESS = re.compile("[぀-ヿ㐀-鿿฀-๿຀-໿ក-៿က-႟]")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Found:
    """`acts` is False where a person decides."""

    language: str
    word: str
    acts: bool


def marked(text: str) -> str:
    """The words of a text with their vowel signs and accents, without case, width, punctuation or emoji."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    kept = (_keep(char) for char in unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def read(body: str) -> Found | None:
    """What a whole message says; None for anything else."""
    if len(body) > _LONGEST:
        return None
    words = _once(marked(body))
    return _ACTING.get(words) or _ACTING.get(f"bare:{_once(plain(body))}") or _ASKING.get(words)


def near(body: str) -> Found | None:
    """One of the words as a clause of its own, or with a please: never acted on."""
    for clause in _CLAUSE_ENDS.split(body[:_LONGEST]):
        words = _once(_without_please(marked(clause)))
        found = _ACTING.get(words) or _ASKING.get(words) or _ACTING.get(f"bare:{plain(words)}")
        if found is not None:
            return Found(found.language, found.word, acts=False)
    return None


def _keep(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf" or char in "'’‘ʼ":
        return ""
    return char if category[0] in "LMN" and char not in "\ufe0e\ufe0f\u20e3" else " "


def _once(words: str) -> str:
    """ "стоп стоп стоп" → "стоп"."""
    parts = words.split()
    for length in range(1, min(3, len(parts) // 2) + 1):
        if parts[:length] * (len(parts) // length) == parts:
            return " ".join(parts[:length])
    return words


def _without_please(words: str) -> str:
    for please, gap in _PLEASE:
        if words == please:
            continue
        words = words.removeprefix(please + gap).removesuffix(gap + please).strip()
    return words


#: What becomes of each plain character (`marked`): most texts hold nothing else.
_ASCII = {ord(char): _keep(char.casefold()) for char in map(chr, range(128))}
#: With what stands between it and the next word.
_PLEASE = [
    (please, "" if _SPACELESS.search(please) else " ")
    for please in sorted(map(marked, stop_by_language.PLEASE), key=len, reverse=True)
]
_ACTING: dict[str, Found] = {}
_ASKING: dict[str, Found] = {}
for _language, _words in stop_by_language.STOP.items():
    for _word in _words:
        _found = Found(_language, _word, acts=True)
        _ACTING.setdefault(marked(_word), _found)
        if _language in _BARE_TOO:
            _ACTING.setdefault(f"bare:{plain(_word)}", _found)
for _language, _words in stop_by_language.PAUSE.items():
    for _word in _words:
        _ASKING.setdefault(marked(_word), Found(_language, _word, acts=False))
