"""The Merkle tree: grown row by row or read in lots, it has one root; a path proves its row and no other."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.value.merkle import EMPTY, LOT, Tree, leaf, node, root_of

pytestmark = pytest.mark.pure


def hashes(count: int) -> list[str]:
    return [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]


def climb(row_hash: str, place: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162, 2.1.3.2, written from the RFC alone."""
    here, last, made = place, size - 1, leaf(row_hash)
    for neighbour in path:
        if last == 0:
            return None
        if here & 1 or here == last:
            made = node(neighbour, made)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            made = node(made, neighbour)
        here, last = here >> 1, last >> 1
    return made if last == 0 else None


def test_it_agrees_with_the_rfc_on_the_smallest_trees() -> None:
    one, two, three = hashes(3)
    assert root_of([]) == EMPTY == hashlib.sha256(b"").digest()
    assert root_of([one]) == hashlib.sha256(b"\0" + bytes.fromhex(one)).digest()
    assert root_of([one, two, three]) == node(node(leaf(one), leaf(two)), leaf(three))


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 2 * LOT + 70), data=st.data())
def test_every_path_leads_to_the_one_root(size: int, data: st.DataObject) -> None:
    rows = hashes(size)
    tree = Tree(size, lambda start, stop: rows[start:stop])
    assert tree.root() == root_of(rows)
    place = data.draw(st.integers(0, size - 1))
    path = tree.path(place)
    assert len(path) <= size.bit_length()
    assert climb(rows[place], place, size, path) == tree.root()
    other = data.draw(st.integers(0, size - 1))
    if other != place:
        assert climb(rows[other], place, size, path) != tree.root()
        assert climb(rows[place], other, size, path) != tree.root()
