"""The proxy does to connections what it says, or the cuts would show nothing."""

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy

pytestmark = pytest.mark.pure


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that says everything back."""
    server = socket.create_server(("127.0.0.1", 0))

    def echo(each: socket.socket) -> None:
        try:
            while piece := each.recv(1000):
                each.sendall(piece)
        except OSError:
            pass
        each.close()

    def serve() -> None:
        while True:
            try:
                threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    made = Proxy(("127.0.0.1", server.getsockname()[1]))
    yield made
    made.close()
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def ask(each: socket.socket, words: bytes) -> bytes:
    each.sendall(words)
    return each.recv(1000)


def is_refused(proxy: Proxy) -> bool:
    """A new connection is reset, maybe before it was even made."""
    try:
        with connect(proxy) as each:
            return is_cut(each)
    except OSError:
        return True


def is_cut(each: socket.socket) -> bool:
    """Reset, or at least at its end."""
    try:
        return ask(each, b"more") == b""
    except OSError:
        return True


def test_it_carries_bytes_both_ways(proxy: Proxy) -> None:
    with connect(proxy) as each:
        assert ask(each, b"hello") == b"hello"


def test_it_cuts_what_is_open_and_refuses_what_comes_until_it_is_restored(proxy: Proxy) -> None:
    with connect(proxy) as each:
        assert ask(each, b"hello") == b"hello"
        proxy.cut()
        assert is_cut(each)
    assert is_refused(proxy)
    proxy.restore()
    with connect(proxy) as each:
        assert ask(each, b"hello") == b"hello"


def test_it_hangs_without_a_word(proxy: Proxy) -> None:
    with connect(proxy) as each:
        assert ask(each, b"hello") == b"hello"
        proxy.hang()
        each.settimeout(0.2)
        with pytest.raises(TimeoutError):
            ask(each, b"more")
    proxy.restore()
    with connect(proxy) as each:
        assert ask(each, b"hello") == b"hello"


def test_it_breaks_off_in_the_middle_of_an_answer(proxy: Proxy) -> None:
    with connect(proxy) as each:
        proxy.cut_after(8)
        assert ask(each, b"hello") == b"hello"
        assert is_cut(each)
