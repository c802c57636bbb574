"""The drawer and the keyboard: what a page answers stays in reach, and the focus stays with the card."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.chromium import PHONE
from tests.server import Server


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


def test_it_keeps_the_focus_on_a_card_moved_by_keyboard(
    staff: Callable[..., Page], touchline: Server
) -> None:
    page = staff("ana")
    page.goto(f"{touchline.url}/?view=columns")
    name = page.locator("[data-column=doing] .task-card").first.get_attribute("id")
    card = page.locator(f"#{name}")
    card.focus()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-column=todo] #{name}")).to_be_focused()
