"""Which records may be one office's: by name, e-mail and numbers; a clinician alone tells nothing."""

import pytest

from app.value.partner_likeness import Known, likely_pairs

pytestmark = pytest.mark.pure
RIVERSIDE = Known(1, "Riverside Internal Medicine", "desk@riverside.example.org",
                  frozenset({"+15035550188"}), frozenset({"Dr. Ana Lee"}))  # fmt: skip


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (Known(2, "Internal Medicine, Riverside (P.C.)"), ("same_name",)),
        (Known(2, "Riverside Internal Med"), ("similar_name",)),
        (Known(2, "Riversida Internal Medicine"), ("similar_name",)),
        (Known(2, "Hill Clinic", "DESK@riverside.example.org"), ("same_email",)),
        (Known(2, "Hill Clinic", "", frozenset({"+15035550188"}), frozenset({"Lee, Ana"})),
         ("same_number", "same_clinician")),
        (Known(2, "Hill Clinic", people=frozenset({"Dr. Ana Lee"})), ()),
        (Known(2, "Lakeside Internal Medicine"), ()),
    ],
)  # fmt: skip
def test_it_says_why_two_records_may_be_one(other: Known[int], reasons: tuple[str, ...]) -> None:
    found = likely_pairs([RIVERSIDE, other])
    assert [(pair.first, pair.second, pair.reasons) for pair in found] == (
        [(1, 2, reasons)] if reasons else []
    )


def test_it_tells_numbered_places_apart_and_puts_the_likeliest_first() -> None:
    assert likely_pairs([Known(1, "Health Center 1"), Known(2, "Health Center 2")]) == []
    two = Known(2, "Riverside Internal Med"), Known(3, "The Riverside Internal Medicine")
    found = likely_pairs([RIVERSIDE, *two])
    assert (found[0].first, found[0].second) == (1, 3)
