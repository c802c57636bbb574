"""The promise of the first page: a patient's answer moves the card on the open board, without a reload. A
limit of 15 s tells a poke from the page's own refresh, which comes every 30 s."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.faults.figures import tell
from tests.server import ACCOUNT_SID, AUTH_TOKEN, Server
from tests.signed import inbound_form, post_signed

LINE, KIM, ROSA = "+15035550100", "+15035550103", "+15035550102"


def answer(touchline: Server, sender: str, words: str) -> int:
    form = inbound_form(sender=sender, to=LINE, body=words, account_sid=ACCOUNT_SID)
    return post_signed(f"{touchline.url}/webhooks/twilio/messages", form, token=AUTH_TOKEN)


def column_of(page: Page, patient: str) -> str | None:
    card = page.locator(".task-card", has_text=patient).first
    return card.get_attribute("data-column")


def test_it_moves_the_card_within_two_seconds_of_a_signed_answer(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff()
    page.goto(f"{touchline.url}/?view=columns")
    page.wait_for_selector("#live[data-state=live]")
    assert column_of(page, "Kim Tran") == "doing"
    page.evaluate("window.neverReloaded = true")
    began = time.monotonic()
    assert answer(touchline, KIM, "Yes, thank you!") == 200
    done = page.locator("[data-column=done] .task-card", has_text="Kim Tran")
    expect(done).to_be_visible(timeout=2_000)
    tell(f"the card moved {time.monotonic() - began:.2f} s after the webhook was sent")
    assert page.evaluate("window.neverReloaded") is True


def test_it_shows_the_card_moving_on_a_second_open_board_too(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    boards = [staff(), staff("lea")]
    for page in boards:
        page.goto(f"{touchline.url}/?view=columns")
        page.wait_for_selector("#live[data-state=live]")
    assert answer(touchline, ROSA, "Sí") == 200
    for page in boards:
        card = page.locator("[data-column=done] .task-card", has_text="Rosa Jiménez")
        expect(card).to_be_visible(timeout=15_000)


def test_it_puts_words_only_a_person_can_read_into_the_day(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page = staff()
    page.goto(touchline.url)
    page.wait_for_selector("#live[data-state=live]")
    assert (
        answer(touchline, "+15035550114", "<script>alert(1)</script> can someone call me?") == 200
    )
    waiting = page.locator(".group.is-waiting", has_text="Grace Kim")
    expect(waiting).to_be_visible(timeout=15_000)
    waiting.get_by_role("link", name="Answer").click()
    expect(page.get_by_text("<script>alert(1)</script> can someone call me?").first).to_be_visible()
