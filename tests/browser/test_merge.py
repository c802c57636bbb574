"""Two records of one person in a browser: seen, merged, found under both names, and taken back."""

from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE
from tests.server import Server


def add(page: Page, touchline: Server, mrn: str, given: str) -> None:
    page.goto(f"{touchline.url}/patients/new")
    for name, value in (("mrn", mrn), ("given_name", given), ("family_name", "Quillon"),
                        ("birth_date", date(1951, 8, 2).isoformat())):  # fmt: skip
        page.fill(f"input[name={name}]", value)
    page.locator("main form button.btn-primary").last.click()
    page.wait_for_url(lambda url: "/patients/" in url and "/new" not in url)


def test_it_merges_two_records_and_takes_that_back(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    add(page, touchline, "BR-1", "William")
    add(page, touchline, "BR-2", "Bill")
    page.goto(f"{touchline.url}/patients/duplicates")
    pair = page.get_by_role("region", name="William Quillon and Bill Quillon")
    expect(pair).to_contain_text("A short form of the same name")
    check(page, "likely duplicates")
    pair.get_by_role("link", name="Look at a merge").click()
    expect(page.get_by_text("Merging sends nothing")).to_be_visible()
    check(page, "a merge before it is done")
    page.get_by_role("button", name="Merge BR-2 into BR-1").click()
    expect(page.get_by_role("heading", name="William Quillon")).to_be_visible()
    merged = page.locator("#merged")
    expect(merged).to_contain_text("BR-2")
    check(page, "a patient with a merged record")
    page.set_viewport_size(PHONE)
    check(page, "the same on a phone")
    merged.get_by_role("button", name="Take it back").click()
    expect(merged).not_to_contain_text("BR-2")
    page.goto(f"{touchline.url}/patients/duplicates")
    expect(pair).to_be_visible()
    check(page, "likely duplicates on a phone")
    pair.get_by_role("button", name="Two people").click()
    expect(pair).to_have_count(0)
