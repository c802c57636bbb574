"""A small TCP proxy that stands between a process and its database (or Redis), so that a test can take the
network away: cut it, let it hang, slow it down, or break it in the middle of an answer."""

import contextlib
import socket
import struct
import threading
import time

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, not with an orderly end
Address = tuple[str, int] | str


class Proxy:
    """Listens on loopback and carries bytes both ways to `target` (host and port, or a socket's path)."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self.delay = 0.0  # seconds, before each piece
        self._open = threading.Event()
        self._flows = threading.Event()
        self._open.set()
        self._flows.set()
        self._bytes_left: int | None = None
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._open.clear()
        self.reset()

    def hang(self) -> None:
        """Half-open: connections stay and are accepted, and nothing gets through any more."""
        self._flows.clear()

    def cut_after(self, count: int) -> None:
        """Reset everything once so many more bytes have come back from the target, then go on as before."""
        with self._lock:
            self._bytes_left = count

    def restore(self) -> None:
        """All is well again; what hung is reset, as a network does that was away for long."""
        if not self._flows.is_set():
            self.reset()
        self._flows.set()
        self._open.set()

    def reset(self) -> None:
        with self._lock:
            sockets, self._sockets = self._sockets, set()
        for each in sockets:
            _reset(each)

    def close(self) -> None:
        self.restore()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if not self._open.is_set():
                _reset(client)
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = self._reach_target()
        except OSError:
            _reset(client)
            return
        with self._lock:
            self._sockets |= {client, server}
        for source, sink, counts in ((client, server, False), (server, client, True)):
            threading.Thread(target=self._carry, args=(source, sink, counts), daemon=True).start()

    def _reach_target(self) -> socket.socket:
        if isinstance(self.target, tuple):
            return socket.create_connection(self.target, timeout=None)
        made = socket.socket(socket.AF_UNIX)
        made.connect(self.target)
        return made

    def _carry(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        try:
            while piece := source.recv(65536):
                self._flows.wait()
                if self.delay:
                    time.sleep(self.delay)
                if counts and self._is_enough(len(piece)):
                    self.reset()
                    return
                sink.sendall(piece)
        except OSError:
            pass
        _reset(source)
        _reset(sink)

    def _is_enough(self, count: int) -> bool:
        with self._lock:
            if self._bytes_left is None:
                return False
            self._bytes_left -= count
            if self._bytes_left > 0:
                return False
            self._bytes_left = None
            return True


def _reset(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it
    with contextlib.suppress(OSError):
        each.close()
