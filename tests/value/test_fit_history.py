"""A history of answers: counted from five on, reasons too."""

from datetime import timedelta

import pytest

from app.value.fit_history import SMALLEST, Answer, history

pytestmark = pytest.mark.pure


def answers(*reasons: str | None) -> list[Answer]:
    return [Answer(why, timedelta(days=days)) for days, why in enumerate(reasons)]


def test_it_says_nothing_of_a_few_answers() -> None:
    assert history(answers(*[None] * (SMALLEST - 1))) is None
    assert history([]) is None


def test_it_counts_fits_and_reasons_and_the_middle_wait() -> None:
    found = history(answers(None, None, *["no_capacity"] * 5, "not_eligible"))
    assert found is not None
    assert (found.answered, found.fit, found.no_fit, found.days) == (8, 2, 6, 3.5)
    assert found.reasons == (("no_capacity", 5), ("not_eligible", None))
