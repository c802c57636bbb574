"""Giving a message to the right person as staff see it, wide and on a phone: who, what happens, done,
and taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.server import Server


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_gives_a_message_to_the_right_person(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = staff("lea", viewport)
    page.goto(f"{touchline.url}/inbox?view=all&q=Porter")
    page.get_by_text("Sam Porter").first.click()
    thread = page.locator("#thread")
    expect(thread.get_by_text("Understood as “yes”").last).to_be_visible()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")  # so that it opens beside
    page.get_by_role("link", name="Not theirs?").first.click()
    sheet = page.locator("#refile")
    sheet.get_by_label("Find the person").fill("Tran")
    sheet.get_by_role("link", name="Kim Tran").click()
    expect(sheet).to_contain_text("opens again where it stood")
    check(page, "what will happen")
    sheet.get_by_role("button", name="Give it to Kim Tran").click()
    expect(thread).to_contain_text("A message was moved: it was not this person’s")
    expect(thread.get_by_role("link", name="Not theirs?")).to_have_count(0)
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    undo.focus()  # it stays while somebody is at it
    check(page, "the old thread")
    undo.press("Enter")
    expect(thread.get_by_role("link", name="Not theirs?").first).to_be_visible()
