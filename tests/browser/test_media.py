"""A picture somebody texts: it appears in the open thread, its bubble changes when it is here, and it is
saved as a file, never shown."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from messaging.carriers.sandbox_picture import PICTURE, content_of
from tests.browser.test_pages import check
from tests.chromium import PHONE
from tests.server import Server

KIM = "15035550103"


def open_thread(page: Page, touchline: Server) -> None:
    page.goto(f"{touchline.url}/patients?q=Kim")
    page.get_by_role("link", name="Kim Tran").first.click()
    page.wait_for_url("**/patients/*")
    patient = page.url.rsplit("/", 1)[1]
    token = page.locator("input[name=csrf_token]").first.get_attribute("value") or ""
    answer = page.request.post(
        f"{touchline.url}/patients/{patient}/conversation", form={"csrf_token": token}
    )
    page.goto(answer.url)
    page.wait_for_selector("#live[data-state=live]")


def test_it_shows_a_picture_in_the_open_thread_and_saves_it(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page, phone = staff(), staff("lea", PHONE)
    open_thread(page, touchline)
    page.evaluate("window.neverReloaded = true")
    phone.goto(f"{touchline.url}/sandbox/phones/{KIM}")
    phone.get_by_role("button", name="Send a picture").click()
    expect(phone.locator("#texts").get_by_text("A picture")).to_be_visible()
    file = page.locator(".bubble .file").last
    expect(file).to_contain_text("Picture, 1 KB", timeout=30_000)
    assert page.evaluate("window.neverReloaded") is True
    with page.expect_download() as saving:
        file.get_by_role("link", name="Download picture").click()
    assert saving.value.suggested_filename.startswith("picture-")
    assert Path(saving.value.path()).read_bytes() == content_of(PICTURE.url)
    check(page, "a thread with a picture")
    check(phone, "the phone that sent it")
