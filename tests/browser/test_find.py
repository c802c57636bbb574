"""Finding things by keyboard alone: the slash to the search and its arrows, Ctrl K to the palette."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.server import Server


def test_it_searches_by_keyboard_and_walks_what_it_found(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea", {"width": 1500, "height": 900})
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("/")
    expect(page.locator("#find-q")).to_be_focused()
    page.keyboard.type("medicine")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=medicine")
    # The worker indexes what was seeded in its own time.
    for _ in range(60):
        if page.locator("#found mark").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("#found-message")).to_be_visible()
    page.locator("#search-q").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a.row-link").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/*#m-*")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_goes_anywhere_from_the_palette(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = staff("lea", viewport)
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Go to a page, a patient or an action")
    expect(dialog.get_by_role("option", name="New task")).to_be_visible()
    box = dialog.get_by_role("combobox")
    expect(box).to_be_focused()
    check(page, "the palette")
    page.keyboard.type("mont")
    expect(dialog.get_by_role("option", name="Months")).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "palette-0")
    page.keyboard.press("ArrowDown")
    expect(dialog.locator("[aria-selected=true]")).to_have_text("Everything with “mont”")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/months")
    page.keyboard.press("Control+k")
    page.keyboard.type("porter")
    expect(dialog.get_by_role("option").first).to_contain_text("Sam Porter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*")
    expect(page.get_by_role("heading", name="Sam Porter")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(dialog.get_by_role("option").first).to_contain_text("Sam Porter")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_it_looks_up_what_was_typed_before_the_page_listened(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    slow: list[Route] = []
    page.route("**/htmx.min.js*", lambda route: slow.append(route))
    page.goto(f"{touchline.url}/patients", wait_until="commit")
    page.locator("input[type=search]").last.fill("Porter")
    slow[0].continue_()
    expect(page.locator("#patients")).to_contain_text("Sam Porter")
    expect(page.locator("#patients .row-link")).to_have_count(1)
