"""A lead changes a protocol with the keyboard, tries it on last month, and saves it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.server import Server


def test_it_changes_a_protocol_by_keyboard_tries_it_and_saves_it(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/settings/protocols/medication_received/edit")
    up = page.get_by_role("button", name="Move up step 3")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#step-1-action")).to_have_value("call")
    expect(page.get_by_role("button", name="Move up step 2")).to_be_focused()
    page.get_by_role("button", name="Add a step").press("Enter")
    expect(page.locator("#step-3-action")).to_be_focused()
    page.locator("#step-3-action").select_option("lead")
    page.get_by_role("button", name="Try it on last month").click()
    expect(page.locator("#dry-run")).to_contain_text("Last month,")
    page.get_by_label("Why is it changed?").fill("A call before the second text")
    page.get_by_role("button", name="Save version 2").click()
    page.wait_for_url("**/settings/protocols")
    expect(page.locator("body")).to_contain_text("Version 2 is saved.")
    page.goto(f"{touchline.url}/settings/protocols/medication_received/versions")
    expect(page.locator("body")).to_contain_text("A call before the second text")
    page.get_by_role("button", name="Back to version 1").click()
    expect(page.locator("body")).to_contain_text("Version 3 says what version 1 said.")
