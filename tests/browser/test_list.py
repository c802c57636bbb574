"""A text to a list on a real screen: written, looked at, confirmed, watched while it leaves, and stopped, all
without a reload."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.server import Server

ENGLISH = (
    "Hello {patient_first_name}, this is {practice_name}, {practice_phone}. We are open on Saturday"
)
SPANISH = (
    "Hola, {patient_first_name}: le escribe {practice_name}, {practice_phone}. Abrimos el sábado"
)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_is_written_looked_at_sent_watched_and_stopped(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = staff("lea", viewport)
    page.goto(f"{touchline.url}/lists/new")
    page.fill("#words-en", f"{ENGLISH} ({viewport['width']}).")
    expect(page.locator(".list-words .check").first).to_contain_text("Nothing stands against it")
    page.fill("#words-es", f"{SPANISH} ({viewport['width']}).")
    page.fill("#f-per_minute", "6")
    check(page, "the form")
    page.get_by_role("button", name="See who will get it").click()
    expect(page.get_by_text("Nothing has been sent yet")).to_be_visible()
    now = page.locator(".list-part", has_text="Get it now").first
    now.locator("summary").first.click()
    now.get_by_role("button", name="Read it").first.click()
    expect(page.locator("#reads")).to_contain_text(str(viewport["width"]))
    check(page, "the preview")
    page.get_by_role("button", name="Send to").click()
    page.wait_for_url("**/lists/*-*")
    page.wait_for_selector("#live[data-state=live]")
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("label[for=list-progress] strong").first).not_to_have_text("0")
    expect(page.get_by_text("Waiting to leave").first).to_be_visible()
    page.get_by_role("button", name="Stop the rest").click()
    expect(page.locator("#toasts")).to_contain_text("were stopped")
    expect(page.locator("#list .pill", has_text="Stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Send the rest")).to_be_visible()
    expect(page.locator("#list")).to_contain_text("by Lea")
    assert page.evaluate("window.neverReloaded") is True
    check(page, "the progress")


def test_people_are_picked_and_dropped_by_name(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/lists/new")
    page.get_by_text("Or pick people by name").click()
    for name in ("Porter", "Tran"):
        page.fill("main input[name=q]:visible", "")
        page.type("main input[name=q]:visible", name)
        page.locator(".found-people button", has_text=name).first.click()
        expect(page.locator(".picked-people li", has_text=name)).to_be_visible()
    expect(page.locator("input[name=patient]")).to_have_count(2)
    page.get_by_role("button", name="Drop Sam Porter").click()
    expect(page.locator("input[name=patient]")).to_have_count(1)
