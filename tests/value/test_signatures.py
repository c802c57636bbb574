"""Signing keys: what they sign is told from what they did not; an older key's words stay good."""

import os
from datetime import UTC, datetime

import pytest

from app.value.signatures import Ring, is_signed, new_key

pytestmark = pytest.mark.pure
AT = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


def test_it_tells_what_was_signed_from_what_was_not() -> None:
    ring = Ring((new_key(os.urandom(32), at=AT),))
    whole = ring.sign({"count": 3, "head": "ab"})
    assert is_signed(whole, ring.public())
    assert not is_signed(whole | {"count": 4}, ring.public())
    assert not is_signed(whole | {"signature": "AAAA"}, ring.public())
    assert not is_signed({"count": 3}, ring.public())
    assert not is_signed(whole, Ring((new_key(os.urandom(32), at=AT),)).public())


def test_after_a_change_the_new_key_signs_and_the_old_one_still_counts() -> None:
    ring = Ring((new_key(b"a" * 32, at=AT),))
    before = ring.sign({"count": 1})
    later = ring.rotated(b"b" * 32, at=AT.replace(year=2027))
    after = later.sign({"count": 1})
    assert is_signed(before, later.public())
    assert before["key"] != after["key"]
    assert [key["to"] for key in later.public()] == ["2027-03-03T17:00:00+00:00", None]
    assert Ring.from_json(later.to_json()) == later


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": []}', '{"keys": [{"id": 1}]}',
    '{"keys": [{"id": "a", "secret": "AAAA", "from": "", "to": null}]}'])  # fmt: skip
def test_it_refuses_what_is_no_key_file(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message is the caller's
        Ring.from_json(text)
