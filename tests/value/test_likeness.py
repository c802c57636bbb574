"""Which records may be one person's: each reason with its look-alikes, and no pair without one."""

from datetime import date

import pytest

from app.value.likeness import Known, likely_pairs

pytestmark = pytest.mark.pure
BORN = date(1957, 3, 9)
NICK = ("nickname_and_birth_date", "similar_name_and_birth_date")
SAM = Known("a", "H-2", "Sam", "Porter", BORN, frozenset({"+15035550102"}))


def why(other: Known) -> tuple[str, ...]:
    return next((pair.reasons for pair in likely_pairs([SAM, other])), ())


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (Known("b", "X", "Kim", "Tran", BORN, SAM.phones), ("phone_and_birth_date",)),
        (Known("b", "X", "SAM", "Pórter", BORN), ("name_and_birth_date",)),
        (Known("b", "h0002", "Kim", "Tran", date(1990, 1, 2)), ("mrn",)),
        (Known("b", "X", "Porter", "Sam", BORN), ("swapped_names_and_birth_date",)),
        (Known("b", "X", "Samuel", "Porter", BORN), NICK),
        (Known("b", "X", "Sammy", "Porter", BORN), NICK),
        (Known("b", "X", "Sam", "Porter", date(1960, 1, 1), SAM.phones), ("phone_and_name",)),
        (Known("b", "X", "Sam", "Porter", date(1957, 9, 3)), ("name_and_swapped_birth_date",)),
        (Known("b", "X", "Sam", "Proter", BORN), ("similar_name_and_birth_date",)),
        (Known("b", "X", "Sam", "Portter", BORN), ("similar_name_and_birth_date",)),
    ],
)  # fmt: skip
def test_it_names_the_reason(other: Known, reasons: tuple[str, ...]) -> None:
    assert why(other) == reasons


@pytest.mark.parametrize(
    "other",
    [
        Known("b", "H-20", "Sam", "Porter", date(1960, 1, 1)),
        Known("b", "X", "Kim", "Tran", BORN),
        Known("b", "X", "Kim", "Porter", BORN),
        Known("b", "X", "Kim", "Tran", date(1960, 1, 1), SAM.phones),
        Known("b", "X", "Sue", "Porter", date(1958, 3, 9), SAM.phones),
    ],
)
def test_it_leaves_two_people_alone(other: Known) -> None:
    assert why(other) == ()


def test_it_puts_the_likeliest_first_and_each_pair_once() -> None:
    rows = [
        SAM,
        Known("b", "X", "Samuel", "Porter", BORN, SAM.phones),
        Known("c", "h2", "K", "T", BORN),
    ]
    pairs = likely_pairs(rows)
    assert [(pair.first, pair.second) for pair in pairs] == [("a", "b"), ("a", "c")]
    assert pairs[0].weight > pairs[1].weight


def test_a_phone_of_a_whole_shelter_tells_nothing_by_itself() -> None:
    many = [
        Known(str(n), f"M{n}", f"G{n}", f"F{n}", date(1950, 1, 1 + n % 28), SAM.phones)
        for n in range(80)
    ]
    assert all("phone_and_birth_date" in pair.reasons for pair in likely_pairs(many))
    assert likely_pairs([]) == []
