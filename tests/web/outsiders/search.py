"""Searching: what is found is told apart by viewer in tests/web/test_search.py."""

from tests.web.outsider_cases import staff

CASES = {
    "search.page": staff(),
    "palette.options": staff(),
}
