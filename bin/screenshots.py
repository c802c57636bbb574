"""Takes the README's screenshots from a running invented practice (`make screenshots`)."""

import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.browser.conftest import PASSWORD  # noqa: E402
from tests.browser.portal_door import enter_portal  # noqa: E402
from tests.chromium import FLAGS, NAMES, PHONE, WIDE  # noqa: E402
from tests.server import Server  # noqa: E402

IMAGES = ROOT / "docs" / "images"


def staff_page(browser: Browser, server: Server, viewport: dict[str, int]) -> Page:
    page = browser.new_context(viewport=viewport).new_page()  # type: ignore[arg-type]
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=email]", "ana@demo.example.org")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#live[data-state=live]")
    return page


def take(browser: Browser, server: Server) -> None:
    page = staff_page(browser, server, WIDE)
    page.goto(f"{server.url}/?view=columns")
    page.wait_for_selector("#live[data-state=live]")
    page.screenshot(path=IMAGES / "board.png")
    page.goto(f"{server.url}/inbox")
    page.get_by_text("Jean Marsh").first.click()
    page.wait_for_selector("text=looks different from last time")
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "inbox.png")
    portal(browser, server, page)


def portal(browser: Browser, server: Server, staff: Page) -> None:
    """A Spanish-speaking patient's thread, on a phone."""
    patient = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    enter_portal(server, staff, patient, "+15035550102", date(1948, 9, 30))
    patient.goto(f"{server.url}/portal/my/chat")
    patient.wait_for_timeout(800)
    patient.screenshot(path=IMAGES / "portal.png")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    found = next(path for path in map(shutil.which, NAMES) if path)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder), f"sqlite:///{folder}/touchline.db")
        server.flask("db", "upgrade")
        server.flask("seed")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            take(browser, server)
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
