"""Every page a person opens: it answers, nothing of it sticks out of a phone's screen, axe finds nothing
serious, no script fails (the fixture sees to that)."""

import json
from collections.abc import Callable

from playwright.sync_api import Page

from tests.chromium import PHONE, WIDE
from tests.server import ROOT, Server, wait_until

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LEAD_PAGES = (
    "/", "/?view=columns", "/inbox", "/inbox?view=offices", "/patients", "/referrals", "/reports",
    "/reports/measures",
    "/reports/measures/medication-received?by=team", "/reports/measures/reply/cases", "/settings",
    "/settings/protocols", "/settings/protocols/hospital_discharge/edit",
    "/settings/protocols/hospital_discharge/versions",
    "/settings/protocols/hospital_discharge/words", "/imports", "/tasks/new",
    "/messages/undelivered", "/messages/held", "/patients/untextable", "/patients/uncovered", "/consent-form",
    "/lists",
    "/lists/new", "/search", "/search?q=porter", "/search?q=medicine&kind=message",
    "/patients/duplicates", "/help", "/help/it", "/help/meanings", "/help/leaflet",
    "/sandbox/phones", "/referrals/intakes", "/offices", "/offices/new", "/settings/fit",
    "/settings/referrals/organizations", "/settings/referrals/organizations/new",
    "/settings/retention", "/reports/payers",
)  # fmt: skip


ADMIN_PAGES = (
    "/settings", "/settings/lines/new", "/settings/tokens", "/settings/doctor", "/settings/holidays",
    *(f"/settings/set-up/{step}" for step in ("practice", "hours", "line", "team", "navigator", "text")),
)  # fmt: skip
#: The rules of WCAG A and AA: what else axe has (best practice) does not hang on the width of a screen.
LAWS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def faults(page: Page, rules: dict[str, object] | None = None) -> list[str]:
    """What axe calls serious or critical, with where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        "wanted => axe.run(document, wanted)", {"resultTypes": ["violations"]} | (rules or {})
    )
    return [
        f"{each['id']}: {json.dumps([node['target'] for node in each['nodes']][:3])}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def check(page: Page, what: str, rules: dict[str, object] | None = None) -> None:
    page.wait_for_load_state("load")
    sticks_out = "document.documentElement.scrollWidth > window.innerWidth"
    wait_until(lambda: not page.evaluate(sticks_out), seconds=15, what=f"{what} fits the screen")
    assert faults(page, rules) == [], what


def check_both(page: Page, what: str) -> None:
    """The same page on a wide screen and then, turned to its width, on a phone's."""
    check(page, what)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    check(page, f"{what}, on a phone", LAWS)
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_it_shows_every_staff_page_well(touchline: Server, staff: Callable[..., Page]) -> None:
    page = staff("lea")
    for path in LEAD_PAGES:
        answer = page.goto(f"{touchline.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        check_both(page, path)


def test_it_shows_every_page_of_an_admin_well(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("adam")
    for path in ADMIN_PAGES:
        page.goto(f"{touchline.url}{path}")
        page.wait_for_load_state("networkidle")  # the doctor's checks come one by one
        check_both(page, path)
    page.goto(f"{touchline.url}/settings")
    page.get_by_role("link", name="Number and account").first.click()
    page.wait_for_url("**/account")
    check_both(page, "a line's account")


def test_it_shows_a_patient_a_thread_and_a_task_well(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff("lea")
    page.goto(f"{touchline.url}/patients?q=Porter")
    page.get_by_role("link", name="Sam Porter").first.click()
    page.wait_for_url("**/patients/*")
    check_both(page, "a patient")
    patient = page.url.partition("?")[0]
    for place in ("people", "people/new", "coverages", "coverages/new", "contact-preferences"):
        page.goto(f"{patient}/{place}")
        check_both(page, place)
    page.goto(patient)
    page.get_by_role("link", name="The number’s history").click()
    page.wait_for_url("**/numbers/*")
    check_both(page, "a number")
    page.goto(f"{touchline.url}/inbox")
    page.get_by_text("Jean Marsh").first.click()
    page.locator("#thread, .thread").get_by_text("looks different").first.wait_for()
    check_both(page, "a thread")
    page.goto(f"{touchline.url}/?view=columns")
    link = page.locator(".task-card a[data-drawer]").first.get_attribute("href")
    page.goto(f"{touchline.url}{link}")
    check_both(page, "a task")


def test_it_shows_the_sign_in_and_portal_doors_well(
    touchline: Server, open_browser: Callable[..., object]
) -> None:
    page = open_browser().new_page()  # type: ignore[attr-defined]
    for path in ("/sign-in", "/portal"):
        page.goto(f"{touchline.url}{path}")
        check_both(page, path)
