"""The chain's arithmetic, from plain values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.value.commitments import GENESIS, commit, commitments_of, field_salt, row_hash

pytestmark = pytest.mark.pure
SALT = b"s" * 32
plain = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text())


@given(plain, plain)
def test_it_commits_to_exactly_one_value(one: object, other: object) -> None:
    same = type(one) is type(other) and one == other
    assert (commit(SALT, one) == commit(SALT, other)) is same


def test_it_gives_each_field_a_salt_of_its_own() -> None:
    made = commitments_of(SALT, {"channel": "sms", "direction": "sms"})
    assert made["channel"] != made["direction"]
    assert field_salt(SALT, "channel") != field_salt(b"t" * 32, "channel")


def test_it_chains_number_and_link_before() -> None:
    fields = commitments_of(SALT, {"channel": "sms"})
    first = row_hash(GENESIS, 1, fields)
    assert len({first, row_hash(GENESIS, 2, fields), row_hash(first, 1, fields)}) == 3


def test_it_keeps_its_hashes_for_ever() -> None:
    """A golden vector: if this changes, every old export stops verifying."""
    fields = commitments_of(
        SALT, {"channel": "sms", "seconds": 0, "programs": ["ccm"], "payer": None}
    )
    assert (
        row_hash(GENESIS, 1, fields)
        == "0cc2551ab11df15f29cb161bc7dd4ef6cc3112ef5bca3d1bf3650ea8bb9f9c54"
    )
