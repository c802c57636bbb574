"""What folding spares and what rare letters cost is told, and nothing a language needs is dropped."""

import pytest

from messaging.segments import Cost, cost_of, count, fold

LONG = "x" * 100


@pytest.mark.parametrize(
    ("body", "cost"),
    [
        ("Hello", Cost((), 0, (), 0)),
        ("She said \u201cyes\u201d", Cost(("\u201c", "\u201d"), 0, (), 0)),
        (f"{LONG}\u2019", Cost(("\u2019",), 1, (), 0)),
        ("mañana, señor, qué", Cost((), 0, (), 0)),
        ("Sí", Cost((), 0, ("í",), 0)),
        (f"{LONG} sí, está", Cost((), 0, ("í", "á"), 1)),
        ("", Cost((), 0, (), 0)),
    ],
)
def test_it_names_what_is_folded_and_what_is_dear(body: str, cost: Cost) -> None:
    assert cost_of(body) == cost


def test_it_keeps_the_accents_it_names() -> None:
    body = f"{LONG} \u201csí\u201d"
    assert "sí" in fold(body)
    assert cost_of(body).extra == count(fold(body)).segments - 1
