"""The drawer beside the page: what it answers can be read and undone while it is open."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE


def test_it_shows_its_answers_above_an_open_drawer(staff: Callable[..., Page]) -> None:
    page = staff("ana", PHONE)
    page.get_by_role("link", name="Insulin pens").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Owner").select_option(label="Ben Brooks")
    toast = page.locator(".note-toast", has_text="Now Ben Brooks has it.")
    toast.get_by_role("button", name="Close").click(trial=True)  # in reach, not under the drawer
    drawer.get_by_label("Owner").select_option(label="Ana Alvarez")
    kept = page.locator(".note-toast", has_text="Now Ana Alvarez has it.")
    expect(kept).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(kept).to_be_visible()
