"""A community organization answers by its link, on a phone and without an account: the person said yes, it
takes them on, and has a day."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.test_pages import check
from tests.browser.test_referral_loop import House, house  # noqa: F401 - a fixture
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
