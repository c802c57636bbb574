"""A real Chromium for tests, one per test process. Browser tests are skipped where there is none, unless
BROWSER=required says that this must not happen. tests/conftest.py makes the fixtures known everywhere."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
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
        context.set_default_timeout(30_000)  # as long as a busy machine needs
        if watch_console:
            context.on("weberror", lambda error: problems.append(str(error.error)))
            context.on("console", lambda said: note(said.type, said.text))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)
