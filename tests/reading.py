"""How hard words are to read: the Flesch-Kincaid grade (Kincaid and others, 1975, for the US Navy): 0.39 ×
words a sentence + 11.8 × syllables a word - 15.59."""

import re
from collections.abc import Iterable


def syllables(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    return max(1, groups - (word.lower().endswith("e") and groups > 1))


def grade(paragraphs: Iterable[str]) -> float:
    """Of English; a placeholder reads like one short word."""
    sentences = [s for each in paragraphs for s in re.split(r"(?<=[.?!])\s", each)]
    plain = [re.sub(r"{\w+}|%\(\w+\)[sd]", "us", s) for s in sentences]
    words = [w for s in plain for w in re.findall(r"[A-Za-z']+", s)]
    return (
        0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    )
