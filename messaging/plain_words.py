"""A text reduced to the words a person meant: no case, width, accents, punctuation or emoji.

Keywords and replies are read from this form; nothing is ever stored or shown in it.
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile(r"['‘’ʼ`´＇]")
_CLAUSE_ENDS = re.compile(r"[.!?;:,()¡¿…\n\r\u2028\u2029]+|\s[-–—]+\s|[–—]+")
_STRETCHED = re.compile(r"([a-z])\1{2,}")


def plain(text: str) -> str:
    """Return the words of `text`: "¡No más MENSAJES!" → "no mas mensajes", "don't" → "dont"."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    letters = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    return " ".join("".join(map(_keep, unicodedata.normalize("NFKD", letters))).split())


def clauses(text: str) -> list[str]:
    """Return the plain words of each clause, split where the writer paused."""
    parts = _CLAUSE_ENDS.split(unicodedata.normalize("NFKC", text))
    return [words for words in map(plain, parts) if words]


def unstretch(words: str) -> str:
    """Return plain words with stretched letters let go: "stopppp" → "stop", "siii" → "si"."""
    return _STRETCHED.sub(r"\1", words)


def _keep(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return ""  # accents, keycap frames, zero-width and direction marks join what they stand in
    if category == "Nd":
        return str(unicodedata.digit(char))
    return char if char.isalnum() else " "


#: What becomes of each plain character: most texts hold nothing else, and each is read several times.
_ASCII = {ord(char): _keep(char.casefold()) for char in map(chr, range(128))} | {
    ord("'"): "", ord("`"): ""
}  # fmt: skip
