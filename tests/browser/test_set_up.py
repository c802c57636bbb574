"""From an empty database to a text on the sandbox's phone, by hand on a wide screen and on a phone's, with a
break in the middle."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_pages import check
from tests.chromium import PHONE, WIDE
from tests.server import Server

PASSWORD = "a quiet green boat"
#: Somewhere in the world it is day now, so that no quiet hours hold the text back.
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
)


def zone_by_day() -> str:
    return next(
        zone for zone in ZONES if 9 <= datetime.now(tz=UTC).astimezone(ZoneInfo(zone)).hour < 20
    )


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, f"sqlite:///{tmp_path}/touchline.db")
    server.flask("db", "upgrade")
    yield server.start()
    server.stop()


def logged_code(server: Server) -> str:
    """The first start says it on stderr."""
    found = re.search(r'"set_up_code": "([A-Z2-7-]+)"', server.log.read_text())
    assert found, server.log.read_text()
    return found[1]


def step(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    check(page, title)


def begin(page: Page, server: Server) -> None:
    page.goto(server.url)
    step(page, "Welcome to Touchline")
    page.get_by_label("Set-up code").fill(logged_code(server))
    page.keyboard.press("Enter")
    step(page, "Your practice, and you")
    page.get_by_label("Name of the practice").fill("Harbor Family Clinic")
    page.get_by_label("Phone a person answers").fill("+15035550199")
    page.get_by_label("Time zone").fill(zone_by_day())
    page.get_by_label("Trying it out").check()
    page.get_by_label("Your name").fill("Adam Ode")
    page.get_by_label("Your e-mail").fill("adam@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.keyboard.press("Enter")


def come_back(server: Server, open_browser: Callable[..., BrowserContext]) -> Page:
    """Another day, on a phone."""
    page = open_browser(PHONE).new_page()
    page.goto(f"{server.url}/settings/set-up")
    page.fill("input[name=email]", "adam@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    return page


def test_it_leads_from_an_empty_database_to_a_text_on_the_phone(
    empty: Server, open_browser: Callable[..., BrowserContext]
) -> None:
    page = open_browser(WIDE).new_page()
    begin(page, empty)
    step(page, "Hours and holidays")
    page.get_by_role("button", name="Save and go on").click()
    step(page, "Line")
    page.get_by_role("link", name="Back").click()
    step(page, "Hours and holidays")
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Save and go on").click()

    page = come_back(empty, open_browser)
    step(page, "Team")
    page.get_by_label("Name of the team").fill("Care navigation")
    page.keyboard.press("Enter")
    step(page, "First navigator")
    page.get_by_label("Name").fill("Nina Noor")
    page.get_by_label("E-mail").fill("nina@example.org")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Link")).to_have_value(re.compile("/join/"))
    check(page, "the link")
    page.get_by_role("link", name="Go on").click()

    step(page, "A text to yourself")
    page.get_by_label("Your mobile phone").fill("+15035550142")
    page.get_by_label("It is mine").check()
    page.keyboard.press("Enter")
    expect(page.locator("#own-texts .state")).to_contain_text(re.compile("Sent|Delivered"))
    check(page, "the text")
    page.goto(f"{empty.url}/sandbox/phones/15035550142")
    expect(page.get_by_text("Harbor Family Clinic: this is Touchline.")).to_be_visible()
