"""Finding clinical words: a text on a shared or lost phone must not tell what a person has or takes.

The limit is a safeguard of ours (45 CFR 164.530(c)); the lists in `words/` cannot know every medicine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from messaging.plain_words import plain
from messaging.words import diagnosis_words, drug_names

_ENDINGS = re.compile(drug_names.ENDINGS)
_SINGLE = drug_names.NAMES | diagnosis_words.WORDS
_PHRASES = re.compile(rf"\b(?:{'|'.join(diagnosis_words.PHRASES)})s?\b")
_WORDS = re.compile(r"[^\W_]+")
#: Languages whose words the lists know. For others the practice names its own (`listed_in`).
KNOWN_LANGUAGES = ("en", "es")
#: Written without spaces between words: there a word is looked for anywhere.
_UNSPACED = ("ja", "km", "lo", "my", "th", "zh")


def clinical_words_in(text: str) -> tuple[str, ...]:
    """Return the medicines and illnesses a text names, in plain words, in order, each once."""
    words = plain(text)
    found = [match.group() for match in _PHRASES.finditer(words)]
    found += [word for word in words.split() if _is_clinical(word)]
    if any(char.islower() for char in text):  # in a text all in capitals, capitals mean nothing
        found += [word for word in _WORDS.findall(text) if word in diagnosis_words.CAPITALS]
    return tuple(dict.fromkeys(found))


def listed_in(text: str, listed: Iterable[str], language: str) -> tuple[str, ...]:
    """Return which of a practice's own clinical words a text names, also with endings of their own."""
    words = f" {plain(text)}"
    start = "" if language in _UNSPACED else " "
    return tuple(word for word in dict.fromkeys(listed) if f"{start}{plain(word)}" in words)


def _is_clinical(word: str) -> bool:
    singular = (word, word.removesuffix("s"), word.removesuffix("es"))
    return bool(_ENDINGS.fullmatch(word)) or not _SINGLE.isdisjoint(singular)
