"""A reply planned for later, on a real screen: planned, changed, taken back, and put back by the undo."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import PHONE, WIDE
from tests.server import Server


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_plans_changes_takes_back_and_puts_back(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    page = staff("lea", viewport)
    page.goto(f"{touchline.url}/patients?q=Ed+Lowe")
    page.get_by_text("Ed Lowe").first.click()
    page.wait_for_url("**/patients/*-*")
    patient = page.url.rsplit("/", 1)[1].split("?")[0]
    token = page.get_attribute("meta[name=csrf-token]", "content")
    opened = page.request.post(
        f"{touchline.url}/patients/{patient}/conversation",
        headers={"X-CSRFToken": token or "", "Referer": page.url},
    )
    page.goto(opened.url)
    tomorrow = f"{datetime.now() + timedelta(days=2):%Y-%m-%d}T10:00"  # noqa: DTZ005 - the page's own zone
    body = f"Planned words {viewport['width']}"
    page.get_by_text("Text", exact=True).first.click()
    page.fill("#reply-body", body)
    page.locator("details.later summary").click()
    page.fill("#send-after", tomorrow)
    expect(page.locator("#reply-check")).to_contain_text("It was planned for later")
    page.get_by_role("button", name="Send", exact=True).click()
    bubble = page.locator(".bubble-out", has_text=body)
    expect(bubble).to_be_visible()
    bubble.get_by_role("link", name="Change").click()
    expect(page.locator("#change")).to_contain_text("has not left yet")
    page.fill("#change-body", f"{body}, changed")
    page.locator("#change").get_by_role("button", name="Save").click()
    expect(page.locator("#drawer")).to_be_hidden()
    changed = page.locator(".bubble-out", has_text=f"{body}, changed")
    expect(changed).to_be_visible()
    changed.get_by_role("button", name="Take back").click()
    expect(changed).to_contain_text("Taken back, not sent")
    page.get_by_role("button", name="Undo").last.click()
    expect(changed.get_by_role("button", name="Take back")).to_be_visible()
