"""A referral from an office's link to the office's reading: referred without an account, matched, the update
drafted, approved and opened behind an e-mail that says nothing of the patient."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.mail.stand_in import MailStandIn
from tests.server import Server, wait_until


@dataclass
class House:
    """The demo with a mail server, and who works in it."""

    server: Server
    mail: MailStandIn
    open_browser: Callable[..., BrowserContext]

    def staff(self) -> Page:
        page = self.open_browser(WIDE).new_page()
        page.goto(f"{self.server.url}/sign-in")
        page.fill("input[name=email]", "ana@demo.example.org")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    def office(self, address: str) -> Page:
        """A browser at the office, on its phone."""
        page = self.open_browser(PHONE).new_page()
        page.goto(self.server.url + address[address.index("/partner/") :])
        return page


@pytest.fixture
def house(
    seeded: Server, tmp_path: Path, open_browser: Callable[..., BrowserContext]
) -> Iterator[House]:
    for part in seeded.folder.glob("touchline.db*"):
        shutil.copy(part, tmp_path)
    with MailStandIn() as mail:
        more = {"DATA_KEYS": seeded.env["DATA_KEYS"], "SECRET_KEY": seeded.env["SECRET_KEY"],
                "SMTP_URL": mail.url, "MAIL_FROM": "care@example.org"}  # fmt: skip
        server = Server(tmp_path, f"sqlite:///{tmp_path}/touchline.db", more=more)
        yield House(server.start(), mail, open_browser)
        server.stop()


def test_it_closes_the_loop_with_an_office_without_an_account(house: House) -> None:
    staff = house.staff()
    referral = refer_by_link(house, staff)
    address = tell(house, staff, referral)
    office = house.office(address)
    check(office, "the door")
    expect(office.get_by_text("Sam")).to_have_count(0)
    office.get_by_role("button", name="Open").click()
    expect(office.get_by_text("a visit on Friday")).to_be_visible()
    check(office, "a referral behind its link")
    office.get_by_label("Your name").first.fill("Nurse Kim")
    office.get_by_role("button", name="I have read this").click()
    expect(office.get_by_text("Read by Nurse Kim")).to_be_visible()
    staff.goto(referral)
    expect(staff.get_by_text("Read, and they said so")).to_be_visible()
    expect(staff.locator(".clocks")).to_contain_text("within the week")
    check(staff, "the referral")


def refer_by_link(house: House, staff: Page) -> str:
    """An office sends somebody by its link and Ana finds out who it is; gives the referral's address."""
    staff.goto(f"{house.server.url}/offices")
    staff.get_by_role("link", name=re.compile("Riverside")).click()
    staff.wait_for_url("**/offices/*")
    check(staff, "an office")
    staff.locator("button[value=intake]").click()
    link = staff.locator("#address").input_value()
    office = house.office(link)
    check(office, "the form behind a link")
    for label, value in (("First name", "Sam"), ("Last name", "Porter"), ("Why", "Falls at home")):
        office.get_by_label(label, exact=False).first.fill(value)
    office.get_by_label("Birth date").fill(born_of(house, staff))
    office.get_by_role("button", name="Send the referral").click()
    expect(office.get_by_text("Thank you")).to_be_visible()
    staff.goto(f"{house.server.url}/referrals/intakes")
    check(staff, "referred by link")
    theirs = staff.locator("section", has_text="Sam Porter, born")
    theirs.locator(".radio").first.click()
    theirs.get_by_role("button", name="It is this patient").click()
    staff.wait_for_url(re.compile(r"/referrals/[0-9a-f-]{36}$"))
    return staff.url


def born_of(house: House, staff: Page) -> str:
    """Sam Porter's birth date, as the demo invented it."""
    page = staff.context.new_page()
    page.goto(f"{house.server.url}/patients?q=Porter")
    page.get_by_role("link", name="Sam Porter").first.click()
    page.wait_for_url("**/patients/*")
    found = re.search(r"\b(19\d\d-\d\d-\d\d)\b", page.content())
    page.close()
    assert found is not None
    return found[1]


def tell(house: House, staff: Page, referral: str) -> str:
    """Ana completes the draft and approves it; gives the link in the e-mail."""
    staff.goto(referral)
    body = staff.get_by_label("What they are told")
    drafted = body.input_value()
    assert drafted.startswith("Dear")
    body.fill(f"{drafted}a visit on Friday.")
    staff.get_by_role("button", name="Approve and send a link").click()
    wait_until(lambda: notes(house), seconds=30, what="the e-mail left")
    text = notes(house)[0]
    assert "Porter" not in text
    assert "Sam" not in text
    found = re.search(r"/partner/[\w-]+", text)
    assert found is not None
    return found[0]


def notes(house: House) -> list[str]:
    """E-mails about a letter; the office also has its weekly digest."""
    taken = [each for each in house.mail.taken if "note from" in each.message["Subject"]]
    return [each.text for each in taken]
