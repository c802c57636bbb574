"""The draft for the referring office: what it says at each stage, and that only a person can finish it."""

from datetime import date
from typing import Any

import pytest

from messaging.pcp_update import NEXT, Facts, Known, draft, is_complete

pytestmark = pytest.mark.pure
KNOWN: dict[str, Any] = {
    "practice": "Harbor Family Clinic", "patient": "Sam Porter", "born": date(1957, 3, 9),
    "received": date(2026, 3, 1), "reason": "Falls at home", "status": "in_progress",
    "to": "Dr. Lee",
}  # fmt: skip
MARCH_4 = date(2026, 3, 4)


def text(**more: Any) -> str:
    return draft(Facts(**(KNOWN | more)))


def test_it_says_who_when_and_why_and_leaves_the_last_line_to_a_person() -> None:
    lines = text().splitlines()
    assert lines[0] == "Dear Dr. Lee,"
    assert lines[1] == (
        "Sam Porter, born 1957-03-09, was referred to Harbor Family Clinic on March 1, 2026: "
        "Falls at home."
    )
    assert lines[-1].strip() == NEXT
    assert text(to="", reason=" ").splitlines()[:2] == [
        "Dear colleagues,",
        "Sam Porter, born 1957-03-09, was referred to Harbor Family Clinic on March 1, 2026.",
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "We are not in touch with them yet."),
        ({"attempts": 1}, "We have tried to reach them once and are not in touch yet."),
        ({"attempts": 3}, "We have tried to reach them 3 times and are not in touch yet."),
        ({"contacted": Known(MARCH_4)}, "in touch with our care team since March 4, 2026."),
        ({"scheduled": Known(MARCH_4, "Heart clinic")},
         "It was scheduled on March 4, 2026 (Heart clinic)."),
        ({"kept": Known(MARCH_4, "", "patient_confirmed")},
         "It was kept on March 4, 2026; the patient told us."),
        ({"outcome": Known(MARCH_4, "Meals come twice a week", "partner_confirmed")},
         "What came of it, as of March 4, 2026: Meals come twice a week.\n"
         "How we know: confirmed by the organization."),
        ({"report": Known(MARCH_4)}, "We received the report on March 4, 2026."),
        ({"status": "on_hold", "status_reason": "In hospital"}, "For now it is on hold: In hospital."),
        ({"status": "failed", "status_reason": "No phone"}, "We ended our work on it: No phone."),
    ],
)  # fmt: skip
def test_it_says_how_far_it_is(more: dict[str, Any], words: str) -> None:
    assert words in text(**more)


def test_it_says_why_somebody_is_not_a_fit_and_nothing_of_trying() -> None:
    said = text(status="rejected", status_reason="No hospital visits", attempts=4)
    assert "not a fit for our care: No hospital visits." in said
    assert "tried to reach" not in said


def test_it_is_complete_once_somebody_wrote_what_comes_next() -> None:
    assert not is_complete(text())
    assert not is_complete(" ")
    assert is_complete(text() + "we visit them on Friday.")
    assert is_complete(text().replace(NEXT, ""))
