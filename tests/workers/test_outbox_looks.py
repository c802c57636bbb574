"""How often the sweep looks: at once while a look may find more, and a little later while it finds a text
here and a text there."""

import time
from itertools import pairwise

import pytest
from flask import Flask

from workers import outbox
from workers.outbox import Found

pytestmark = pytest.mark.once


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Found], list[float]]:
    """What the next looks find, to be filled, and when they came."""
    finds: list[Found] = []
    moments: list[float] = []

    def look(_: object) -> Found:
        moments.append(time.monotonic())
        return finds.pop(0) if finds else Found()

    monkeypatch.setattr(outbox, "_look", look)
    monkeypatch.setattr(outbox, "GATHER", 0.02)
    return finds, moments


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def test_it_gathers_only_while_texts_keep_coming_a_few_at_a_time(app: Flask, looks) -> None:
    finds, moments = looks
    finds += [Found(practices=9, texts=10)] * 5
    outbox.deliver_due()
    assert len(moments) == 6
    assert (
        min(gaps(moments)[2:]) >= 0.02
    )  # the looks after the third thin one; what was first waited for nothing


def test_it_never_waits_while_a_practice_has_more(
    app: Flask, looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds, moments = looks
    monkeypatch.setattr(outbox, "GATHER", 3600.0)
    monkeypatch.setattr(outbox, "LOOK_EVERY", 3600.0)
    finds += [
        Found(1, 24, is_full=True),
        Found(2, 30),
        Found(3, 3),
        Found(3, 3),
        Found(1, 4),
        Found(9, 9),
    ]
    outbox.deliver_due()
    assert len(moments) == 7


@pytest.mark.pure
@pytest.mark.parametrize(
    ("found", "is_thin"),
    [
        (Found(3, 11), True),
        (Found(3, 12), False),
        (Found(), False),
        (Found(2, 3, is_full=True), False),
    ],
)
def test_it_knows_a_thin_look(found: Found, is_thin: bool) -> None:
    assert found.is_thin is is_thin
