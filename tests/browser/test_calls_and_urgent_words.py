"""A call and urgent words as staff see them, on a wide screen and on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check_both
from tests.server import Server

JEANS = "/sandbox/phones/15035550110"


def test_it_shows_a_call_and_urgent_words_well(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}{JEANS}")
    page.get_by_role("button", name="Call the practice").click()
    expect(page.locator("#call")).to_contain_text("Thank you for calling")
    check_both(page, "the phone")
    page.fill("#f-body", "I have chest pain")
    page.press("#f-body", "Enter")
    page.goto(f"{touchline.url}/inbox")
    first = page.locator("a.person-line").first
    expect(first).to_contain_text("Urgent words")
    expect(first).to_contain_text("Call back")
    check_both(page, "the list")
    first.click()
    expect(page.locator("#thread")).to_contain_text("please call back")
    check_both(page, "the thread")
    page.goto(f"{touchline.url}/settings/practice")
    expect(page.get_by_label("On call for urgent words")).to_be_visible()
    check_both(page, "the practice's form")
