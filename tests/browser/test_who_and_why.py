"""An unknown number gets a name and loses it again, and each kind of message says why, as staff see it: wide
and on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check_both
from tests.server import Server


def test_it_finds_out_who_wrote_and_takes_it_back(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    words = "Hi, this is Sam Porter. I have a new phone"
    form = {"number": "503-555-0188", "body": words}
    page.goto(f"{touchline.url}/sandbox/phones")
    token = page.locator("input[name=csrf_token]").first.input_value()
    page.request.post(f"{touchline.url}/sandbox/phones", form=form | {"csrf_token": token})
    page.goto(f"{touchline.url}/inbox?view=intake")
    page.get_by_text("new phone").first.click()
    who = page.locator(".who-is-this")
    expect(who).to_contain_text("Their name stands in the message")
    check_both(page, "who is this")
    who.get_by_role("button", name="It is Sam Porter").click()
    page.locator("#thread").get_by_role("link", name="Not them?").click()
    sheet = page.locator("#not-them")
    expect(sheet).to_contain_text("The number is not Sam Porter’s any more")
    check_both(page, "what taking it back does")
    sheet.get_by_role("button", name="Take it all back").click()
    expect(page.locator(".who-is-this")).to_contain_text("Who is this?")
    expect(page.locator("#thread")).to_contain_text("It is not them after all")


def test_it_says_why_of_each_kind_of_message(touchline: Server, staff: Callable[..., Page]) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/inbox?view=all&q=Petrova")
    page.get_by_text("Olga Petrova").first.click()
    page.locator("#reply-body").fill("Your drops are here")
    page.locator("#reply .btn-primary").click()
    expect(page.locator("#thread")).to_contain_text("Your drops are here")
    for kind, said in (
        (".bubble-out:last-of-type", "not sent"),
        (".bubble-in", "What happened"),
        (".bubble-out", "Why was this sent"),
    ):
        olga = page.url
        link = page.locator(f"#thread {kind} a[href$='/why']").first
        page.goto(f"{touchline.url}{link.get_attribute('href')}")
        expect(page.locator("article.sheet")).to_contain_text(said)
        check_both(page, said)
        page.goto(olga)
