"""The one picture invented phones can send: a medicine bottle, drawn here, so that no file is shipped."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from messaging.carriers.base import Attached

_WIDTH, _HEIGHT = 240, 320
_PAPER, _ORANGE, _WHITE, _INK = range(4)
_PALETTE: Final = bytes.fromhex("dfe9e5 d9772b ffffff 35454a")
#: Colour, left, top, right, bottom; later ones lie on top.
_SHAPES: Final = (
    (_ORANGE, 60, 90, 180, 290),
    (_WHITE, 50, 40, 190, 90),
    (_WHITE, 60, 140, 180, 250),
    *((_INK, 72, top, right, top + 6) for top, right in ((156, 150), (176, 168), (196, 132))),
    (_INK, 72, 222, 104, 238),
)


def _colour(x: int, y: int) -> int:
    found = _PAPER
    for colour, left, top, right, bottom in _SHAPES:
        if left <= x < right and top <= y < bottom:
            found = colour
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def _draw() -> bytes:
    rows = (bytes([0, *(_colour(x, y) for x in range(_WIDTH))]) for y in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", _PALETTE), (b"IDAT", zlib.compress(b"".join(rows))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in (*chunks, (b"IEND", b"")))


PICTURE: Final = Attached("sandbox:picture", "image/png")


def content_of(url: str) -> bytes | None:
    """The picture's bytes, or None for another address."""
    return _draw() if url == PICTURE.url else None
