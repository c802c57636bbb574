"""The board by keyboard alone: j, k, x, a, Enter and ?, with the focus and what is selected kept when a fresh
board comes in; axe finds nothing serious on it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.server import Server


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def opened(page: Page, touchline: Server) -> str:
    """The live board with its first card focused; the card's id."""
    page.goto(f"{touchline.url}/?view=due")
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("j")
    first = focused(page)
    assert first.startswith("task-")
    return first


def test_it_goes_from_card_to_card_and_opens_one(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    first = opened(page, touchline)
    page.keyboard.press("j")
    assert focused(page) not in ("", first)
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys on the board")).to_be_visible()
    check(page, "the keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys[open]")).to_have_count(0)
    assert focused(page) == first
    page.keyboard.press("Enter")
    expect(page.locator("#drawer[open] .task-page")).to_be_visible()


def test_it_gives_selected_cards_and_keeps_focus_and_selection_live(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    opened(page, touchline)
    page.keyboard.press("x")
    page.keyboard.press("j")
    second = focused(page)
    page.keyboard.press("x")
    expect(page.locator("#selected [data-count]")).to_have_text("2")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('poke:board', {bubbles: true}))")
    page.wait_for_load_state("networkidle")
    assert focused(page) == second
    assert page.locator(".task-card.is-selected").count() == 2
    check(page, "the board with two selected")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Give 2 tasks to somebody")).to_be_visible()
    page.locator("#assign-to").select_option(label="Lea Lindqvist")
    expect(page.locator("#assign-plan")).to_contain_text("2 tasks of")
    check(page, "giving two tasks")
    page.locator("#assign button.btn-primary").press("Enter")
    expect(page.locator("#selected")).to_be_hidden()
    expect(page.get_by_text("2 tasks given to")).to_be_visible()
