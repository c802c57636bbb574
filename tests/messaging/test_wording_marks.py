"""The words a lint objects to, marked where they stand."""

import pytest

from messaging.wording import Problem, lint
from messaging.wording_marks import marked

pytestmark = pytest.mark.pure


def wrong(body: str) -> list[str]:
    stretches = marked(body, lint(body))
    assert "".join(each.text for each in stretches) == body
    return [each.text for each in stretches if each.is_wrong]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Did you get it? {options}", []),
        ("Your Insulin is ready", ["Insulin"]),
        ("INSULÍN, insulin and more insulin", ["INSULÍN", "insulin", "insulin"]),
        ("Reply YES if it came", ["YES"]),
        ("See www.example.org/x now", ["www.example.org/x"]),
        ("Hello {first_name}", ["{first_name}"]),
        ("Is your high blood pressure better?", ["high blood pressure"]),
        ("", []),
    ],
)
def test_it_marks_exactly_the_words_meant(body: str, words: list[str]) -> None:
    assert wrong(body) == words


def test_it_marks_what_two_problems_share_once() -> None:
    problems = [Problem("a", "", "one two"), Problem("b", "", "two three")]
    stretches = marked("one two three four", problems)
    assert [(each.text, each.is_wrong) for each in stretches] == [
        ("one two", True), (" three", True), (" four", False)]  # fmt: skip
