"""Hostile words in every place people write, then every page they show on, in a real browser with the
content policy on: nothing runs, nothing is reported, nothing becomes an element."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from app.actions.import_file import COLUMNS
from tests.security.payloads import ALL
from tests.server import Server

PHONE = "15035550101"
#: What hostile words would have become, had a template let them.
GROWN = (
    "main script, main style, iframe, object, embed, base, meta[http-equiv], [onerror], [onload], [onclick],"
    " [onfocus], [onmouseover], [ontoggle], [src=x], [hx-get='/sign-out'], [hx-post='/sign-out'],"
    " a[href^='javascript:' i], form[action*='elsewhere'], link[href*='elsewhere']"
)
WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation',"
    " event => window.refused.push(event.violatedDirective + ' ' + event.blockedURI))"
)
#: Fewer pages than words: each record's page shows one of the words, and lists show many.
MOST_PAGES = 10


def post(page: Page, address: str, **form: Any) -> str:
    """Send a form as the page's own script would; where it leads."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = page.request.post(
        address, form=form, headers={"X-CSRFToken": token}, max_redirects=0, fail_on_status_code=False
    )  # fmt: skip
    assert answer.status in (303, 422), f"{address}: {answer.status}"
    return answer.headers.get("location", "")


def write_everywhere(page: Page, home: str, patient: str, thread: str) -> None:
    """Each word as a name, a text, a note, a call's note, what a task is about, a referral."""
    for number, words in enumerate(ALL):
        born = f"19{number % 60 + 20}-01-01"
        given = {"given_name": words[:60], "family_name": words[:60], "birth_date": born}
        added = {**given, "mrn": f"X{number}", "phone": "+15035550160", "language": "en"}
        zone = {"time_zone": "America/Los_Angeles", "postal_code": "97205"}
        about = {
            "medication_label": words,
            "appointment_place": words,
            "happens_at": "2099-01-05T10:00",
        }
        kind = ("medication_received", "appointment_kept")[number % 2]
        post(page, f"{home}/tasks", patient_id=patient, type=kind, **about)
        post(page, f"{home}/patients", **added, **zone)
        post(page, f"{home}{thread}/replies", body=words, channel="portal")
        post(page, f"{home}{thread}/notes", body=words)
        post(page, f"{home}/sandbox/phones/{PHONE}/texts", body=words)
        post(page, f"{home}/sandbox/phones", number="+15035550188", body=words)
        post(page, f"{home}/patients/{patient}/calls", outcome="reached", seconds="60", note=words)
        post(page, f"{home}/referrals", patient_id=patient, reason=words, referred_by=words)


def upload(page: Page, home: str) -> str:
    """A panel in which every cell is hostile; the page of its import."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([[words] * len(COLUMNS) for words in ALL])
    page.goto(home)  # whatever is still to be said is said here, and covers no button
    page.goto(f"{home}/imports")
    name, body = "<img src=x onerror=alert(1)>.csv", out.getvalue().encode()
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": body})
    page.locator("form[enctype] button").first.click()
    page.wait_for_url("**/imports/*-*")
    return page.url.removeprefix(home)


def links_on(page: Page, address: str, start: str) -> list[str]:
    page.goto(address)
    found = page.eval_on_selector_all(
        f"main a[href^='{start}']", "links => links.map(link => link.getAttribute('href'))"
    )
    return sorted(set(found))[:MOST_PAGES]


def faults_of(page: Page) -> list[str]:
    refused, grown = page.evaluate(
        f"[window.refused, [...document.querySelectorAll({json.dumps(GROWN)})].map(e => e.outerHTML)]"
    )
    return [*refused, *grown]


@pytest.mark.slow
def test_it_runs_nothing_of_what_people_write(
    touchline: Server, staff: Callable[..., Page]
) -> None:
    page, home = staff("lea"), touchline.url
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(page.url), dialog.dismiss()))
    page.add_init_script(WATCH)
    [first, *_] = links_on(page, f"{home}/patients?q=Porter", "/patients/")
    patient = first.removeprefix("/patients/").partition("?")[0]
    thread = post(page, f"{home}/patients/{patient}/conversation").replace(
        "/inbox/", "/conversations/"
    )
    write_everywhere(page, home, patient, thread)
    pages = [
        upload(page, home), "/", "/?view=columns", "/inbox", "/inbox?view=all", "/patients?all", "/referrals",
        "/messages/undelivered", "/messages/held", "/patients/untextable", "/lists", "/lists/new",
        "/reports", "/settings/staff", "/imports", f"/sandbox/phones/{PHONE}", "/sandbox/phones",
        "/sandbox/phones/15035550188", f"/patients/{patient}", thread.replace("/conversations/", "/inbox/"),
        *links_on(page, f"{home}/?view=columns", "/tasks/"),
        *links_on(page, f"{home}/patients?q=alert", "/patients/"),
        *links_on(page, f"{home}/referrals", "/referrals/"),
        *links_on(page, f"{home}/inbox?view=all", "/inbox/"),
        *links_on(page, f"{home}/patients/{patient}?kind=messages", "/messages/"),
    ]  # fmt: skip
    assert len(pages) > 2 * MOST_PAGES
    shown = 0
    for address in pages:
        answer = page.goto(f"{home}{address}")
        assert answer is not None
        assert answer.status == 200, address
        shown += "alert(1)" in page.content()
        assert (address, faults_of(page)) == (address, [])
    assert shown > 20, "the words do stand on these pages"
    assert dialogs == []
