"""A running Touchline with the invented practice, and a real Chromium. Browser tests are skipped where
there is no Chromium, unless BROWSER=required says that this must not happen."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.server import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "touchline-demo"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 760}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        if os.environ.get("BROWSER") == "required":
            pytest.fail("browser tests are required here, and there is no chromium")
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def touchline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo as `make run` serves it: SQLite, sandbox carrier, the worker inside."""
    folder = tmp_path_factory.mktemp("touchline")
    server = Server(folder, f"sqlite:///{folder}/touchline.db")
    server.flask("db", "upgrade")
    server.flask("seed")
    yield server.start()
    server.stop()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh browser profile; whatever goes wrong in a page's scripts fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind == "error":
            problems.append(text)

    def make(
        viewport: dict[str, int] = WIDE, *, watch_console: bool = True, **more: Any
    ) -> BrowserContext:
        context = chromium.new_context(viewport=viewport, **more)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        if watch_console:
            context.on("weberror", lambda error: problems.append(str(error.error)))
            context.on("console", lambda said: note(said.type, said.text))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def staff(touchline: Server, open_browser: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """A page signed in as a member of the invented staff."""

    def sign_in(name: str = "ana", viewport: dict[str, int] = WIDE) -> Page:
        page = open_browser(viewport).new_page()
        page.goto(f"{touchline.url}/sign-in")
        page.fill("input[name=email]", f"{name}@demo.example.org")
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    return sign_in


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
