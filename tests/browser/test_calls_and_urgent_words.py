"""A call and urgent words as staff see them, on a wide screen and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.server import Server

JEANS = "/sandbox/phones/15035550110"


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_shows_a_call_and_urgent_words_well(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = staff("lea", viewport)
    page.goto(f"{touchline.url}{JEANS}")
    page.get_by_role("button", name="Call the practice").click()
    expect(page.locator("#call")).to_contain_text("Thank you for calling")
    check(page, "the phone")
    page.fill("#f-body", "I have chest pain")
    page.press("#f-body", "Enter")
    page.goto(f"{touchline.url}/inbox")
    first = page.locator("a.person-line").first
    expect(first).to_contain_text("Urgent words")
    expect(first).to_contain_text("Call back")
    check(page, "the list")
    first.click()
    expect(page.locator("#thread")).to_contain_text("please call back")
    check(page, "the thread")
    page.goto(f"{touchline.url}/settings/practice")
    expect(page.get_by_label("On call for urgent words")).to_be_visible()
    check(page, "the practice's form")
