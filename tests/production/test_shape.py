"""Two web processes, one worker, PostgreSQL, Redis: what the worker does reaches browsers on both, and
without Redis the pages are still right by their own 30 s refresh."""

from collections.abc import Callable

import psutil
import pytest
from playwright.sync_api import BrowserContext, expect

from tests.production.conftest import Redis, Staff
from tests.production.sockets import Socket
from tests.server import ACCOUNT_SID, AUTH_TOKEN, Server, wait_until
from tests.signed import inbound_form, post_signed

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LINE, KIM, GRACE = "+15035550100", "+15035550103", "+15035550114"


def web_process_of(server: Server, port: int) -> int | None:
    """The gunicorn process that holds the other end of our connection."""
    for process in psutil.Process(server.processes[0].pid).children():
        for connection in process.net_connections(kind="tcp"):
            if connection.raddr and connection.raddr.port == port:
                return int(process.pid)
    return None


def answer(server: Server, sender: str, words: str) -> None:
    form = inbound_form(sender=sender, to=LINE, body=words, account_sid=ACCOUNT_SID)
    assert post_signed(f"{server.url}/webhooks/twilio/messages", form, token=AUTH_TOKEN) == 200


def test_it_reaches_browsers_on_both_web_processes_from_the_worker(
    production: Server, staff_of: type[Staff]
) -> None:
    """The worker is started last, and all it has to do is send the answer to a call for help."""
    cookie = staff_of(production).cookie
    sockets: dict[int, Socket] = {}
    for _ in range(40):
        socket = Socket(production.url, cookie, "board")
        held_by = web_process_of(production, socket.local_port)
        assert held_by is not None
        if held_by in sockets:
            socket.close()
        sockets.setdefault(held_by, socket)
        if len(sockets) == 2:
            break
    assert len(sockets) == 2, "both processes took a socket"
    answer(production, GRACE, "AYUDA")  # a web process queues our answer, the worker sends it
    wait_until(
        lambda: all(s.pokes for s in sockets.values()), seconds=5, what="both heard the web process"
    )
    heard = {pid: len(socket.pokes) for pid, socket in sockets.items()}
    production.spawn("workers")
    wait_until(
        lambda: all(len(socket.pokes) > heard[pid] for pid, socket in sockets.items()),
        seconds=30, what="both heard the worker",
    )  # fmt: skip
    told = [poke for socket in sockets.values() for poke in socket.pokes]
    assert all(set(poke) == {"topic", "seq"} for poke in told)
    for socket in sockets.values():
        socket.close()


def test_it_keeps_pages_right_when_redis_dies(
    production: Server, redis_server: Redis, staff_of: type[Staff],
    open_browser: Callable[..., BrowserContext],
) -> None:  # fmt: skip
    page = open_browser(watch_console=False).new_page()
    page.goto(f"{production.url}/sign-in")
    page.fill("input[name=email]", "ana@demo.example.org")
    page.fill("input[name=password]", "touchline-demo")
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("#live[data-state=live]")
    page.goto(f"{production.url}/?view=columns")
    page.wait_for_selector("#live[data-state=live]")
    redis_server.kill()
    answer(production, KIM, "1")
    done = page.locator("[data-column=done] .task-card", has_text="Kim Tran")
    expect(done).to_be_visible(timeout=35_000)
    assert "Kim Tran" in staff_of(production).get("/?view=columns")
