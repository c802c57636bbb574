"""How long a text is as carriers count it, and how to write it so that it costs less.

GSM-7 alphabet and extension table: 3GPP TS 23.038 §6.2.1. A text that does not fit one segment gives up
7 septets (or 3 UTF-16 units) of each to the header that joins them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_BEYOND_UTF16_UNIT = 0x10000

_FOLDS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‹›`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−•‣", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006", " "),
        **dict.fromkeys("\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u000b\u0085\u2028\u2029", "\n"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "⁄": "/",
        "∕": "/",
        "˜": "~",
        "ˆ": "^",
    }
)


class Encoding(StrEnum):
    """The alphabet a text travels in."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """`units` are septets in GSM-7 and UTF-16 units in UCS-2; an empty text has no segment."""

    encoding: Encoding
    units: int
    segments: int


def count(body: str) -> SegmentCount:
    """Count a text as it stands: 160/153 septets a segment in GSM-7, 70/67 units in UCS-2."""
    if all(char in _BASIC or char in _EXTENSION for char in body):
        sizes = [2 if char in _EXTENSION else 1 for char in body]
        return SegmentCount(Encoding.GSM7, sum(sizes), _segments(sizes, alone=160, joined=153))
    sizes = [2 if ord(char) >= _BEYOND_UTF16_UNIT else 1 for char in body]
    return SegmentCount(Encoding.UCS2, sum(sizes), _segments(sizes, alone=70, joined=67))


def fold(body: str) -> str:
    """Return the text with smart quotes, dashes, odd spaces and ellipses written in GSM-7.

    Letters and emoji without an equal stay: "á" is worth its price, "sí" is not "si". An ellipsis opens
    to three dots only where that costs no segment.
    """
    folded = unicodedata.normalize("NFC", body).replace("\r\n", "\n").translate(_FOLDS)
    opened = folded.replace("…", "...")
    return opened if count(opened).segments <= count(folded).segments else folded


@dataclass(frozen=True, slots=True)
class Cost:
    """What a text costs as it will be sent, and why. `folded` are the characters written in plainer ones,
    `saved` the segments that spares; `dear` the characters that need UCS-2 and `extra` what they cost."""

    folded: tuple[str, ...]
    saved: int
    dear: tuple[str, ...]
    extra: int


def cost_of(body: str) -> Cost:
    """Tell what folding changes and saves, and which letters make the text longer. Shows, never drops."""
    sent = fold(body)
    whole = unicodedata.normalize("NFC", body).replace("\r\n", "\n")
    gone = (char for char in whole if char not in sent and char.isprintable())
    dear = tuple(dict.fromkeys(char for char in sent if char not in _BASIC | _EXTENSION))
    cheap = sum(2 if char in _EXTENSION else 1 for char in sent)
    alone = count("x" * cheap).segments  # as if every letter were in GSM-7
    return Cost(
        folded=tuple(dict.fromkeys(gone)),
        saved=max(count(whole).segments - count(sent).segments, 0),
        dear=dear,
        extra=count(sent).segments - alone if dear else 0,
    )


def _segments(sizes: Iterable[int], *, alone: int, joined: int) -> int:
    sizes = list(sizes)
    if sum(sizes) <= alone:
        return 1 if sizes else 0
    segments, room = 1, joined
    for size in sizes:
        if size > room:  # an escape pair or a surrogate pair is never cut in two
            segments, room = segments + 1, joined
        room -= size
    return segments
