"""One thread, both ways: what a patient writes in the portal stands in the open inbox, and the answer
stands in the open chat, without a reload on either side. The same with a text on a sandbox phone."""

from collections.abc import Callable
from datetime import date

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.portal_door import enter_portal
from tests.browser.test_pages import check_both
from tests.chromium import PHONE
from tests.server import Server

ED, BORN = "+15035550113", date(1953, 1, 29)
GRACE = "15035550114"


def test_it_carries_words_between_portal_and_inbox_both_ways(
    touchline: Server, staff: Callable[..., Page], open_browser: Callable[..., BrowserContext]
) -> None:
    desk, patient = staff("lea"), open_browser(PHONE).new_page()
    enter_portal(touchline, desk, patient, ED, BORN)
    patient.goto(f"{touchline.url}/portal/my/chat")
    patient.fill("textarea[name=body]", "First words from the portal")
    patient.get_by_role("button", name="Send").click()
    expect(patient.get_by_text("First words from the portal")).to_be_visible()

    desk.goto(f"{touchline.url}/inbox")
    desk.get_by_text("Ed Lowe").first.click()
    expect(
        desk.locator("#thread, .thread").get_by_text("First words from the portal")
    ).to_be_visible()
    desk.wait_for_selector("#live[data-state=live]")
    desk.evaluate("window.neverReloaded = true")
    patient.fill("textarea[name=body]", "And a second line <b>not bold</b>")
    patient.get_by_role("button", name="Send").click()
    second = desk.locator("#thread, .thread").get_by_text("And a second line <b>not bold</b>")
    expect(second).to_be_visible(timeout=15_000)

    patient.evaluate("window.neverReloaded = true")
    desk.get_by_label("Portal").check(force=True)
    desk.fill("#reply-body", "We read you, Ed.")
    desk.get_by_role("button", name="Send", exact=True).click()
    expect(patient.get_by_text("We read you, Ed.")).to_be_visible(timeout=15_000)
    for page in (desk, patient):
        assert page.evaluate("window.neverReloaded") is True
    for place in ("next", "chat", "preferences"):
        patient.goto(f"{touchline.url}/portal/my/{place}")
        check_both(patient, f"the portal's {place}")


def test_it_asks_by_text_and_closes_the_card_from_the_phone(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    board, phone = staff(), staff("lea", PHONE)
    board.goto(f"{touchline.url}/tasks/new")
    board.fill("#who", "Grace")
    board.get_by_text("Grace Kim").click()
    board.get_by_role("button", name="Add task").click()
    board.wait_for_url(lambda url: "/tasks/new" not in url)
    board.goto(f"{touchline.url}/?view=columns")
    board.wait_for_selector("#live[data-state=live]")
    phone.goto(f"{touchline.url}/sandbox/phones/{GRACE}")
    expect(phone.get_by_text("Did you get the medicine")).to_be_visible(timeout=30_000)
    phone.get_by_role("button", name="1", exact=True).click()
    card = board.locator("[data-column=done] .task-card", has_text="Grace Kim")
    expect(card).to_be_visible(timeout=15_000)
