"""The timer and the month in a browser: the key t starts and stops it, it runs on after a reload and on every
page, and a month is closed after its checklist."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check, check_both
from tests.server import Server


def test_it_times_a_task_by_key_across_pages_and_reloads(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("ana")
    page.goto(f"{touchline.url}/?view=due")
    page.wait_for_selector("#live[data-state=live]")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer[open] [data-timer-start]")).to_be_visible()
    page.keyboard.press("t")
    bar = page.locator(".timer-bar.is-running")
    expect(bar).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(f"{touchline.url}/patients")
    page.reload()
    expect(bar).to_contain_text("Task of")
    expect(bar.locator(".timer-now")).not_to_have_text("0:00 min")
    check(page, "a running timer")
    page.locator("main").click(position={"x": 2, "y": 2})
    page.keyboard.press("t")
    expect(bar).to_have_count(0)
    expect(page.get_by_text("are in the ledger")).to_be_visible()


def test_it_shows_the_month_and_its_open_rows_well(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/reports/months")
    check_both(page, "the month before")
    page.locator(".actions a", has_text="20").nth(1).click()
    check_both(page, "this month")
    page.locator("#month-list a", has_text="nobody vouched").click()
    check_both(page, "what nobody vouched for")


def test_it_closes_the_month_before(touchline: Server, staff: Callable[..., Page]) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/reports/months")
    reason = page.locator("#close input[name=reason]")
    if reason.count():
        reason.fill("Seen through with the team")
    page.get_by_role("button", name="Close the month").click()
    expect(page.get_by_text("marked late")).to_be_visible()
    page.get_by_role("link", name="The signed export").click()
    expect(page.get_by_role("link", name="manifest.json")).to_be_visible(timeout=30_000)
