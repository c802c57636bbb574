"""Why a row counts, in words a person reads."""

import pytest

from app.models.touchpoint import ActorKind, Touchpoint
from app.queries.counting import why_it_counts

pytestmark = pytest.mark.pure


def row(**values: object) -> Touchpoint:
    given: dict[str, object] = {
        "composition": 2, "source_kind": "call", "activity_type": "call", "seconds": 90,
        "actor_kind": ActorKind.HUMAN, "void_reason": None,
    }  # fmt: skip
    return Touchpoint(**(given | values))


def test_it_says_that_and_why_a_call_counts_once() -> None:
    said = " ".join(why_it_counts(row(), is_taken_back=False))
    for words in ("It counts as one contact", "one call, known by its call id", "90 seconds count once",
                  "composition 2"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(("values", "taken", "words"), [
    ({}, True, "a later row takes it back"),
    ({"void_reason": "typed twice", "source_kind": "void"}, False, "it takes an earlier row back"),
    ({"actor_kind": ActorKind.SYSTEM, "seconds": 0}, False, "It has no minutes"),
    ({"seconds": 0}, False, "No minutes were recorded"),
])  # fmt: skip
def test_it_says_why_not(values: dict[str, object], taken: bool, words: str) -> None:
    assert words in " ".join(why_it_counts(row(**values), is_taken_back=taken))
