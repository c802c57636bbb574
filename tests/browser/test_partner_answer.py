"""A community organization answers by its link, on a phone and without an account: the person said yes, it
takes them on, and has a day."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_pages import check
from tests.browser.test_referral_loop import House, house  # noqa: F401 - a fixture
from tests.chromium import WIDE
from tests.server import wait_until


def test_it_answers_by_its_link(house: House) -> None:  # noqa: F811
    staff = house.staff()
    ask(house, staff)
    wait_until(lambda: bool(mails(house)), seconds=30, what="the e-mail left")
    text = mails(house)[0]
    assert not re.search(r"company|referr", text, re.IGNORECASE)
    partner = house.office(str(re.search(r"/partner/[\w-]+", text)[0]))  # type: ignore[index]
    check(partner, "the door")
    partner.get_by_role("button", name="Open").click()
    expect(partner.get_by_role("heading", level=1)).to_have_text(re.compile(r"^\w\.\w\.: company"))
    check(partner, "an ask")
    partner.get_by_role("button", name="Yes, we take them on").click()
    expect(partner.get_by_text("Reach them")).to_be_visible()
    day = f"{datetime.now() + timedelta(days=3):%Y-%m-%d}T10:00"  # noqa: DTZ005 - the page's own zone
    partner.get_by_label("Day and time").fill(day)
    partner.get_by_role("button", name="Send the day").click()
    expect(partner.get_by_text("Has a day")).to_be_visible()
    check(partner, "an ask with a day")
    expect(staff.locator("#asks")).to_contain_text("Has a day")  # live, without a reload


def test_it_says_full_today_on_its_day_list(house: House) -> None:  # noqa: F811
    staff = house.staff()
    staff.goto(f"{house.server.url}/referrals?view=all")
    staff.get_by_text("Dorothy Ames").first.click()
    staff.get_by_role("button", name="Print a link (Harbor Street Pantry)").click()
    expect(staff.locator(".paper")).to_contain_text("Harbor Street Pantry")
    check(staff, "a link on paper")
    lea = sign_in_as(house, "lea")
    lea.goto(f"{house.server.url}/settings/referrals/organizations")
    lea.get_by_role("link", name="Change Harbor Street Pantry").click()
    lea.get_by_role("button", name="Make a fresh link").click()
    address = lea.locator(".paper .quote").inner_text()
    partner = house.office(address)
    partner.get_by_role("button", name="Open").click()
    expect(partner.get_by_text("D.A.")).to_be_visible()
    partner.get_by_role("button", name="We are full today").click()
    expect(partner.get_by_role("button", name="We have room again")).to_be_visible()
    check(partner, "a day list")
    lea.goto(f"{house.server.url}/settings/referrals/organizations")
    expect(lea.locator("#directory")).to_contain_text("Full today")


def sign_in_as(home: House, name: str) -> Page:
    page = home.open_browser(WIDE).new_page()
    page.goto(f"{home.server.url}/sign-in")
    page.fill("input[name=email]", f"{name}@demo.example.org")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def ask(home: House, staff: Page) -> None:
    """Ana finds who keeps somebody company, reads out the words and asks."""
    staff.goto(f"{home.server.url}/referrals?view=all")
    staff.locator(".row-link[href^='/referrals/']").first.click()
    staff.get_by_role("link", name="Ask an organization").click()
    staff.get_by_label("What they need").select_option("social_contact")
    staff.get_by_role("button", name="Show").click()
    staff.get_by_role("link", name="Choose Casa Puente").click()
    expect(staff.get_by_text("HIPAA")).to_be_visible()
    check(staff, "the words before sharing")
    staff.get_by_label("They heard the words and agreed").check()
    staff.get_by_role("button", name="Ask Casa Puente").click()
    expect(staff.locator("#asks")).to_contain_text("Waits for an answer")
    check(staff, "a referral with an ask")


def mails(home: House) -> list[str]:
    taken = [each for each in home.mail.taken if "asks for your help" in each.message["Subject"]]
    return [each.text for each in taken]
