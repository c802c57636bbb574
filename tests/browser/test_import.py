"""Importing on a real screen: a file with a bad row is looked at, goes in without it, and is taken back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import PHONE, WIDE
from tests.server import Server

LINES = """type,source_id,patient,happens_at,place
appointment,{0}-1,{1},2031-03-10 14:30,Food pantry
appointment,{0}-2,nobody,2031-03-10 14:30,Food pantry
"""


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["wide", "phone"])
def test_it_looks_takes_in_and_takes_back(
    touchline: Server, staff: Callable[..., Page], viewport: dict[str, int]
) -> None:
    lea = staff("lea", viewport)
    lea.goto(f"{touchline.url}/patients?all=1")
    mrn = lea.locator("main .row-main .text-secondary").first.inner_text().split(",")[0]
    lea.goto(f"{touchline.url}/imports")
    lea.get_by_role("link", name="Work", exact=True).press("Enter")
    body = LINES.format("WIDE" if viewport is WIDE else "PHONE", mrn).encode()
    file = {"name": "night.csv", "mimeType": "text/csv", "buffer": body}
    lea.set_input_files("input[type=file]", file)
    lea.get_by_role("button", name="Look at the file").press("Enter")
    run = lea.locator("#run")
    expect(run).to_contain_text("Nothing has gone in yet", timeout=60_000)
    expect(run).to_contain_text("There is no such patient")
    expect(run).to_contain_text("Appointment, 2031-03-10 14:30")
    assert lea.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    lea.get_by_role("button", name="Let 1 row go in").press("Enter")
    expect(run.locator(".pill")).to_have_text("Done", timeout=60_000)
    expect(run.locator(".totals dd").first).to_have_text("1")
    lea.on("dialog", lambda dialog: dialog.accept())
    lea.get_by_role("button", name="Take the whole import back").press("Enter")
    expect(run.locator(".pill")).to_have_text("Taken back", timeout=60_000)
    assert lea.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
