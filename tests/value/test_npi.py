"""NPIs: the check digit decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.value.npi import is_npi

pytestmark = pytest.mark.pure


def test_it_takes_the_example_of_the_rule() -> None:
    assert is_npi("1234567893")  # CMS's own, worked through in the document


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678933", "1234567890", "3234567893", "123456789x", "١234567893"]
)
def test_it_refuses_what_is_none(text: str) -> None:
    assert not is_npi(text)


@given(st.integers(1_000_000_00, 2_999_999_99), st.integers(0, 8), st.integers(1, 9))
def test_it_has_one_check_digit_and_notices_one_wrong_digit(
    body: int, place: int, off: int
) -> None:
    (right,) = [f"{body}{digit}" for digit in range(10) if is_npi(f"{body}{digit}")]
    wrong = str((int(right[place]) + off) % 10)
    assert not is_npi(right[:place] + wrong + right[place + 1 :])
