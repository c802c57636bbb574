"""The wording editor on a real screen, by keyboard: the word the lint means is marked while one writes, a
draft waits for somebody else, and the words are read as a patient would get them."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import PHONE, WIDE
from tests.server import Server


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_writes_previews_and_approves(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    key = "reply.ride" if viewport is WIDE else "reply.please_call"
    here = f"{touchline.url}/settings/wording/{key}"
    lea = staff("lea", viewport)
    lea.goto(here)
    check = lea.locator("#side-en .check")
    expect(check).to_contain_text("Nothing stands against it")
    lea.focus("#body-en")
    lea.keyboard.press("ControlOrMeta+A")
    lea.keyboard.type("Shall we bring your insulin, {patient_first_name}?")
    expect(check.locator("mark")).to_have_text("insulin")
    lea.keyboard.press("ControlOrMeta+A")
    lea.keyboard.type("We’ll bring it to you, {patient_first_name}. Shall we?")
    expect(check.locator("mark")).to_have_count(0)
    expect(check).to_contain_text("Sent in plain characters: ’")
    lea.focus("#who")
    lea.keyboard.type("Ed Lowe")
    expect(lea.locator("#found-people button")).to_have_count(1)
    read_for_them(lea, "We'll bring it to you, Ed. Shall we?")
    wide = lea.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    lea.locator("#side-en").get_by_role("button", name="Save English for approval").press("Enter")
    expect(lea.locator("#side-en .draft")).to_contain_text("Waits for approval")
    expect(lea.get_by_role("button", name="Approve")).to_have_count(0)
    adam = staff("adam", viewport)
    adam.goto(f"{touchline.url}/settings/wording")
    adam.locator(".waiting-words a").first.press("Enter")
    adam.locator("#side-en").get_by_role("button", name="Approve", exact=True).press("Enter")
    expect(adam.locator("#side-en")).to_contain_text("your own words, version")


def read_for_them(page: Page, words: str) -> None:
    """Choose the one person found, by keyboard; once more where the page was still settling."""
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Enter")
        with suppress(AssertionError):
            return expect(page.locator("#reads")).to_contain_text(words, timeout=20_000)
    raise AssertionError("the words were not shown")
