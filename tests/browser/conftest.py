"""A running Touchline with the invented practice, and a real Chromium. Browser tests are skipped where
there is no Chromium, unless BROWSER=required says that this must not happen."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import BrowserContext, Page, expect

from tests.chromium import WIDE
from tests.server import Server

PASSWORD = "touchline-demo"
#: Milliseconds: a machine busy with other tests draws a page late, and that is no failure.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> Server:
    """An installation with the invented practice, migrated and seeded once per test run; never started."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_name == "master" else own.parent) / "seeded"
    with FileLock(f"{folder}.lock"):
        keys = folder / "keys"
        more = {"DATA_KEYS": keys.read_text()} if keys.exists() else {}
        folder.mkdir(exist_ok=True)
        server = Server(folder, f"sqlite:///{folder}/touchline.db", more=more)
        if not keys.exists():
            server.admin(("db", "upgrade"), ("seed",))
            keys.write_text(server.env["DATA_KEYS"])
    return server


@pytest.fixture(scope="module")
def touchline(seeded: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo as `make run` serves it: SQLite, sandbox carrier, the worker inside."""
    folder = tmp_path_factory.mktemp("touchline")
    copy_database(seeded, folder)
    keys = {"DATA_KEYS": seeded.env["DATA_KEYS"]}
    server = Server(folder, f"sqlite:///{folder}/touchline.db", more=keys)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def fresh_for_another_try(request: pytest.FixtureRequest, seeded: Server) -> None:
    """A test that is tried again finds the invented practice as it was, not what the failed try left."""
    if getattr(request.node, "execution_count", 1) > 1 and "touchline" in request.fixturenames:
        server: Server = request.getfixturevalue("touchline")
        server.stop()
        copy_database(seeded, server.folder)
        server.start()


def copy_database(seeded: Server, folder: Path) -> None:
    for part in folder.glob("touchline.db*"):
        part.unlink()
    for part in seeded.folder.glob("touchline.db*"):
        shutil.copy(part, folder)


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
            # A machine that does other things drops a key press now and then; twice in a row is a fault.
            item.add_marker(pytest.mark.flaky(reruns=2))
