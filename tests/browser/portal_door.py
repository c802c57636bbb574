"""A patient's way into the portal: ask for a link, read it on the (sandbox) phone, say the birth date."""

from datetime import date
from urllib.parse import urljoin

from playwright.sync_api import Page

from tests.server import Server


def enter_portal(touchline: Server, staff: Page, patient: Page, phone: str, born: date) -> None:
    """Sign `patient` in; `staff` is a page of a member of staff, who may look at sandbox phones."""
    patient.goto(f"{touchline.url}/portal")
    patient.fill("input[name=phone]", phone)
    patient.press("input[name=phone]", "Enter")
    staff.goto(f"{touchline.url}/sandbox/phones/{phone.lstrip('+')}")
    link = staff.locator("a[href*='/portal/in/']").last
    link.wait_for(timeout=30_000)
    patient.goto(urljoin(touchline.url, str(link.get_attribute("href"))))
    patient.select_option("select[name=month]", str(born.month))
    patient.fill("input[name=day]", str(born.day))
    patient.fill("input[name=year]", str(born.year))
    patient.press("input[name=year]", "Enter")
    patient.wait_for_url("**/portal/my/**")
