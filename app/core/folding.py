"""Words as they are compared: without accents, case and punctuation, so that José is found as jose. One rule
for both databases, for what is stored in the index, what is typed, and what is marked on the page."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

#: Letters that are one letter with a stroke to Unicode, and two letters or a plain one to people.
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_RUN = re.compile(r"[^\W_]+")
_MOST_JOINED = 4


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return bare.casefold().translate(_STROKES)


def fold(text: str) -> str:
    """Lower case, without accents: "José Muñoz" → "jose munoz"."""
    return "".join(map(_fold_char, text))


def runs(text: str) -> list[str]:
    """The folded words in their order: letters and digits between anything else."""
    return _RUN.findall(fold(text))


def words(text: str) -> list[str]:
    """What a text is found by, each once: its words, and neighbours without a space between them written as
    one ("O'Brien" → "o", "obrien", "brien")."""
    found: dict[str, None] = {}
    for part in text.split():
        own = runs(part)
        for start in range(len(own)):
            for stop in range(start + 1, min(start + _MOST_JOINED, len(own)) + 1):
                found["".join(own[start:stop])] = None
    return list(found)


def digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdecimal())


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as it was written, and whether it is one of the words somebody looked for."""

    text: str
    is_hit: bool = False


def pieces(text: str, wanted: Iterable[str]) -> list[Piece]:
    """`text` cut at the words that begin with one of `wanted` (folded); joined it is `text` again."""
    prefixes = tuple(word for word in wanted if len(word) > 1)
    alone = {word for word in wanted if len(word) == 1}
    cut: list[Piece] = []
    end = 0
    for start, stop, word in _placed(text):
        if word in alone or (prefixes and word.startswith(prefixes)):
            cut += [Piece(text[end:start])] if start > end else []
            cut.append(Piece(text[start:stop], is_hit=True))
            end = stop
    return [*cut, Piece(text[end:])] if end < len(text) else cut


def _placed(text: str) -> Iterable[tuple[int, int, str]]:
    """Each folded word with the place it has in the text; marks above a letter belong to it."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        bare = _fold_char(char)
        folded.append(bare)
        places += [place] * len(bare)
    for run in _RUN.finditer("".join(folded)):
        stop = places[run.end()] if run.end() < len(places) else len(text)
        last = places[run.end() - 1] + 1
        while last < stop and not _fold_char(text[last]):
            last += 1
        yield places[run.start()], last, run.group()


def around(text: str, wanted: Iterable[str], *, length: int = 160) -> str:
    """The part of a long text around its first wanted word, on one line."""
    flat = " ".join(text.split())
    prefixes = tuple(wanted)
    if len(flat) <= length:
        return flat
    first = next((at for at, _, word in _placed(flat) if prefixes and word.startswith(prefixes)), 0)
    start = max(0, min(first - length // 3, len(flat) - length))
    if start:
        start = flat.find(" ", start) + 1
    end = start + length
    return ("… " if start else "") + flat[start:end].rstrip() + (" …" if end < len(flat) else "")
