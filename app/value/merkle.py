"""A Merkle tree over the ledger's row hashes (RFC 9162, section 2.1): its root names the whole chain in
32 bytes, a short path proves that one row is in it, and a frontier grows it without reading the past."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

#: Rows whose hashes are read together; a power of two, so that each lot is a whole subtree.
LOT = 1024
EMPTY = hashlib.sha256(b"").digest()


def leaf(row_hash: str) -> bytes:
    """The leaf of a row, from its hash (hex)."""
    return hashlib.sha256(b"\0" + bytes.fromhex(row_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: one subtree for each bit set in `size`, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, new: bytes) -> None:
        carried, size = new, self.size
        while size & 1:
            carried, size = node(self.peaks.pop(), carried), size >> 1
        self.peaks.append(carried)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY
        joined = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            joined = node(peak, joined)
        return joined


def root_of(row_hashes: Iterable[str]) -> bytes:
    edge = Frontier()
    for row_hash in row_hashes:
        edge.append(leaf(row_hash))
    return edge.root()


class Tree:
    """The tree over the first `size` rows. `read(start, stop)` gives the row hashes of places from 0;
    only a few lots of them are kept at a time."""

    def __init__(self, size: int, read: Callable[[int, int], list[str]]) -> None:
        self.size = size
        self._read = read
        self._roots: dict[tuple[int, int], bytes] = {}
        self._lot = lru_cache(maxsize=16)(self._load)

    def root(self) -> bytes:
        return self._of(0, self.size) if self.size else EMPTY

    def path(self, place: int) -> list[bytes]:
        """The neighbours from the leaf at `place` (from 0) up to the root."""
        return self._path(place, 0, self.size)

    def _path(self, place: int, start: int, stop: int) -> list[bytes]:
        if stop - start == 1:
            return []
        middle = start + _left(stop - start)
        if place < middle:
            return [*self._path(place, start, middle), self._of(middle, stop)]
        return [*self._path(place, middle, stop), self._of(start, middle)]

    def _of(self, start: int, stop: int) -> bytes:
        if stop - start <= LOT:
            return self._in_lot(self._lot(start // LOT), start, stop)
        if (start, stop) not in self._roots:
            middle = start + _left(stop - start)
            self._roots[start, stop] = node(self._of(start, middle), self._of(middle, stop))
        return self._roots[start, stop]

    def _load(self, number: int) -> dict[tuple[int, int], bytes]:
        start = number * LOT
        hashes = self._read(start, min(start + LOT, self.size))
        return {(start + at, start + at + 1): leaf(each) for at, each in enumerate(hashes)}

    def _in_lot(self, known: dict[tuple[int, int], bytes], start: int, stop: int) -> bytes:
        if (start, stop) not in known:
            middle = start + _left(stop - start)
            known[start, stop] = node(
                self._in_lot(known, start, middle), self._in_lot(known, middle, stop)
            )
        return known[start, stop]


def _left(size: int) -> int:
    """How many leaves stand left: the largest power of two below `size`."""
    half: int = 1 << ((size - 1).bit_length() - 1)
    return half
