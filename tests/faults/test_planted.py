"""Every planted fault still fits the code, so that `make planted` plants what it says."""

from pathlib import Path

import pytest

from tests.faults.planted import FAULTS, Planted

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_its_place_stands_exactly_once_and_its_tests_exist(fault: Planted) -> None:
    assert (ROOT / fault.path).read_text().count(fault.old) == 1
    assert fault.old != fault.new
    assert all((ROOT / tests).exists() for tests in fault.tests)


def test_no_two_have_one_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
