"""Somebody is invited, joins, works, and is kept out: their open page is gone within seconds, their work is
with somebody else."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_pages import check, check_both
from tests.chromium import WIDE
from tests.server import Server

LIVE = "#live[data-state=live]"


def test_it_invites_lets_in_and_keeps_out_with_everything_handed_over(
    touchline: Server, staff: Callable[..., Page], open_browser: Callable[..., BrowserContext]
) -> None:
    adam = staff("adam")
    adam.goto(f"{touchline.url}/settings/staff")
    adam.get_by_role("link", name="Invite somebody").click()
    adam.get_by_label("E-mail").fill("kit@demo.example.org")
    adam.get_by_label("Harbor team").check()
    check(adam, "inviting")
    adam.get_by_role("button", name="Invite").click()
    check(adam, "the link to hand over")
    link = adam.get_by_label("Link", exact=True).input_value()

    kit = open_browser(
        WIDE, watch_console=False
    ).new_page()  # its 401 at the end is no script's fault
    join(kit, link)
    kit.goto(f"{touchline.url}/?view=due")
    kit.wait_for_selector(LIVE)
    kit.keyboard.press("j")
    kit.keyboard.press("Enter")
    kit.locator("#drawer[open] select[name=owner_id]").select_option(label="Kit Kerr")
    expect(kit.locator("#toasts")).to_contain_text("Kit Kerr")

    adam.goto(f"{touchline.url}/settings/staff")
    adam.get_by_role("link", name="Change Kit Kerr").click()
    check(adam, "one of the staff")
    adam.get_by_role("link", name="Keep out and hand over").click()
    adam.wait_for_selector(LIVE)
    adam.get_by_label("Who takes over?").select_option(label="Ana Alvarez")
    expect(adam.locator("#plan")).to_contain_text("Ana Alvarez 1 open task")
    check(adam, "keeping out")
    adam.get_by_role("button", name="Keep out and hand over").click()
    expect(adam.get_by_text("No longer here")).to_be_visible()
    kit.wait_for_url(
        "**/sign-in*", timeout=5_000
    )  # what this promises: the socket ended, the page left
    assert kit.request.get(f"{touchline.url}/inbox", max_redirects=0).status == 303


def join(page: Page, link: str) -> None:
    page.goto(link)
    check(page, "joining")
    page.get_by_label("Your name").fill("Kit Kerr")
    page.get_by_label("New password").fill("seven green boats")
    page.get_by_label("The same again").fill("seven green boats")
    page.get_by_role("button", name="Join").click()
    page.wait_for_selector(LIVE)


def test_it_shows_the_staff_pages_well(
    touchline: Server, staff: Callable[..., Page], open_browser: Callable[..., BrowserContext]
) -> None:
    page = staff("adam")
    page.goto(f"{touchline.url}/settings/staff")
    check_both(page, "staff")
    page.get_by_role("link", name="Change Nora Patel").click()
    check_both(page, "one of the staff")
    page.goto(f"{page.url}/leaving")
    check_both(page, "keeping out")
    for path in ("staff/new", "teams/new", "holidays", "changes", "changes?what=teams"):
        page.goto(f"{touchline.url}/settings/{path}")
        check_both(page, path)
    page.goto(f"{touchline.url}/settings/staff")
    page.get_by_role("link", name="Change Harbor team").click()
    check_both(page, "a team")
    page.goto(f"{page.url}/ending")
    check_both(page, "ending a team")
    desk = staff("fay")
    check_both(desk, "patients, at the front desk")
    desk.goto(f"{touchline.url}/patients?q=Porter")
    desk.get_by_role("link", name="Sam Porter").first.click()
    desk.wait_for_url("**/patients/*")
    check_both(desk, "a record, at the front desk")
    page = open_browser(WIDE, watch_console=False).new_page()
    page.goto(f"{touchline.url}/join/unknown")
    check_both(page, "a dead link")
